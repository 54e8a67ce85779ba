import { randomBytes } from 'node:crypto';
import { Redacted } from '../../src/kernel/redacted.js';
import { TwilioClient } from '../../src/plaintext/carriers/twilio/twilio.client.js';
import { PhoneNumber } from '../../src/plaintext/phone-number.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';

// Real: the carrier's client with the official SDK, over HTTP. Fake: the network, which knows an
// account and a key of it.

const hex = (): string => randomBytes(16).toString('hex');
const account = { accountSid: `AC${hex()}`, authToken: hex() };
const apiKey = { sid: `SK${hex()}`, secret: hex() };
const NUMBER = '+12025550123';
let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ port: 0, ...account, apiKey, controlToken: hex(), stepMs: 0 });
});
afterAll(() => simulator.close());

async function send(by: { key?: string; secret: string }): Promise<unknown> {
  const client = new TwilioClient({
    accountSid: new Redacted(account.accountSid),
    apiKey: by.key,
    secret: new Redacted(by.secret),
    sender: new Redacted('+15005550006'),
    baseUrl: simulator.url,
    discardsContent: false,
  });
  const to = PhoneNumber.fromStored(Buffer.from(NUMBER));
  try {
    return await client.sendSms({
      to,
      text: 'x',
      callbackUrl: 'http://127.0.0.1:9',
      purpose: 'verification',
      validitySeconds: 60,
    });
  } finally {
    await client.close();
  }
}

const REFUSED = { kind: 'misconfigured', carrierCode: 20003 };

test('an API key signs in for its account, so that the auth token need not be there', async () => {
  expect(await send({ key: apiKey.sid, secret: apiKey.secret })).toMatchObject({
    kind: 'accepted',
  });
  expect(await send({ secret: account.authToken })).toMatchObject({ kind: 'accepted' });
});

test('each signs in by its own secret alone', async () => {
  for (const by of [
    { key: apiKey.sid, secret: account.authToken },
    { key: `SK${hex()}`, secret: apiKey.secret },
    { secret: apiKey.secret },
  ])
    expect(await send(by)).toMatchObject(REFUSED);
});
