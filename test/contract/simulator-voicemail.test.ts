/**
 * Voicemail of the simulator through Twilio's own SDK, unmodified but for the address. Real: the SDK
 * and its signature validator, HTTP, the simulator in this process, a webhook receiver. Speech and
 * the steps of the network take no time; what takes longer is told to be over.
 */
import twilio from 'twilio';
import type { Phones } from '../support/phones.js';
import { openNetwork } from '../support/simulated-network.js';
import {
  accountSid,
  bob,
  isSigned,
  Receiver,
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
