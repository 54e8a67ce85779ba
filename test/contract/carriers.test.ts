import { randomBytes } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Outcome } from '../../src/handoff/handoff.js';
import { Redacted } from '../../src/kernel/redacted.js';
import type { Carrier } from '../../src/plaintext/carriers/carrier.js';
import { TwilioCarrier } from '../../src/plaintext/carriers/twilio.carrier.js';
import { PhoneNumber } from '../../src/plaintext/phone-number.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { numbersOf } from '../support/numbers.js';
import { Phones } from '../support/phones.js';
import { freePort } from '../support/servers.mjs';

// One suite for every carrier: what a network does to a request, and what we may believe of it afterwards.
// Real: the carrier's own SDK, HTTP. Fake: the telephone network (simulator), callbacks that nobody takes.

interface Account { baseUrl: string; accountSid: string; authToken: string; sender: string }
const CARRIERS: { name: string; open: (account: Account) => Carrier }[] = [
  {
    name: 'twilio',
    open: ({ baseUrl, ...account }) => new TwilioCarrier({
      baseUrl, accountSid: new Redacted(account.accountSid), authToken: new Redacted(account.authToken), sender: new Redacted(account.sender), discardsContent: false,
    }),
  },
];

const number = (e164: string): PhoneNumber => {
  const parsed = PhoneNumber.parse(e164);
  if (parsed === undefined) throw new Error('not a number');
  return parsed;
};

