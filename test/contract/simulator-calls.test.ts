/**
 * Calls of the simulator through Twilio's own SDK, unmodified but for the address. Real: the SDK
 * and its signature validator, HTTP, the simulator in this process, a webhook receiver. Speech and
 * the steps of the network take no time; what takes longer is told to be over, or scaled where a
 * test says so.
 */
import twilio from 'twilio';
import type { Phones } from '../support/phones.js';
import { openNetwork } from '../support/simulated-network.js';
import {
  ann,
  bob,
  isSigned,
  Receiver,
  refusal,
  service,
  twiml,
} from '../support/simulator-receiver.js';

let phones: Phones;
let receiver: Receiver;
let client: twilio.Twilio;
let close: () => Promise<void>;

beforeEach(async () => {
  ({ phones, receiver, client, close } = await openNetwork());
});
afterEach(() => close());

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

  test('the network has settled when all that follows a key is over, however slowly it is answered', async () => {
    const answered: string[] = [];
    receiver.answer = ({ path, fields }, response) => {
      if (path === '/script')
        return twiml('<Gather numDigits="1" action="key"><Say>Press 1</Say></Gather>')(response);
      setTimeout(() => {
        answered.push(path === '/key' ? 'key' : (fields.CallStatus ?? ''));
        if (path === '/key') twiml('<Say>Confirmed</Say><Say>Bye</Say><Hangup/>')(response);
        else response.writeHead(204).end();
      }, 100);
    };
    await client.calls.create({
      to: bob,
      from: service,
      url: receiver.url('/script'),
      statusCallback: receiver.url('/status'),
    });
    await (await (await phones.phone(bob).expectRing()).answer()).press('1');
    await phones.settled();
    expect(answered).toEqual(['key', 'completed']);
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
