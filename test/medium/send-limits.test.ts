import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { Channel } from '../../src/handoff/handoff.js';
import { Database } from '../../src/kernel/database.js';
import { newId, type NumberRef } from '../../src/kernel/ids.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { nextSteps, type SendLimits } from '../../src/verification/verification-session.js';
import { sendLimitsFor, type SendRefused, type Started, VerificationsRepository } from '../../src/verification/verifications.repository.js';
import { Room } from '../support/room.js';

// Real: PostgreSQL, `api` on its own login. What decides is a function of the database, what tells people when is
// `nextSteps`: here the two are held together.

const SECOND = 1_000;
const LIMITS: SendLimits = { smsWaitsMs: [60, 120, 300, 600].map((s) => s * SECOND), callAfterSmsMs: 60 * SECOND, callWaitsMs: [60 * SECOND, 300 * SECOND], calls: 3, inTenMinutes: 5, aDay: 9, keptForKnown: 2, perAddressAMinute: 10, autoAfterMs: 60 * SECOND };
const guess = { checks: 5, aDay: 10, keptForOwner: 3, inARow: 100, perAddressAnHour: 30, perAppAnHour: 1000 };
let room: Room;
let verifications: VerificationsRepository;
beforeAll(async () => {
  room = await Room.open();
  verifications = new VerificationsRepository(room.api);
});
afterAll(() => room.close());

const start = (accountId: string, numberKey: Buffer, channel: Channel, more: { addressKeys?: Buffer[]; limits?: SendLimits; proofs?: Buffer[] } = {}): Promise<Started | SendRefused> => verifications.start({
  id: newId(), starter: { accountId, serviceId: null, personId: accountId, starterIds: [accountId] }, numberRef: newId() as NumberRef, sealedNumber: Buffer.alloc(45, 1), testIndex: undefined,
  numberKeys: [numberKey, Buffer.alloc(32)], country: 'DE', prefixKey: undefined, proofs: more.proofs ?? [], blockedUntil: undefined, addressKeys: more.addressKeys ?? [], channel, channels: ['sms', 'voice'], isAuto: false,
  language: undefined, sealedCode: Buffer.alloc(45, 2), codeHash: Buffer.alloc(32, 3), lastsMs: 600 * SECOND, handoffId: newId(),
}, more.limits ?? LIMITS, room.clock.now());

test('what an answer says may be done at a time is refused a moment before and done then', async () => {
  const seed = Number(process.env['SEED'] ?? Date.now());
  console.log(`SEED=${seed}`);
  await fc.assert(fc.asyncProperty(fc.array(fc.record({ channel: fc.constantFrom<Channel>('sms', 'voice'), more: fc.nat(90), again: fc.boolean() }), { minLength: 1, maxLength: 9 }), async (steps) => {
    const [account, key] = [await room.account(), randomBytes(32)];
    let now = await start(account, key, 'sms');
    if (now.refused !== undefined) throw new Error('the first is not refused');
    const starter = { accountId: account, serviceId: null, personId: account, starterIds: [account] };
    for (const { channel, more, again } of steps) {
      const { id } = now.view;
      // As if it had been canceled, and another were started.
      if (again) await verifications.finish(id, 'canceled', room.clock.now());
      await sql`UPDATE handoffs SET state = 'accepted' WHERE subject_id = ${id} AND state = 'queued'`.execute(room.owner.sql);
      const attempt = async (): Promise<Started | SendRefused> => {
        if (again) return start(account, key, channel);
        const sent = await verifications.send({ id, starter, channel, addressKeys: [], handoffId: newId() }, LIMITS, room.clock.now());
        if (sent === undefined || sent.refused === 'finished') throw new Error('it is pending');
        return sent;
      };
      const said = nextSteps(now.view, { send: LIMITS, guess }, room.clock.now())[channel === 'sms' ? 'smsAt' : 'voiceAt'];
      if (said === null) {
        const refused = await attempt();
        if (refused.refused === undefined) {
          // Not for that one, which ends before; but this is another.
          expect(again).toBe(true);
          now = refused;
        }
        if (again && refused.refused !== undefined) return;
        continue;
      }
      if (said > room.clock.now()) {
        room.clock.advance(said.getTime() - room.clock.now().getTime() - 1);
        expect((await attempt()).refused).toBeDefined();
        room.clock.advance(1);
      }
      const sent = await attempt();
      expect(sent.refused).toBeUndefined();
      now = sent;
      room.clock.advance(more * SECOND);
      if (now.view.expiresAt <= room.clock.now()) return;
    }
  }), { seed, numRuns: 60 });
}, 60_000);

