import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import { createRole } from '../../src/app.module.js';
import type { RoleApp } from '../../src/kernel/http-app.js';
import { parseSettings } from '../../src/settings.js';
import { PhoneNumber } from '../../src/plaintext/phone-number.js';
import { derivePublicKey } from '../../src/plaintext/vault/keyring.js';
import { NumberIndex } from '../../src/plaintext/vault/number-index.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { ALL, Play, type Cast, type Step } from '../support/caller-id-play.js';
import { numberPool } from '../support/numbers.js';
import { createQueue } from '../support/postgres.js';
import { Room } from '../support/room.js';
import { runs } from '../support/runs.js';
import { Stage, STOPS } from '../support/stage.js';

// Real: the services of the three roles, PostgreSQL on each role's own login, the keys, the ledger;
// for a sample also the role `api` over HTTP. Not here: the queue (the test says which hand-off is
// next) and the telephone network (the test says what the carrier answers and tells). Time is the
// test's.
//
// Longer still than `npm run test:long`:  TRACES=10000 TRACE_SEED=1 npm run test:medium -- --
// --testPathPatterns caller-id-model

const TRACES = Number(process.env['TRACES'] ?? runs(40, 240));
const SEED = Number(process.env['TRACE_SEED'] ?? Date.now() % 2 ** 31);
const MEMBERS = 4;
const MUST_HAPPEN = [
  'shown in a ding',
  'shown in a conference',
  'not there',
  'over HTTP',
  'killed',
  'removed',
  'erased',
  'looks counted',
  'told',
  'taken back',
  'ended by a move',
  'hung up by a move',
  ...STOPS.map((name) => `stopped when ${name}`),
];

const [who, call, pick] = [fc.nat(MEMBERS - 1), fc.nat(3), fc.nat(20)];
/** Mostly the initiator; else somebody who may not, or somebody who may. */
const by = fc.option(fc.nat(MEMBERS), { freq: 6 });
const starts: fc.Arbitrary<Step>[] = [
  fc.record({
    do: fc.constant('ding' as const),
    from: who,
    to: fc.integer({ min: 1, max: 15 }),
    by: fc.constantFrom('app' as const, 'sms' as const, 'voice' as const, 'voice' as const),
  }),
  fc.record({
    do: fc.constant('conference' as const),
    from: who,
    others: fc.constantFrom(7, 15, 15, 15, 14, 11),
    endsWithInitiator: fc.boolean(),
    minutes: fc.constantFrom(30, 240, 1440),
  }),
];
const answer = fc.oneof(
  { weight: 6, arbitrary: fc.constant('accepted' as const) },
  {
    weight: 3,
    arbitrary: fc.constantFrom('rejected' as const, 'unavailable' as const, 'unknown' as const),
  },
);
const stop = fc.option(fc.constantFrom(...STOPS), { freq: 2, nil: undefined });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.oneof(...starts) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('join' as const, 'join' as const, 'ring' as const),
      call,
      who: fc.oneof(who, fc.constant(ALL)),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('work' as const), pick, answer, stop }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('resume' as const), pick }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('phone' as const),
      pick,
      says: fc.constantFrom(
        'ringing',
        'answered',
        'asks',
        'press1',
        'press9',
        'machine',
        'joined',
        'joined',
        'left',
        'left',
        'ended',
        'ended',
      ),
      through: fc.option(pick),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('sms' as const),
      pick,
      says: fc.constantFrom('sent', 'delivered', 'undelivered', 'failed'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('again' as const), pick }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('remove' as const), call, who, by }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('add' as const), call, who, by }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('leave' as const), call, who }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('callMe' as const, 'hangUp' as const, 'confirm' as const),
      call,
      who,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), call, by }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      how: fc.constantFrom(
        '20 s',
        '2 min',
        '16 min',
        '61 min',
        '6 h',
        '23 h',
        'to midnight',
        'almost to the end',
        'to the end',
      ),
      call,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sweep' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      role: fc.constantFrom(
        'api' as const,
        'ingress' as const,
        'worker' as const,
        'worker' as const,
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('prove' as const),
      who: fc.nat(MEMBERS),
      whose: fc.option(fc.nat(MEMBERS)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('look' as const) }) },
);
const trace = fc.record({
  hour: fc.nat(23),
  first: fc.oneof(...starts),
  steps: fc.array(step, { minLength: 4, maxLength: 16, size: 'max' }),
  sample: fc.nat(1000),
});

