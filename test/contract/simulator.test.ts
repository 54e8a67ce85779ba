/**
 * The simulator through Twilio's own SDK, unmodified but for the address. Real: the SDK and its
 * signature validator, HTTP, the simulator in this process (for its last part a built one, on its
 * own), a webhook receiver. Speech and the steps of the network take no time; what takes longer is
 * told to be over, or scaled where a test says so.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import twilio from 'twilio';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { Phones } from '../support/phones.js';
import {
  accountSid,
  ann,
  authToken,
  bob,
  controlToken,
  isSigned,
  Receiver,
  refusal,
  service,
  twiml,
} from './simulator-receiver.js';

let simulator: Simulator;
let phones: Phones;
let receiver: Receiver;
let client: ReturnType<typeof twilio>;

beforeEach(async () => {
  simulator = await startSimulator({
    port: 0,
    accountSid,
    authToken,
    controlToken,
    numbers: [service],
    speechMsPerChar: 0,
    stepMs: 0,
  });
  phones = await Phones.connect({ url: simulator.url, controlToken });
  receiver = await Receiver.start();
  client = twilio(accountSid, authToken);
  client.api.baseUrl = simulator.url;
});

afterEach(async () => {
  try {
    await phones.close();
  } finally {
    await simulator.close();
    await receiver.close();
  }
});

describe('messages', () => {
  test('a message arrives on its phone and its signed callbacks tell the way', async () => {
    const message = await client.messages.create({
      to: ann,
      from: service,
      body: 'Your code is 123456',
      statusCallback: receiver.url('/status?cap=x#rc=5&rp=all'),
    });
    expect(message).toMatchObject({
      status: 'queued',
      to: ann,
      from: service,
      numSegments: '1',
      direction: 'outbound-api',
      errorCode: null,
      dateSent: null,
    });
    expect(message.sid).toMatch(/^SM[0-9a-f]{32}$/);
    expect(message.dateCreated).toBeInstanceOf(Date);
    expect((await phones.phone(ann).expectSms(/code is (\d{6})/))[1]).toBe('123456');

    const callbacks = await receiver.at('/status', 2);
    expect(callbacks.map(({ fields }) => fields.MessageStatus)).toEqual(['sent', 'delivered']);
    expect(callbacks.map(({ fields }) => fields.MessageSid)).toEqual([message.sid, message.sid]);
    expect(callbacks.every(isSigned)).toBe(true);
    expect(
      new Set(callbacks.map(({ headers }) => headers['i-twilio-idempotency-token'])).size,
    ).toBe(2);
    expect(callbacks[0]?.url).toBe(receiver.url('/status?cap=x'));
    expect(await client.messages(message.sid).fetch()).toMatchObject({
      status: 'delivered',
      body: 'Your code is 123456',
    });
  });

  test('lists are filtered and paged as the SDK asks', async () => {
    for (let number = 1; number <= 5; number++)
      await client.messages.create({ to: ann, from: service, body: `number ${String(number)}` });
    await client.messages.create({ to: bob, from: service, body: 'another' });
    for (let number = 1; number <= 5; number++) await phones.phone(ann).expectSms(/^number \d$/);
    await phones.phone(bob).expectSms(/another/);

    const all = await client.messages.list({ to: ann, pageSize: 2 });
    expect(all.map(({ body }) => body)).toEqual([
      'number 5',
      'number 4',
      'number 3',
      'number 2',
      'number 1',
    ]);
    const page = await client.messages.page({ to: ann, pageSize: 2 });
    const next = await page.nextPage();
    expect(next?.instances.map(({ body }) => body)).toEqual(['number 3', 'number 2']);
    expect((await next?.previousPage())?.instances.map(({ body }) => body)).toEqual([
      'number 5',
      'number 4',
    ]);
    const minute = 60_000;
    expect(await client.messages.list({ dateSentAfter: new Date(Date.now() + minute) })).toEqual(
      [],
    );
    expect(
      await client.messages.list({
        dateSentAfter: new Date(Date.now() - minute),
        dateSentBefore: new Date(Date.now() + minute),
      }),
    ).toHaveLength(6);
  });

  test('a delivered text can be emptied and the message erased, an undelivered one cannot', async () => {
    await phones.trouble({ kind: 'sms-delay', ms: 3_000_000 });
    const waiting = await client.messages.create({ to: bob, from: service, body: 'slow' });
    expect(await refusal(client.messages(waiting.sid).update({ body: '' }))).toEqual({
      status: 409,
      code: 20009,
    });
    await phones.clearTroubles();
    const message = await client.messages.create({
      to: ann,
      from: service,
      body: 'secret',
      statusCallback: receiver.url('/s'),
    });
    await phones.phone(ann).expectSms(/secret/);
    await receiver.at('/s', 2);
    expect((await client.messages(message.sid).update({ body: '' })).body).toBe('');
    expect(await client.messages(message.sid).remove()).toBe(true);
    expect(await refusal(client.messages(message.sid).fetch())).toEqual({
      status: 404,
      code: 20404,
    });
  });

  test('a message that is not delivered within its validity period fails', async () => {
    await phones.trouble({ kind: 'sms-delay', ms: 3_000_000 });
    await client.messages.create({
      to: ann,
      from: service,
      body: 'late',
      validityPeriod: 1,
      statusCallback: receiver.url('/s'),
    });
    const [, last] = await receiver.at('/s', 2);
    expect(last?.fields).toMatchObject({ MessageStatus: 'failed', ErrorCode: '30036' });
  });

  test('an undelivered message says why and reaches no phone', async () => {
    await phones.phone(ann).trouble({ kind: 'undelivered', code: 30005 });
    const { sid } = await client.messages.create({
      to: ann,
      from: service,
      body: 'lost',
      statusCallback: receiver.url('/s'),
    });
    const callbacks = await receiver.at('/s', 2);
    expect(callbacks[1]?.fields).toMatchObject({
      MessageStatus: 'undelivered',
      ErrorCode: '30005',
    });
    expect((await client.messages(sid).fetch()).errorCode).toBe(30005);
    expect(phones.phone(ann).messages()).toEqual([]);
  });
});

describe('what is refused', () => {
  test.each([
    ['+15005550001', 21211],
    ['+15005550002', 21612],
    ['+15005550003', 21408],
    ['+15005550004', 21610],
    ['+15005550009', 21614],
    ['+12', 21211],
  ])('a message to %s is error %i', async (to, code) => {
    expect(await refusal(client.messages.create({ to, from: service, body: 'x' }))).toEqual({
      status: 400,
      code,
    });
  });

  test.each([
    ['+15005550001', 21212],
    ['+15005550007', 21606],
    ['+15005550008', 21611],
    ['+14155550199', 21606],
  ])('a message from %s is error %i', async (from, code) => {
    expect(await refusal(client.messages.create({ to: ann, from, body: 'x' }))).toEqual({
      status: 400,
      code,
    });
  });

  test.each([
    ['+15005550001', 21217],
    ['+15005550002', 21214],
    ['+15005550003', 21215],
    ['+15005550004', 21216],
  ])('a call to %s is error %i', async (to, code) => {
    expect(
      await refusal(client.calls.create({ to, from: service, url: receiver.url('/x') })),
    ).toEqual({ status: 400, code });
  });

  test("a call from a number that is not the account's is error 21210, one without instructions 21205", async () => {
    expect(
      await refusal(client.calls.create({ to: ann, from: bob, url: receiver.url('/x') })),
    ).toEqual({ status: 400, code: 21210 });
    expect(await refusal(client.calls.create({ to: ann, from: service }))).toEqual({
      status: 400,
      code: 21205,
    });
  });

  test("missing fields, an unknown id and a wrong token have Twilio's codes", async () => {
    expect(await refusal(client.messages.create({ to: '', from: service, body: 'x' }))).toEqual({
      status: 400,
      code: 21604,
    });
    expect(await refusal(client.messages.create({ to: ann, from: service }))).toEqual({
      status: 400,
      code: 21602,
    });
    expect(
      await refusal(client.calls.create({ to: '', from: service, url: receiver.url('/x') })),
    ).toEqual({ status: 400, code: 21201 });
    expect(await refusal(client.calls(`CA${'0'.repeat(32)}`).fetch())).toEqual({
      status: 404,
      code: 20404,
    });
    const stranger = twilio(accountSid, 'another token');
    stranger.api.baseUrl = simulator.url;
    expect(await refusal(stranger.messages.list())).toEqual({ status: 401, code: 20003 });
  });
});

describe('calls', () => {
  const events = ['initiated', 'ringing', 'answered', 'completed'];

  test('a call rings, speaks, takes a key, follows the action and ends; the signed callbacks tell it in order', async () => {
    receiver.answer = ({ path, fields }, response) => {
      if (path === '/script')
        return twiml(
          '<Say language="zh-CN">你好 &amp; 再见</Say><Gather numDigits="1" timeout="10" action="key?n=1"><Say>Press 1</Say></Gather><Say>Nothing</Say>',
        )(response);
      if (path === '/key')
        return twiml(`<Say>You pressed ${fields.Digits ?? ''}</Say><Hangup/>`)(response);
      response.writeHead(204).end();
    };
    const call = await client.calls.create({
      to: bob,
      from: service,
      url: receiver.url('/script'),
      statusCallback: receiver.url('/status#rp=all'),
      statusCallbackEvent: events,
    });
    expect(call).toMatchObject({
      status: 'queued',
      to: bob,
      from: service,
      direction: 'outbound-api',
      startTime: null,
      duration: null,
    });
    const ring = await phones.phone(bob).expectRing({ from: 'withheld' });
    expect((await client.calls(call.sid).fetch()).status).toBe('ringing');
    await ring.answer();
    await ring.expectSaid(/^你好 & 再见$/);
    await ring.press('1');
    await ring.expectSaid(/You pressed 1/);
    expect(await ring.expectEnded('completed')).toEqual({
      status: 'completed',
      by: 'instructions',
    });
    expect(ring.said()).not.toContain('Nothing');

    const callbacks = await receiver.at('/status', 4);
    expect(callbacks.map(({ fields }) => fields.CallStatus)).toEqual([
      'initiated',
      'ringing',
      'in-progress',
      'completed',
    ]);
    expect(callbacks.map(({ fields }) => fields.SequenceNumber)).toEqual(['0', '1', '2', '3']);
    expect(callbacks[3]?.fields).toMatchObject({
      CallSid: call.sid,
      CallDuration: expect.stringMatching(/^\d+$/) as string,
      From: service,
      To: bob,
      CallbackSource: 'call-progress-events',
    });
    expect(receiver.received.every(isSigned)).toBe(true);
    expect(receiver.received.find(({ path }) => path === '/key')?.url).toBe(
      receiver.url('/key?n=1'),
    );
    expect(await client.calls(call.sid).fetch()).toMatchObject({
      status: 'completed',
      duration: callbacks[3]?.fields.CallDuration,
    });
  });

  test('only the end is called back unless more is asked for', async () => {
    await client.calls.create({
      to: bob,
      from: service,
      twiml: '<Response><Say>Hello</Say></Response>',
      statusCallback: receiver.url('/status'),
    });
    await (await phones.phone(bob).expectRing()).answer();
    const callbacks = await receiver.at('/status', 1);
    await phones.settled();
    expect(callbacks.map(({ fields }) => [fields.CallStatus, fields.SequenceNumber])).toEqual([
      ['completed', '0'],
    ]);
    expect(await receiver.at('/status', 1)).toHaveLength(1);
  });

  test('a phone left alone rings until the call gives up', async () => {
    await client.calls.create({
      to: bob,
      from: service,
      twiml: '<Response/>',
      statusCallback: receiver.url('/status'),
    });
    const ring = await phones.phone(bob).expectRing();
    await ring.letRingOut();
    expect((await receiver.at('/status', 1))[0]?.fields.CallStatus).toBe('no-answer');
  });

  test('a declined call is busy, a hung-up one completed by the one called', async () => {
    const declined = await client.calls.create({ to: bob, from: service, twiml: '<Response/>' });
    const first = await phones.phone(bob).expectRing();
    await first.decline();
    await first.expectEnded('busy');
    expect((await client.calls(declined.sid).fetch()).status).toBe('busy');
    await client.calls.create({
      to: bob,
      from: service,
      twiml: '<Response><Pause length="600"/></Response>',
    });
    const second = await phones.phone(bob).expectRing();
    await second.answer();
    await second.hangUp();
    expect(await second.expectEnded()).toEqual({ status: 'completed', by: 'callee' });
  });

  test('keys that nobody listens to are lost, and an empty Gather goes on or asks its action as it says', async () => {
    receiver.answer = ({ path, fields }, response) => {
      if (path === '/one')
        return twiml('<Pause length="600"/><Gather actionOnEmptyResult="true" action="/two"/>')(
          response,
        );
      if (path === '/two')
        return twiml(
          `<Gather numDigits="1" action="/never"/><Say>Got [${fields.Digits ?? '?'}], then nothing</Say>`,
        )(response);
      response.writeHead(204).end();
    };
    await client.calls.create({ to: bob, from: service, url: receiver.url('/one') });
    const ring = await phones.phone(bob).expectRing();
    await ring.answer();
    expect(await ring.pressNow('1')).toEqual([false]);
    await ring.letPass('pause');
    await ring.letGatherTimeOut();
    await receiver.at('/two', 1);
    await ring.letGatherTimeOut();
    await ring.expectSaid(/^Got \[\], then nothing$/);
    await ring.expectEnded('completed');
    expect(ring.said()).toEqual(['Got [], then nothing']);
  });

  test('a ringing call can be canceled, an answered one redirected and completed, an ended one neither', async () => {
    const ringing = await client.calls.create({ to: bob, from: service, twiml: '<Response/>' });
    const first = await phones.phone(bob).expectRing();
    expect((await client.calls(ringing.sid).update({ status: 'canceled' })).status).toBe(
      'canceled',
    );
    expect(await first.expectEnded('canceled')).toEqual({ status: 'canceled', by: 'caller' });
    expect(await refusal(client.calls(ringing.sid).update({ status: 'completed' }))).toEqual({
      status: 400,
      code: 21220,
    });

    const { sid } = await client.calls.create({
      to: ann,
      from: service,
      twiml: '<Response><Pause length="6000"/></Response>',
    });
    const second = await phones.phone(ann).expectRing();
    await second.answer();
    await client
      .calls(sid)
      .update({ twiml: '<Response><Say>Something else</Say><Pause length="6000"/></Response>' });
    await second.expectSaid(/Something else/);
    await client.calls(sid).update({ status: 'completed' });
    expect(await second.expectEnded('completed')).toEqual({ status: 'completed', by: 'caller' });
  });

  test('calls are listed by number, status and time; a queued one has no start yet', async () => {
    await client.calls.create({ to: bob, from: service, twiml: '<Response/>' });
    const ring = await phones.phone(bob).expectRing();
    expect(await client.calls.list({ to: bob, from: service })).toHaveLength(1);
    expect(await client.calls.list({ to: bob, status: 'ringing' })).toHaveLength(1);
    expect(await client.calls.list({ to: ann })).toEqual([]);
    expect(await client.calls.list({ startTimeAfter: new Date(Date.now() - 60_000) })).toHaveLength(
      1,
    );
    expect(await client.calls.list({ parentCallSid: `CA${'0'.repeat(32)}` })).toEqual([]);
    await ring.decline();
    expect(await client.calls.list({ status: 'ringing' })).toEqual([]);
  });

  test('instructions that fail twice are replaced by the fallback, and without one the call apologises', async () => {
    receiver.answer = ({ path }, response) => {
      if (path === '/fallback') return twiml('<Say>From the fallback</Say>')(response);
      response.writeHead(500).end();
    };
    await client.calls.create({
      to: bob,
      from: service,
      url: receiver.url('/broken#rc=2&rp=5xx'),
      fallbackUrl: receiver.url('/fallback'),
    });
    const first = await phones.phone(bob).expectRing();
    await first.answer();
    await first.expectSaid(/From the fallback/);
    expect(
      (await receiver.at('/broken', 3)).map(({ headers }) => headers['i-twilio-idempotency-token']),
    ).toHaveLength(3);
    expect(
      new Set(
        receiver.received
          .filter(({ path }) => path === '/broken')
          .map(({ headers }) => headers['i-twilio-idempotency-token']),
      ).size,
    ).toBe(1);
    expect(receiver.received.find(({ path }) => path === '/fallback')?.fields).toMatchObject({
      ErrorCode: '11200',
      ErrorUrl: receiver.url('/broken'),
    });

    await client.calls.create({ to: ann, from: service, url: receiver.url('/broken') });
    const second = await phones.phone(ann).expectRing();
    await second.answer();
    await second.expectSaid(/An application error has occurred/);
    await second.expectEnded('completed');
    expect((await phones.alerts()).map(({ code }) => code)).toContain(11200);
  });
});

describe('voicemail', () => {
  const machine = { machineDetection: 'DetectMessageEnd', asyncAmd: 'true' } as const;

  test('it answers, is told from a person, and its tones are heard only where the call listens', async () => {
    receiver.answer = ({ path }, response) => {
      if (path === '/script')
        return twiml(
          '<Say>Before</Say><Gather numDigits="1" action="/key"><Say>Within</Say></Gather>',
        )(response);
      if (path === '/key') return twiml('<Say>A key came</Say>')(response);
      response.writeHead(204).end();
    };
    await phones.phone(bob).trouble({
      kind: 'voicemail',
      ringMs: 0,
      detectedAfterMs: 0,
      tones: [
        { key: '5', on: 'say', nth: 1 },
        { key: '1', on: 'gather' },
      ],
    });
    await client.calls.create({
      to: bob,
      from: service,
      url: receiver.url('/script'),
      ...machine,
      asyncAmdStatusCallback: receiver.url('/amd'),
      statusCallback: receiver.url('/status'),
    });
    const ring = await phones.phone(bob).expectRing();
    await ring.expectSaid(/A key came/);
    await ring.expectEnded('completed');
    const keys = ring
      .seen()
      .filter(({ type }) => type === 'key')
      .map(({ key, isHeard, by }) => [key, isHeard, by]);
    expect(keys).toEqual([
      ['5', false, 'machine'],
      ['1', true, 'machine'],
    ]);
    expect((await receiver.at('/amd', 1))[0]?.fields).toMatchObject({
      AnsweredBy: 'machine_end_beep',
      AccountSid: accountSid,
    });
    expect((await receiver.at('/status', 1))[0]?.fields.AnsweredBy).toBe('machine_end_beep');
    expect(receiver.received.every(isSigned)).toBe(true);
  });

  test('without AsyncAmd the instructions are fetched only when it is known who answered', async () => {
    receiver.answer = (_request, response) => twiml('<Say>Hello</Say>')(response);
    await client.calls.create({
      to: bob,
      from: service,
      url: receiver.url('/script'),
      machineDetection: 'Enable',
    });
    const ring = await phones.phone(bob).expectRing();
    await ring.answer();
    expect(receiver.received).toEqual([]);
    await ring.letPass('detection');
    await ring.expectSaid(/Hello/);
    expect((await receiver.at('/script', 1))[0]?.fields.AnsweredBy).toBe('human');
  });
});

describe('trouble on demand', () => {
  const sms = () =>
    client.messages.create({
      to: ann,
      from: service,
      body: 'Hello',
      statusCallback: receiver.url('/s'),
    });

  test('errors, resets and 5xx before acceptance leave no trace; after it, the message arrives all the same', async () => {
    const phone = phones.phone(ann);
    await phone.trouble({ kind: 'error', code: 20429, times: 1 });
    expect(await refusal(sms())).toEqual({ status: 429, code: 20429 });
    await phone.trouble({ kind: 'server-error', status: 503, times: 1 });
    expect((await refusal(sms())).status).toBe(503);
    await phone.trouble({ kind: 'reset', times: 1 });
    await expect(sms()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await client.messages.list({ to: ann })).toEqual([]);

    await phone.trouble({ kind: 'server-error', accepted: true, times: 1 });
    expect((await refusal(sms())).status).toBe(500);
    await phone.expectSms(/Hello/);
    await phone.trouble({ kind: 'reset', accepted: true, times: 1 });
    await expect(sms()).rejects.toMatchObject({ code: 'ECONNRESET' });
    await phone.expectSms(/Hello/);
    expect(await client.messages.list({ to: ann })).toHaveLength(2);
    expect((await phones.created()).length).toBe(2);
    expect((await phones.requests()).filter(({ method }) => method === 'POST')).toHaveLength(5);
  });

  test('a client that stops waiting for the answer does not stop the message', async () => {
    await phones.trouble({ kind: 'latency', ms: 300, times: 1 });
    const waiting = new AbortController();
    const request = fetch(`${simulator.url}/2010-04-01/Accounts/${accountSid}/Messages.json`, {
      method: 'POST',
      signal: waiting.signal,
      headers: {
        authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
      },
      body: new URLSearchParams({ To: ann, From: service, Body: 'Hello' }),
    });
    await phones.expectEntry('the request', ({ type }) => type === 'request');
    waiting.abort();
    await expect(request).rejects.toThrow();
    await phones.phone(ann).expectSms(/Hello/);
  });

  test('an answer that is only late holds back neither the message nor its callbacks', async () => {
    await phones.trouble({ kind: 'latency', ms: 400, accepted: true, times: 1 });
    const message = sms();
    await phones.phone(ann).expectSms(/Hello/);
    const [first] = await receiver.at('/s', 2);
    expect(await phones.expectEntry('the answer', ({ type }) => type === 'reply')).toMatchObject({
      status: 201,
      sid: first?.fields.MessageSid,
    });
    expect((await message).sid).toBe(first?.fields.MessageSid);
  });

  test('half an answer leaves the client in the dark', async () => {
    await phones.trouble({ kind: 'garbled', times: 1 });
    await expect(sms()).rejects.toThrow();
    await phones.phone(ann).expectSms(/Hello/);
  });

  test('a look-up can be made to fail too', async () => {
    await phones.trouble({ kind: 'error', code: 20503, on: 'list', times: 1 });
    expect((await refusal(client.messages.list({ to: ann }))).status).toBe(503);
    expect(await client.messages.list({ to: ann })).toEqual([]);
  });

  test('busy and unreachable phones never ring, one that declines does', async () => {
    for (const [kind, status] of [
      ['busy', 'busy'],
      ['unreachable', 'failed'],
    ] as const) {
      await phones.phone(bob).trouble({ kind, times: 1 });
      await client.calls.create({ to: bob, from: service, twiml: '<Response/>' });
      await phones.phone(bob).expectTurnedAway(status);
    }
    await phones.phone(bob).trouble({ kind: 'decline', times: 1 });
    await client.calls.create({ to: bob, from: service, twiml: '<Response/>' });
    await (await phones.phone(bob).expectRing()).expectEnded('busy');
    await phones.phone(bob).trouble({ kind: 'no-answer', times: 1 });
    await client.calls.create({ to: bob, from: service, twiml: '<Response/>' });
    const ring = await phones.phone(bob).expectRing();
    await expect(ring.answer()).rejects.toThrow(/409/);
    await ring.letRingOut();
  });

  test('callbacks come twice, reordered, forged, late or not at all', async () => {
    const statuses = (path: string): string[] =>
      receiver.received
        .filter((one) => one.path === path)
        .map(({ fields }) => fields.MessageStatus ?? '');
    const send = async (path: string): Promise<void> => {
      await client.messages.create({
        to: ann,
        from: service,
        body: 'Hello',
        statusCallback: receiver.url(path),
      });
      await phones.phone(ann).expectSms(/Hello/);
    };
    await phones.trouble({ kind: 'callbacks-duplicated', events: ['sent'], times: 1 });
    await send('/twice');
    await receiver.at('/twice', 3);
    expect(statuses('/twice')).toEqual(['sent', 'sent', 'delivered']);
    const [one, two] = receiver.received.map(
      ({ headers }) => headers['i-twilio-idempotency-token'],
    );
    expect(one).toBe(two);

    await phones.trouble({ kind: 'callbacks-reordered', times: 1 });
    await send('/reordered');
    await receiver.at('/reordered', 2);
    expect(statuses('/reordered')).toEqual(['delivered', 'sent']);

    await phones.trouble({
      kind: 'callbacks-forged',
      extra: true,
      events: ['delivered'],
      times: 1,
    });
    await send('/forged');
    expect((await receiver.at('/forged', 3)).map(isSigned)).toEqual([true, false, true]);

    await phones.trouble({ kind: 'callbacks-late', ms: 300, events: ['sent'], times: 1 });
    await send('/late');
    await receiver.at('/late', 2);
    expect(statuses('/late')).toEqual(['delivered', 'sent']);

    await phones.trouble({ kind: 'callbacks-lost', events: ['sent'], times: 1 });
    await send('/lost');
    await receiver.at('/lost', 1);
    await phones.settled();
    expect(statuses('/lost')).toEqual(['delivered']);
  });
});

describe('the program', () => {
  const program = resolve('dist/simulator/main.js');
  const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  writeFileSync(join(folder, 'auth'), authToken);
  writeFileSync(join(folder, 'control'), controlToken);
  const flags = [
    '--account-sid',
    accountSid,
    '--auth-token-file',
    join(folder, 'auth'),
    '--control-token-file',
    join(folder, 'control'),
  ];
  afterAll(() => rmSync(folder, { recursive: true }));

  test('it says where it listens, takes its numbers by flag, and ends with its parent', async () => {
    const child = spawn(process.execPath, [
      program,
      ...flags,
      '--port',
      '0',
      '--number',
      bob,
      '--step-ms',
      '0',
      '--exit-with-parent',
    ]);
    const ended = once(child, 'exit');
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { event, port, handsets } = JSON.parse(line) as {
      event: string;
      port: number;
      handsets: string;
    };
    expect(event).toBe('listening');
    expect(handsets).toBe(`http://127.0.0.1:${String(port)}/handsets#${controlToken}`);
    client.api.baseUrl = `http://127.0.0.1:${String(port)}`;
    const others = await Phones.connect({ url: client.api.baseUrl, controlToken });
    await client.messages.create({ to: ann, from: bob, body: 'Hello' });
    await others.phone(ann).expectSms(/Hello/);
    await others.close();
    child.stdin.end();
    expect(await ended).toEqual([0, null]);
  });

  test.each([
    [['--port', 'abc'], /--port must be a number/],
    [['--account-sid', 'nobody'], /--account-sid/],
    [['--auth-token-file', '/nowhere/at/all'], /--auth-token-file can't be read/],
    [['--number', '555'], /--number/],
    [['--colour', 'red'], /--colour/],
  ])('%j stops it with one line that names the flag', async (wrong, expected) => {
    const child = spawn(process.execPath, [program, ...flags, '--port', '0', ...wrong]);
    const said: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(Buffer.concat(said).toString()).toMatch(expected);
    expect(Buffer.concat(said).toString().trim().split('\n')).toHaveLength(1);
  });

  test("a taken port stops it with the flag's name", async () => {
    const child = spawn(process.execPath, [program, ...flags, '--port', String(simulator.port)]);
    const said: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(Buffer.concat(said).toString()).toMatch(/taken; choose another with --port/);
  });
});

describe("the phones' door", () => {
  test('the control API wants its token, the host its own name, and nothing answers other origins', async () => {
    expect((await fetch(`${simulator.url}/control/handsets`)).status).toBe(401);
    expect(
      (await fetch(`${simulator.url}/control/handsets?token=${encodeURIComponent(controlToken)}`))
        .status,
    ).toBe(401);
    const { request } = await import('undici');
    const rebound = await request(`${simulator.url}/handsets`, {
      headers: { host: 'evil.example' },
    });
    await rebound.body.dump();
    expect(rebound.statusCode).toBe(421);
    const page = await fetch(`${simulator.url}/handsets`, {
      headers: { origin: 'http://evil.example' },
    });
    expect(page.status).toBe(200);
    expect(page.headers.get('access-control-allow-origin')).toBeNull();
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(await page.text()).not.toContain(controlToken);
  });

  test('a phone that saw something nobody expected fails the test', async () => {
    const watcher = await Phones.connect({ url: simulator.url, controlToken, deadlineMs: 200 });
    await client.messages.create({ to: ann, from: service, body: 'Surprise' });
    await phones.phone(ann).expectSms(/Surprise/);
    await expect(watcher.phone(ann).expectSms(/something else/)).rejects.toThrow(/Surprise/);
    await expect(watcher.close()).rejects.toThrow(/nobody expected/);
  });
});