test('of 40 starts at once for one number, by as many accounts and on several connections, exactly those that are allowed are sent', async () => {
  const key = randomBytes(32);
  const accounts = await Promise.all(Array.from({ length: 40 }, () => room.account()));
  const answers = await Promise.all(accounts.map((account) => start(account, key, 'sms', { limits: { ...LIMITS, inTenMinutes: 4 } })));
  expect(answers.filter((answer) => answer.refused === undefined)).toHaveLength(4);
  expect(answers.filter((answer) => answer.refused === 'number')).toHaveLength(36);
  expect(await room.rows(`SELECT cardinality(hits) AS hits FROM limits WHERE key = '\\x${key.toString('hex')}'`)).toEqual([{ hits: 4 }]);
});

test('of 20 starts at once by one account for one number there is one', async () => {
  const [account, key] = [await room.account(), randomBytes(32)];
  const answers = await Promise.all(Array.from({ length: 20 }, () => start(account, key, 'sms')));
  expect(new Set(answers.map((answer) => answer.view.id)).size).toBe(1);
  expect(answers.filter((answer) => answer.refused === undefined && answer.isNew)).toHaveLength(1);
});

test('what the number refuses uses up nothing of the address, and what the address refuses nothing of the number', async () => {
  const [address, full, free] = [randomBytes(32), randomBytes(32), randomBytes(32)];
  const hits = async (key: Buffer) => (await room.rows<{ n: number }>(`SELECT coalesce(sum(cardinality(hits)), 0)::int AS n FROM limits WHERE key = '\\x${key.toString('hex')}'`))[0]?.n;
  const limits = { ...LIMITS, inTenMinutes: 1, perAddressAMinute: 2 };
  const by = async (key: Buffer) => (await start(await room.account(), key, 'sms', { addressKeys: [address], limits })).refused;
  expect([await by(full), await by(full), await by(full)]).toEqual([undefined, 'number', 'number']);
  expect([await hits(address), await hits(full)]).toEqual([1, 1]);
  expect([await by(randomBytes(32)), await by(free)]).toEqual([undefined, 'address']);
  expect([await hits(address), await hits(free)]).toEqual([2, 0]);
});

test('who has proved the number before has those that are kept, by whichever of their secrets', async () => {
  const [key, proof] = [randomBytes(32), randomBytes(32)];
  const limits = { ...LIMITS, aDay: 3, keptForKnown: 1 };
  await sql`INSERT INTO number_proofs (proof, proved_at) VALUES (${proof}, ${room.clock.now()})`.execute(room.owner.sql);
  const by = async (proofs: Buffer[]) => (await start(await room.account(), key, 'sms', { limits, proofs })).refused;
  expect([await by([]), await by([]), await by([]), await by([randomBytes(32)])]).toEqual([undefined, undefined, 'number', 'number']);
  expect([await by([randomBytes(32), proof]), await by([proof])]).toEqual([undefined, 'number']);
});