let room: Room;
let stage: Stage | undefined;
let cast: Cast;
let api: RoleApp | undefined;
let queue: { url: string; drop(): Promise<void> };

beforeAll(async () => {
  room = await Room.open();
  await room.rows(
    `ALTER DATABASE ${room.database.name} SET synchronous_commit = off; SET synchronous_commit = off`,
  ); // waiting for the disk is half of the time
  queue = await createQueue();
  cast = await hire();
  stage = await Stage.open(room);
  const key = (secret: Uint8Array): string => Buffer.from(secret).toString('base64url');
  const settings = parseSettings({
    ROLES: 'api',
    API_PORT: '0',
    API_PUBLIC_URL: 'https://dingline.example',
    API_DATABASE_URL: room.database.apiUrl,
    QUEUE_URL: queue.url,
    LOG_LEVEL: 'error',
    CARRIER_BASE_URL: 'http://127.0.0.1:9',
    VAULT_PUBLIC_KEY: cast.publicKey,
    LIMITER_KEY: key(room.keys.limiter),
    CODE_PEPPER: key(room.keys.pepper),
    PRESENTATION_KEY: key(room.keys.presentation),
    PRESENTATION_SIGNING_KEY: key(room.keys.signing),
    IDEMPOTENCY_KEY: key(room.keys.index),
  }).api;
  if (settings === undefined) throw new Error('no settings of api');
  api = await createRole('api', settings, { clock: room.clock, log: () => {} });
  await api.app.init();
  await api.app.getHttpAdapter().getInstance().ready();
});
afterAll(async () => {
  await api?.close();
  await stage?.close();
  await room.close();
  await queue.drop();
});

/**
 * A team of four who have agreed to be called, and a stranger, each with a number; and whoever asks
 * is signed in for ever.
 */
async function hire(): Promise<Cast> {
  const draw = numberPool(8);
  const sealer = room.sealer();
  const index = new NumberIndex(new Redacted(room.keys.index));
  const indexOf = (e164: string): Buffer => index.compute(PhoneNumber.parse(e164) as PhoneNumber);
  const people: Cast['people'] = [];
  const teamId = randomUUID();
  const now = room.clock.now();
  await sql`
    INSERT INTO teams (id, name, invite_hash, invite_ends_at, invite_uses, created_at)
    VALUES (${teamId}, 'Night shift', ${Buffer.alloc(32, 1)}, ${now}, 0, ${now})
  `.execute(room.owner.sql);
  for (let i = 0; i <= MEMBERS; i++) {
    const accountId = await room.account();
    const e164 = draw().e164;
    people.push({
      accountId,
      e164,
      spare: draw().e164,
      ref: await room.store(sealer, e164),
      index: indexOf(e164),
    });
    if (i === MEMBERS) continue;
    await sql`
      INSERT INTO team_members (team_id, account_id, role, joined_at)
      VALUES (${teamId}, ${accountId}, 'member', ${now})
    `.execute(room.owner.sql);
    await sql`
      INSERT INTO consent_events (
        account_id, team_id, purpose, action, version, text_sha256, language, at
      )
      SELECT ${accountId}, ${teamId}, purpose, 'granted', '1', ${Buffer.alloc(32, 2)}, 'en', ${now}
      FROM unnest('{ring,conference}'::text[]) AS purpose
    `.execute(room.owner.sql);
  }
  return {
    people,
    seal: (e164) => room.store(sealer, e164),
    indexOf,
    publicKey: Buffer.from(derivePublicKey(room.privateKey)).toString('base64url'),
  };
}

