import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Outcome } from '../../src/handoff/handoff.js';
import type { CarrierClient } from '../../src/plaintext/carriers/carrier.js';
import { CARRIERS } from '../../src/plaintext/carriers/carriers.js';
import { PhoneNumber } from '../../src/plaintext/phone-number.js';
import { numbersOf } from '../support/numbers.js';
import type { Account } from '../support/carriers/bench.js';
import { freePort } from '../support/servers.mjs';
import { eventually } from '../support/eventually.js';
import { BENCHES } from '../support/carriers/benches.js';

// One suite for every carrier: what a network does to a request and what we may believe of it
// afterwards, whom a callback is from and what it tells, what a call is told to say. Real: the
// carrier's own code, its SDK if it has one, HTTP. Fake: the telephone network. The second carrier
// is none that anybody sells: it shows that the contract isn't the first's.

const number = (e164: string): PhoneNumber => {
  const parsed = PhoneNumber.parse(e164);
  if (parsed === undefined) throw new Error('not a number');
  return parsed;
};

test('every carrier goes through this suite, by the name that its rows hold', () => {
  for (const [name, carrier] of Object.entries(CARRIERS)) {
    expect(carrier.name).toBe(name);
    expect(BENCHES.map(({ bench }) => bench.carrier)).toContain(carrier);
  }
});