describe.each(CARRIERS)('the carrier $name', ({ open }) => {
  const next = numbersOf(10);
  const account = { accountSid: `AC${randomBytes(16).toString('hex')}`, authToken: randomBytes(16).toString('hex'), sender: '+15005550006' };
  let simulator: Simulator;
  let phones: Phones;
  let carrier: Carrier;
  let nobody: string;
  const opened: Carrier[] = [];
  const another = (more: Partial<Account>): Carrier => {
    const made = open({ ...account, baseUrl: simulator.url, ...more });
    opened.push(made);
    return made;
  };
  const sms = (to: string, by = carrier): Promise<Outcome> => by.sendSms({ to: number(to), text: 'Hello', callbackUrl: nobody, validitySeconds: 60 });
  const call = (to: string, by = carrier): Promise<Outcome> => by.placeCall({ to: number(to), callbackUrl: nobody, line: { language: 'en', about: 'ding' }, ringSeconds: 30, timeLimitSeconds: 60 });
  const both = (to: string, by = carrier): Promise<Outcome[]> => Promise.all([sms(to, by), call(to, by)]);

  beforeAll(async () => {
    const controlToken = randomBytes(32).toString('hex');
    simulator = await startSimulator({ port: 0, ...account, controlToken, speechMsPerChar: 0, stepMs: 0 });
    phones = await Phones.connect({ url: simulator.url, controlToken });
    nobody = `http://127.0.0.1:${await freePort()}/carrier/x`;
    carrier = another({});
  });
  afterEach(() => phones.clearTroubles());
  afterAll(async () => {
    await phones.close({ quietly: true });
    await Promise.all(opened.map((one) => one.close()));
    await simulator.close();
  });

  test('what is taken comes back with the carrier\'s id for it, and arrives once', async () => {
    const phone = phones.phone(next());
    const [message, ringing] = await both(phone.number);
    expect([message?.kind, ringing?.kind]).toEqual(['accepted', 'accepted']);
    await phone.expectSms(/^Hello$/);
    const ring = await phone.expectRing({ from: account.sender });
    expect(ringing).toEqual({ kind: 'accepted', carrierRef: ring.callSid });
    expect(phone.messages()).toHaveLength(1);
  });

  test.each([
    ['+15005550001', 21211, 21217, 'bad_number'],
    ['+15005550002', 21612, 21214, 'bad_number'],
    ['+15005550003', 21408, 21215, 'blocked'],
  ])('a destination that is refused (%s) is final', async (to, smsCode, callCode, reason) => {
    expect(await both(to)).toEqual([{ kind: 'rejected', reason, carrierCode: smsCode }, { kind: 'rejected', reason, carrierCode: callCode }]);
  });

  test('opted out, blocked and no mobile are told apart', async () => {
    expect(await both('+15005550004')).toEqual([{ kind: 'rejected', reason: 'opted_out', carrierCode: 21610 }, { kind: 'rejected', reason: 'blocked', carrierCode: 21216 }]);
    expect(await sms('+15005550009')).toEqual({ kind: 'rejected', reason: 'no_sms', carrierCode: 21614 });
  });

  test('our own mistakes are ours: sender, credentials, account', async () => {
    const to = next();
    expect(await both(to, another({ sender: '+15005550001' }))).toEqual([{ kind: 'misconfigured', carrierCode: 21212 }, { kind: 'misconfigured', carrierCode: 21212 }]);
    expect(await sms(to, another({ sender: '+15005550007' }))).toEqual({ kind: 'misconfigured', carrierCode: 21606 });
    for (const outcome of await both(to, another({ authToken: 'x'.repeat(32) }))) expect(outcome).toEqual({ kind: 'misconfigured', carrierCode: 20003 });
  });

  test('what was provably not accepted may be tried again', async () => {
    const to = next();
    expect(await sms(to, another({ sender: '+15005550008' }))).toEqual({ kind: 'unavailable', carrierCode: 21611 });
    await phones.trouble({ kind: 'error', code: 20429, status: 429, number: to });
    expect(await both(to)).toEqual([{ kind: 'unavailable', carrierCode: 20429 }, { kind: 'unavailable', carrierCode: 20429 }]);
    expect(await both(to, another({ baseUrl: `http://127.0.0.1:${await freePort()}` }))).toEqual([{ kind: 'unavailable' }, { kind: 'unavailable' }]); // nobody listens
    expect((await phones.created()).filter((one) => one.number === to)).toEqual([]);
  });

  test.each([
    ['reset', { kind: 'reset' }, 0],
    ['reset after acceptance', { kind: 'reset', accepted: true }, 2],
    ['answered by a 500', { kind: 'server-error', status: 500 }, 0],
    ['answered by a 503 after acceptance', { kind: 'server-error', status: 503, accepted: true }, 2],
    ['answered by half a 201', { kind: 'garbled' }, 2],
  ])('a request that is %s may have been accepted: unknown, and never sent again here', async (_, trouble, arrived) => {
    const to = next();
    await phones.trouble({ ...trouble, number: to });
    const before = (await phones.requests()).length;
    expect((await both(to)).map((outcome) => outcome.kind)).toEqual(['unknown', 'unknown']);
    expect((await phones.requests()).length - before).toBe(2);
    expect((await phones.created()).filter((one) => one.number === to)).toHaveLength(arrived);
  });

  test.each<[string, (response: ServerResponse) => void]>([
    ['an empty 201', (response) => response.writeHead(201).end()],
    ['a 201 with another body', (response) => response.writeHead(201, { 'content-type': 'application/json' }).end('{"hello":"there"}')],
    ['a proxy\'s page', (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>')],
    ['a redirect', (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ])('%s is no answer that we may believe', async (_, answer) => {
    const server = await listen(answer);
    try {
      const outcomes = await both(next(), another({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
      expect(outcomes.map((outcome) => outcome.kind)).toEqual(['unknown', 'unknown']);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test('no outcome holds the number', async () => {
    for (const trouble of [{ kind: 'error', code: 21211 }, { kind: 'reset' }, { kind: 'garbled' }]) {
      const to = next();
      await phones.trouble({ ...trouble, number: to });
      expect(JSON.stringify(await both(to))).not.toContain(to.slice(1));
    }
  });

  test('a hang-up ends what rings and what talks, and one that comes too late is as good', async () => {
    for (const isAnswered of [false, true]) {
      const phone = phones.phone(next());
      const outcome = await call(phone.number);
      if (outcome.kind !== 'accepted') throw new Error('not accepted');
      const ring = await phone.expectRing();
      // Talking: its instructions can't be had, so it may end by itself meanwhile. Either way it is over.
      if (isAnswered) await ring.answer();
      expect(await carrier.hangUp(outcome.carrierRef)).toMatchObject({ kind: 'accepted' });
      await ring.expectEnded(isAnswered ? 'completed' : 'canceled');
      expect(await carrier.hangUp(outcome.carrierRef)).toEqual({ kind: 'accepted', carrierRef: outcome.carrierRef });
    }
    expect((await carrier.hangUp(`CA${'0'.repeat(32)}`)).kind).toBe('misconfigured');
  });
});

function listen(answer: (response: ServerResponse) => void): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(response));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