test.each<Step>([
  { do: 'ding', from: 0, to: 2, by: 'voice' },
  { do: 'conference', from: 0, others: 14, endsWithInitiator: false, minutes: 240 },
])(
  'a call of a $do that was being placed when its number moved, and could not be, is not placed later',
  async (start) => {
    const all = [0, 1, 2, 3];
    const play = await Play.begin(room, stage as Stage, cast, new Map(), 12);
    await play.run([
      start,
      ...all.map((): Step => ({ do: 'work', pick: 0, answer: 'unavailable', stop: 'dialling' })),
      { do: 'prove', who: MEMBERS, whose: 1 },
      ...all.map((): Step => ({ do: 'resume', pick: 0 })),
      { do: 'pass', how: '2 min', call: 0 },
      ...[...all, ...all].map((n): Step => ({
        do: 'work',
        pick: n,
        answer: 'accepted',
        stop: undefined,
      })),
    ]);
  },
);

test('a number that is lost while a worker has it in hand is not kept to be shown, and the one in its place is shown', async () => {
  const counts = new Map<string, number>();
  const all = [0, 1, 2, 3];
  const play = await Play.begin(room, stage as Stage, cast, counts, 12);
  await play.run([
    { do: 'conference', from: 0, others: 14, endsWithInitiator: false, minutes: 240 },
    ...all.map((): Step => ({ do: 'work', pick: 0, answer: 'unavailable', stop: 'claimed' })),
    { do: 'prove', who: 1, whose: null },
    ...all.map((): Step => ({ do: 'resume', pick: 0 })),
    { do: 'pass', how: '2 min', call: 0 },
    ...[...all, ...all].map((): Step => ({
      do: 'work',
      pick: 0,
      answer: 'accepted',
      stop: undefined,
    })),
    { do: 'callMe', call: 0, who: 1 },
    { do: 'join', call: 0, who: 0 },
    { do: 'join', call: 0, who: 1 },
  ]);
  expect(counts.get('shown in a conference')).toBe(2);
});

test.each<[string, Step[]]>([
  ['goes on', []],
  ['is recalled', [{ do: 'end', call: 0, by: null }]],
])(
  'a worker that has sealed a number stops before it is written, and the Ding %s',
  async (_, meanwhile) => {
    const counts = new Map<string, number>();
    const play = await Play.begin(room, stage as Stage, cast, counts, 12);
    await play.run([
      { do: 'ding', from: 0, to: 2, by: 'app' },
      { do: 'work', pick: 0, answer: 'accepted', stop: 'presented' },
      ...meanwhile,
      { do: 'resume', pick: 0 },
    ]);
    expect(counts.get('stopped when presented')).toBe(1);
  },
);

test('whoever does what, and whatever dies or comes late: a number is shown exactly when the rule says so, and the ledger has the first look of each in a call and how many there were', async () => {
  const counts = new Map<string, number>();
  const startedAt = Date.now();
  const property = fc.asyncProperty(trace, async ({ hour, first, steps, sample }) => {
    const play = await Play.begin(room, stage as Stage, cast, counts, hour);
    await play.run([first, ...steps]);
    await play.finish(sample, api as RoleApp);
  });
  await fc.assert(property, {
    numRuns: TRACES,
    seed: SEED,
    endOnFailure: process.env['TRACE_SHRINK'] === 'no',
    ...(process.env['TRACE_PATH'] === undefined ? {} : { path: process.env['TRACE_PATH'] }),
  });
  const told = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
  process.stderr.write(
    `${TRACES} traces with TRACE_SEED=${SEED} in ${Math.round((Date.now() - startedAt) / 1000)} s: ${told}\n`,
  );
  // A test that sees nothing proves nothing. A worker is killed with work in hand once in some 40
  // traces, and what may be shown is taken back in some 20: few of them may miss it. A worker that
  // stops between sealing and writing is rarer still, and has tests of its own above. Fewer traces
  // than 120 see at least what most of them hold.
  if (TRACES < 120) {
    const shown = ['shown in a ding', 'shown in a conference'].filter((name) => counts.has(name));
    expect(shown).not.toEqual([]);
    expect(['not there', 'told'].filter((name) => !counts.has(name))).toEqual([]);
  }
  const expected =
    TRACES >= 600
      ? MUST_HAPPEN
      : MUST_HAPPEN.filter(
          (name) => !['killed', 'taken back', 'stopped when presented'].includes(name),
        );
  if (TRACES >= 120) expect(expected.filter((name) => (counts.get(name) ?? 0) === 0)).toEqual([]);
}, 3_600_000);
