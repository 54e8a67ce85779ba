/**
 * Trouble on demand of the simulator through Twilio's own SDK, unmodified but for the address. Real: the SDK
 * and its signature validator, HTTP, the simulator in this process, a webhook receiver. Speech and
 * the steps of the network take no time; what takes longer is told to be over, or scaled where a
 * test says so.
 */
import twilio from 'twilio';
import type { Simulator } from '../../src/simulator/simulator.js';
import type { Phones } from '../support/phones.js';
import { openNetwork } from '../support/simulated-network.js';
import {
  accountSid,
  ann,
  authToken,
  bob,
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
