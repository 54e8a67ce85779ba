/**
 * Messages, refusals and the door of the phones, of the simulator, through Twilio's own SDK,
 * unmodified but for the address. Real: the SDK and its signature validator, HTTP, the simulator in
 * this process, a webhook receiver. Speech and the steps of the network take no time; what takes
 * longer is told to be over, or scaled where a test says so.
 */
import twilio from 'twilio';
import type { Simulator } from '../../src/simulator/simulator.js';
import { Phones } from '../support/phones.js';
import { openNetwork } from '../support/simulated-network.js';
import {
  accountSid,
  ann,
  bob,
  controlToken,
  isSigned,
  Receiver,
  refusal,
  service,
} from '../support/simulator-receiver.js';

let simulator: Simulator;
let phones: Phones;
let receiver: Receiver;
let client: twilio.Twilio;
let close: () => Promise<void>;

beforeEach(async () => {
  ({ simulator, phones, receiver, client, close } = await openNetwork());
});
afterEach(() => close());

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