describe.each(BENCHES)('the carrier $name, as the worker uses it,', ({ bench }) => {
  const next = numbersOf(10);
  let carrier: CarrierClient;
  let nobody: string;
  const opened: CarrierClient[] = [];
  const another = (more: Partial<Account>): CarrierClient => {
    const made = bench.client(more);
    opened.push(made);
    return made;
  };
  const sms = (to: string, by = carrier): Promise<Outcome> =>
    by.sendSms({
      to: number(to),
      text: 'Hello',
      callbackUrl: nobody,
      purpose: 'verification',
      validitySeconds: 60,
    });
  const call = (to: string, by = carrier): Promise<Outcome> =>
    by.placeCall({
      to: number(to),
      callbackUrl: nobody,
      context: { language: 'en', about: 'ding' },
      ringSeconds: 30,
      timeLimitSeconds: 60,
    });
  const both = (to: string, by = carrier): Promise<Outcome[]> =>
    Promise.all([sms(to, by), call(to, by)]);

  beforeAll(async () => {
    await bench.open();
    nobody = `http://127.0.0.1:${String(await freePort())}/carrier/x`;
    carrier = another({});
  });
  afterEach(() => bench.clearTroubles());
  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await bench.close();
  });

  test('has the name that its rows hold', () => {
    expect(carrier.name).toBe(bench.carrier.name);
  });

  test("what is taken comes back with the carrier's id for it, and arrives once", async () => {
    const phone = bench.phone(next());
    const [message, ringing] = await both(phone.number);
    expect([message?.kind, ringing?.kind]).toEqual(['accepted', 'accepted']);
    await phone.expectSms(/^Hello$/);
    const ring = await phone.expectRing();
    expect(ringing).toEqual({ kind: 'accepted', carrierRef: ring.ref });
    expect(phone.countMessages()).toBe(1);
  });

  test.each(bench.refusals)(
    'a destination that is refused ($to) is final, and says why',
    async ({ to, sms: smsOutcome, call: callOutcome }) => {
      expect(await sms(to)).toEqual(smsOutcome);
      if (callOutcome !== undefined) expect(await call(to)).toEqual(callOutcome);
    },
  );

  test('opted out, blocked, no mobile and no such number are told apart', () => {
    const reasons = bench.refusals
      .flatMap(({ sms: one, call: other }) => [one, other])
      .map((outcome) => (outcome?.kind === 'rejected' ? outcome.reason : undefined));
    for (const reason of ['bad_number', 'blocked', 'opted_out', 'no_sms'])
      expect(reasons).toContain(reason);
  });

  test.each(bench.mistakes)(
    'our own mistakes are ours: $account',
    async ({ account, to = next(), sms: smsOutcome, call: callOutcome }) => {
      const by = another(account);
      expect(await sms(to, by)).toEqual(smsOutcome);
      if (callOutcome !== undefined) expect(await call(to, by)).toEqual(callOutcome);
    },
  );

  test('what was provably not accepted may be tried again', async () => {
    const to = next();
    expect(await sms(to, another(bench.busy.account))).toEqual(bench.busy.sms);
    await bench.trouble({ ...bench.rateLimit.trouble, number: to });
    expect(await both(to)).toEqual([bench.rateLimit.outcome, bench.rateLimit.outcome]);
    await bench.clearTroubles();
    await bench.trouble({ ...bench.pause.trouble, number: to });
    expect(await both(to)).toEqual([bench.pause.outcome, bench.pause.outcome]);
    expect(
      await both(to, another({ baseUrl: `http://127.0.0.1:${String(await freePort())}` })),
    ).toEqual([{ kind: 'unavailable' }, { kind: 'unavailable' }]); // nobody listens
    expect(await bench.countCreated(to)).toBe(0);
  });

  test.each([
    ['reset', { kind: 'reset' }, 0],
    ['reset after acceptance', { kind: 'reset', accepted: true }, 2],
    ['answered by a 500', { kind: 'server-error', status: 500 }, 0],
    [
      'answered by a 503 after acceptance',
      { kind: 'server-error', status: 503, accepted: true },
      2,
    ],
    ['answered by half a 201', { kind: 'garbled' }, 2],
  ])(
    'a request that is %s may have been accepted: unknown, and never sent again here',
    async (_, trouble, arrived) => {
      const to = next();
      await bench.trouble({ ...trouble, number: to });
      const before = await bench.countRequests();
      expect((await both(to)).map((outcome) => outcome.kind)).toEqual(['unknown', 'unknown']);
      expect((await bench.countRequests()) - before).toBe(2);
      expect(await bench.countCreated(to)).toBe(arrived);
    },
  );

  test.each<[string, (response: ServerResponse) => void]>([
    ['an empty 201', (response) => response.writeHead(201).end()],
    [
      'a 201 with another body',
      (response) =>
        response.writeHead(201, { 'content-type': 'application/json' }).end('{"hello":"there"}'),
    ],
    [
      "a proxy's page",
      (response) =>
        response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>'),
    ],
    [
      'a redirect',
      (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    ],
  ])('%s is no answer that we may believe', async (_, answer) => {
    const server = await listen(answer);
    try {
      const outcomes = await both(
        next(),
        another({ baseUrl: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` }),
      );
      expect(outcomes.map((outcome) => outcome.kind)).toEqual(['unknown', 'unknown']);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test('no outcome holds the number', async () => {
    for (const trouble of [bench.refusalTrouble, { kind: 'reset' }, { kind: 'garbled' }]) {
      const to = next();
      await bench.trouble({ ...trouble, number: to });
      expect(JSON.stringify(await both(to))).not.toContain(to.slice(1));
    }
  });

  test('a hang-up ends what rings and what talks, and one that comes too late is as good', async () => {
    for (const isAnswered of [false, true]) {
      const phone = bench.phone(next());
      const outcome = await call(phone.number);
      if (outcome.kind !== 'accepted') throw new Error('not accepted');
      const ring = await phone.expectRing();
      // Talking: its instructions can't be had, so it may end by itself meanwhile. Either way it is
      // over.
      if (isAnswered) await ring.answer();
      expect(await carrier.hangUp(outcome.carrierRef)).toMatchObject({ kind: 'accepted' });
      await ring.expectEnded(isAnswered ? 'completed' : 'canceled');
      expect(await carrier.hangUp(outcome.carrierRef)).toEqual({
        kind: 'accepted',
        carrierRef: outcome.carrierRef,
      });
    }
    expect((await carrier.hangUp(bench.unknownRef)).kind).toBe('misconfigured');
  });

  test('what became of a message or call is told when it is asked for, by its id', async () => {
    const phone = bench.phone(next());
    const [message, ringing] = await both(phone.number);
    if (message?.kind !== 'accepted' || ringing?.kind !== 'accepted')
      throw new Error('not accepted');
    await phone.expectSms(/^Hello$/);
    const ring = await phone.expectRing();
    expect(await carrier.lookUpCall(ringing.carrierRef)).toEqual({
      kind: 'found',
      event: { kind: 'call', state: 'ringing' },
    });
    await carrier.hangUp(ringing.carrierRef);
    await ring.expectEnded('canceled');
    expect(await carrier.lookUpCall(ringing.carrierRef)).toMatchObject({
      kind: 'found',
      event: { kind: 'call', state: 'ended' },
    });
    await eventually('it is said to have arrived', async () => {
      const found = await carrier.lookUpSms(message.carrierRef);
      return (
        JSON.stringify(found) ===
        '{"kind":"found","event":{"kind":"message","delivery":"delivered"}}'
      );
    });
  });

  test('an id that the carrier never gave is told from one of which it does not say', async () => {
    expect(await carrier.lookUpCall(bench.unknownRef)).toEqual({ kind: 'gone' });
    const to = next();
    const outcome = await call(to);
    if (outcome.kind !== 'accepted') throw new Error('not accepted');
    for (const trouble of [{ kind: 'reset' }, { kind: 'server-error', status: 500 }]) {
      await bench.clearTroubles();
      await bench.trouble({ ...trouble, number: to, on: 'fetch' });
      expect(await carrier.lookUpCall(outcome.carrierRef)).toEqual({ kind: 'silent' });
    }
    const nowhere = another({ baseUrl: `http://127.0.0.1:${String(await freePort())}` });
    expect(await nowhere.lookUpSms(bench.unknownRef)).toEqual({ kind: 'silent' });
    expect(await nowhere.listRoom(bench.strangeRoom.roomRef)).toBeUndefined();
  });

  test('what it was given for a number is listed, by the ids that it gave, as far as it lists', async () => {
    if (!bench.carrier.can.lists) {
      expect(await carrier.listSms(number(next()), new Date())).toBeUndefined();
      return;
    }
    const since = new Date(Date.now() - 60_000);
    const other = next();
    await both(other);
    const phone = bench.phone(next());
    const [message, ringing] = await both(phone.number);
    if (message?.kind !== 'accepted' || ringing?.kind !== 'accepted')
      throw new Error('not accepted');
    await phone.expectSms(/^Hello$/);
    const ring = await phone.expectRing();
    for (const [list, ref] of [
      [await carrier.listSms(number(phone.number), since), message.carrierRef],
      [await carrier.listCalls(number(phone.number), since), ringing.carrierRef],
    ] as const) {
      // It may list others, too: who went to whom is ours to compare.
      const theirs = list?.filter(({ to }) => to?.forCarrier() === phone.number);
      expect(theirs?.map(({ carrierRef }) => carrierRef)).toEqual([ref]);
      expect(theirs?.[0]).toMatchObject({ isFromUs: true });
      expect(theirs?.[0]?.createdAt?.getTime()).toBeGreaterThan(since.getTime());
    }
    expect((await carrier.listCalls(number(phone.number), since))?.[0]?.event).toEqual({
      kind: 'call',
      state: 'ringing',
    });
    await carrier.hangUp(ringing.carrierRef);
    await ring.expectEnded('canceled');
  });

  test('a list that fails says nothing, which is not that there is none', async () => {
    const to = next();
    const since = new Date(Date.now() - 60_000);
    const theirs = async () =>
      (await carrier.listSms(number(to), since))?.filter((one) => one.to?.forCarrier() === to);
    expect(await theirs()).toEqual([]);
    for (const trouble of [{ kind: 'reset' }, { kind: 'server-error', status: 503 }]) {
      await bench.clearTroubles();
      await bench.trouble({ ...trouble, number: to, on: 'list' });
      expect(await carrier.listSms(number(to), since)).toBeUndefined();
      expect(await carrier.listCalls(number(to), since)).toBeUndefined();
    }
    const nowhere = another({ baseUrl: `http://127.0.0.1:${String(await freePort())}` });
    expect(await nowhere.listCalls(number(to), since)).toBeUndefined();
  });

  test('in a room that is over is nobody; a carrier without rooms says nothing', async () => {
    const members = await carrier.listRoom(bench.strangeRoom.roomRef);
    expect(members).toEqual(bench.carrier.can.rooms ? new Set() : undefined);
  });

  test('who has left a room is muted as asked; a carrier without rooms says so', async () => {
    const { roomRef, carrierRef } = bench.strangeRoom;
    const outcome = await carrier.setMuted(roomRef, carrierRef, true);
    expect(outcome).toEqual(
      bench.carrier.can.rooms ? { kind: 'accepted', carrierRef } : { kind: 'misconfigured' },
    );
  });
});

function listen(answer: (response: ServerResponse) => void): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(response));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