test('of starts in one statement each sees what those before it did', async () => {
  const hex = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`;
  const statement = async (starts: { account: string; number?: Buffer[]; address?: Buffer }[]) => (await room.api.run<{ answer: { id?: string; isNew?: boolean; refused?: string; hits: string[]; view?: { id: string } }[] }>({ name: 'several', text: 'SELECT start_verifications($1::json, $2::jsonb) AS answer' }, [
    JSON.stringify(starts.map(({ account, number = [randomBytes(32)], address = randomBytes(32) }) => ({
      id: newId(), account_id: account, person_id: account, number_ref: newId(), sealed_number: hex(Buffer.alloc(45, 1)), number_keys: number.map(hex), address_keys: [hex(address)], proofs: [], channel: 'sms', channels: ['sms'], is_auto: false,
      sealed_code: hex(Buffer.alloc(45, 2)), code_hash: hex(Buffer.alloc(32, 3)), lasts_s: 600, handoff_id: newId(), at: room.clock.now(),
    }))), sendLimitsFor({ ...LIMITS, inTenMinutes: 3, perAddressAMinute: 2 })]))[0]?.answer ?? [];
  const people = await Promise.all(Array.from({ length: 5 }, () => room.account()));
  const [ann, bob] = people as [string, string];
  const number = [randomBytes(32)];
  const said = await statement(people.map((account) => ({ account, number })));
  expect(said.map((answer) => answer.refused ?? answer.isNew)).toEqual([true, true, true, 'number', 'number']);
  expect(said.map((answer) => answer.hits.length)).toEqual([1, 2, 3, 3, 3]);
  expect(await room.rows(`SELECT cardinality(hits) AS hits FROM limits WHERE key = '${hex(number[0] as Buffer)}'`)).toEqual([{ hits: 3 }]);
  const address = randomBytes(32);
  expect((await statement([ann, ann, bob].map((account) => ({ account, address })))).map((answer) => answer.refused ?? answer.isNew)).toEqual([true, true, 'address']);
  // One starter's for one number: the live one, also where a day's key turned over between the two.
  const [today, tomorrow] = [randomBytes(32), randomBytes(32)];
  const [first, second, third] = await statement([{ account: ann, number: [today, randomBytes(32)] }, { account: ann, number: [tomorrow, today] }, { account: bob, number: [tomorrow, today] }]);
  expect([first?.isNew, second?.isNew, second?.id, third?.isNew, third?.hits.length]).toEqual([true, false, first?.id, true, 2]);
});

test('starts, sends, checks and calls by themselves, of several processes for the same numbers and addresses, never wait for one another in a circle', async () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  console.log(`SEED=${seed}`);
  const pools = Array.from({ length: 3 }, () => new Database(new Redacted(room.database.apiUrl), 'test', () => {}));
  const worker = new Database(new Redacted(room.database.workerUrl), 'test', () => {});
  const processes = pools.map((pool) => new VerificationsRepository(pool));
  const limits: SendLimits = { ...LIMITS, smsWaitsMs: [0], callWaitsMs: [0], callAfterSmsMs: 0, autoAfterMs: 0, calls: 1_000, inTenMinutes: 1_000, aDay: 1_000, perAddressAMinute: 1_000 };
  const guesses = { ...guess, checks: 1_000, aDay: 1_000, inARow: 1_000 };
  const keys = (count: number): Buffer[] => Array.from({ length: count }, () => randomBytes(32));
  const [numbers, addresses, accounts] = [keys(12).map((today) => [today, ...keys(1)]), keys(6), await Promise.all(Array.from({ length: 8 }, () => room.account()))];
  const started: { id: string; account: string }[] = [];
  let random = seed;
  const one = <T>(of: readonly T[]): T => {
    random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
    return of[Math.floor((random / 2_147_483_648) * of.length)] as T;
  };
  const by = (account: string) => ({ accountId: account, serviceId: null, personId: account, starterIds: [account] });
  const step = async (): Promise<void> => {
    const [verifications, kind, now] = [one(processes), one(['start', 'start', 'send', 'check', 'check', 'voice', 'back']), room.clock.now()];
    room.clock.advance(50);
    const known = started.length === 0 ? undefined : one(started.slice(-8));
    if (kind === 'voice') await sql`SELECT * FROM fall_back_to_voice(${sendLimitsFor(limits)}::jsonb, ${now}::timestamptz, 100)`.execute(worker.sql);
    else if (kind === 'start' || known === undefined) {
      const account = one(accounts);
      const { view } = await verifications.start({
        id: newId(), starter: by(account), numberRef: newId() as NumberRef, sealedNumber: Buffer.alloc(45, 1), testIndex: undefined, numberKeys: one(numbers), country: 'DE', prefixKey: undefined, proofs: [], blockedUntil: undefined,
        addressKeys: [one(addresses), one(addresses)], channel: 'sms', channels: ['sms', 'voice'], isAuto: true, language: undefined, sealedCode: Buffer.alloc(45, 2), codeHash: Buffer.alloc(32, 3), lastsMs: one([1, 600]) * SECOND, handoffId: newId(),
      }, limits, now) as Started;
      started.push({ id: view.id, account });
      // As the worker leaves it.
      await sql`UPDATE numbers SET number_index = v.limiter_index FROM verifications v WHERE v.id = ${view.id} AND numbers.id = v.number_ref AND number_index IS NULL`.execute(room.owner.sql);
    } else if (kind === 'back') await sql`SELECT give_back_send(${known.id}::uuid, 'sms', ${now}::timestamptz)`.execute(worker.sql);
    else if (kind === 'check') await check(verifications, known);
    else await verifications.send({ id: known.id, starter: by(known.account), channel: 'sms', addressKeys: [one(addresses)], handoffId: newId() }, limits, now);
  };
  const check = (verifications: VerificationsRepository, { id, account }: { id: string; account: string }) => verifications.check({
    id, starter: by(account), hash: Buffer.alloc(32, 9), nonce: randomBytes(16), wrongBy: 'address', wrongKeys: [one(addresses), one(addresses)], wrongRule: { max: 10_000, windowMs: SECOND },
  }, guesses, room.clock.now());
  const deadlocks = async () => (await room.rows<{ deadlocks: string }>('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()'))[0]?.deadlocks;
  const before = await deadlocks();
  await Promise.all(Array.from({ length: 60 }, async () => {
    for (let i = 0; i < 15; i += 1) await step();
  }));
  // Many of the same at once, too: so many checks of each process go together.
  for (let i = 0; i < 20; i += 1) await Promise.all(processes.flatMap((verifications) => Array.from({ length: 10 }, () => check(verifications, one(i % 2 === 0 ? started : started.slice(-30))))));
  // What a session has counted is told at its end at the latest.
  await Promise.all([...pools, worker].map((pool) => pool.close()));
  expect(await deadlocks()).toBe(before);
  expect(started.length).toBeGreaterThan(100);
}, 60_000);
