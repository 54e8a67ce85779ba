import { account, crowd, type Person, type Someone } from '../support/make.js';
import { newId } from '../../src/kernel/ids.js';
import { numbersOf } from '../support/numbers.js';
import { Description, type Document } from '../support/openapi.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue. Fake: the telephone network (simulator).
// What is listed is written into the tables: sixty calls of fifteen people would take an hour of ringing.

const MANY = 60;
const OTHERS = 15;
const MOST_BYTES = 20_000;
/** Three bytes for each UTF-16 unit: no writing has more. */
const NAME = '語'.repeat(80);
const TEXT = '語'.repeat(1_000);

const next = numbersOf(20261203);
let world: World;
let ann: Person;
let others: Someone[];
let teamId: string;

beforeAll(async () => {
  world = await World.start();
  ann = await account(world, 'Ann', next());
  others = await crowd(world, OTHERS);
  await world.rows('UPDATE accounts SET name = $1', [NAME]);
  for (let i = 0; i < MANY; i += 1) {
    await addCall('ding');
    await addCall('conference');
  }
  await addNotices();
  await addLedgerEntries();
  teamId = await addTeams();
});
afterAll(() => world.close());

const ids = (count: number): string[] => Array.from({ length: count }, () => newId());

async function addCall(purpose: 'ding' | 'conference'): Promise<void> {
  const [id, participants] = [newId(), ids(OTHERS + 1)];
  const accounts = [ann.id, ...others.map((one) => one.id)];
  const role = purpose === 'ding' ? 'recipient' : 'invitee';
  await world.rows(
    `
      INSERT INTO calls (id, purpose, created_at, ends_at, ended_at, end_reason, initiator_id)
      VALUES ($1, $2, $3, $3, $3, 'finished', $4)
    `,
    [id, purpose, world.clock.now(), ann.id],
  );
  await world.rows(
    `
      INSERT INTO participants (id, call_id, account_id, role)
      SELECT p.id, $1, p.account_id, CASE WHEN p.account_id = $2 THEN 'initiator' ELSE $3 END
      FROM unnest($4::uuid[], $5::uuid[]) AS p (id, account_id)
    `,
    [id, ann.id, role, participants, accounts],
  );
  if (purpose === 'conference') {
    await world.rows('INSERT INTO conferences (call_id, ends_with_initiator) VALUES ($1, false)', [
      id,
    ]);
    return;
  }
  await world.rows('INSERT INTO dings (call_id, text) VALUES ($1, $2)', [id, TEXT]);
  await world.rows(
    `
      INSERT INTO ding_recipients (participant_id, call_id, language)
      SELECT id, $1, 'en' FROM unnest($2::uuid[]) AS id
    `,
    [id, participants.slice(1)],
  );
}

/** Each of a Ding to fifty, in an hour of its own. */
async function addNotices(): Promise<void> {
  await world.rows(
    `
      INSERT INTO notices (id, account_id, kind, at, call_id, purpose, shown_to)
      SELECT gen_random_uuid(), $1,
        CASE n % 2 WHEN 0 THEN 'number_shown' ELSE 'number_not_shown' END,
        $2::timestamptz - n * interval '1 hour', gen_random_uuid(), 'conference', $3
      FROM generate_series(1, $4) AS n
    `,
    [ann.id, world.clock.now(), ids(50), MANY],
  );
}

async function addLedgerEntries(): Promise<void> {
  const body = JSON.stringify({
    at: '2026-11-29T10:00:00.000Z',
    basis: 'D5c',
    callId: newId(),
    fields: ['number'],
    handoffId: newId(),
    id: newId(),
    looks: 1_000,
    numberRef: newId(),
    purpose: 'verification',
    recipient: `participants:${newId()}`,
    subjectId: ann.id,
  });
  await world.rows(
    `
      WITH made AS (
        INSERT INTO ledger_entries (id, commitment, at)
        SELECT gen_random_uuid(), sha256('x'), $1 FROM generate_series(1, $2)
        RETURNING id
      )
      INSERT INTO ledger_readable (entry_id, subject_id, salt, body)
      SELECT id, $3, sha256('x'), $4 FROM made
    `,
    [world.clock.now(), MANY, ann.id, body],
  );
}

/** As many teams as one may be in, the last one with everybody. */
async function addTeams(): Promise<string> {
  const teams = ids(50);
  await world.rows(
    `
      INSERT INTO teams (id, name, invite_hash, invite_ends_at, invite_uses, created_at)
      SELECT id, $2, sha256(id::text::bytea), $3, 1, $3 FROM unnest($1::uuid[]) AS id
    `,
    [teams, NAME, world.clock.now()],
  );
  await world.rows(
    `
      INSERT INTO team_members (team_id, account_id, role, joined_at)
      SELECT id, $2, 'owner', $3 FROM unnest($1::uuid[]) AS id
    `,
    [teams, ann.id, world.clock.now()],
  );
  const crowded = teams.at(-1) as string;
  const more = await crowd(world, MANY);
  await world.rows('UPDATE accounts SET name = $1', [NAME]);
  await world.rows(
    `
      INSERT INTO team_members (team_id, account_id, role, joined_at)
      SELECT $2, id, 'member', $3 FROM unnest($1::uuid[]) AS id
    `,
    [more.map(({ id }) => id), crowded, world.clock.now()],
  );
  return crowded;
}

type Listed = Record<string, unknown> & { next?: string | null };

/** Every page of a list, each within the bound; then what was in them. */
async function readAll(path: string, name: string, cursor: string): Promise<unknown[]> {
  const all: unknown[] = [];
  let query = '';
  for (;;) {
    const { body, text } = await world.call<Listed>('GET', `${path}${query}`, undefined, ann);
    expect([path, Buffer.byteLength(text) < MOST_BYTES]).toEqual([path, true]);
    const part = body[name] as Record<string, unknown>[];
    all.push(...part.map((one) => one[cursor]));
    if (part.length === 0 || body.next === null) return all;
    query =
      body.next === undefined
        ? `?before=${String(part.at(-1)?.[cursor])}`
        : `?after=${String(body.next)}`;
  }
}

test.each([
  ['/v1/dings', 'dings', 'id', MANY],
  ['/v1/conferences', 'conferences', 'id', MANY],
  ['/v1/me/notices', 'notices', 'id', MANY],
  ['/v1/ledger', 'entries', 'seq', MANY],
  ['/v1/teams/{id}', 'members', 'accountId', MANY + 1],
])('%s has pages of less than 20 kB, and each entry once', async (path, name, cursor, count) => {
  const all = await readAll(path.replace('{id}', teamId), name, cursor);
  expect(all).toHaveLength(count);
  expect(new Set(all).size).toBe(count);
});

test('what has no pages is short however much there is', async () => {
  for (const path of ['/v1/me', '/v1/teams', '/v1/sessions', '/v1/consents/ring']) {
    const { status, text } = await world.call('GET', path, undefined, ann);
    expect([path, status, Buffer.byteLength(text) < MOST_BYTES]).toEqual([path, 200, true]);
  }
});

test('every list that is described is tried here', async () => {
  const { body } = await world.call<Document & Record<string, unknown>>('GET', '/openapi.json');
  const paged = new Description(body).operations
    .filter(({ operation }) =>
      operation.parameters?.some((one) => one.name === 'before' || one.name === 'after'),
    )
    .map(({ path }) => path);
  expect(paged.sort()).toEqual([
    '/v1/conferences',
    '/v1/dings',
    '/v1/ledger',
    '/v1/me/notices',
    '/v1/teams/{id}',
  ]);
});

test('a list says how its calls stand, and the call who was in it', async () => {
  const { body } = await world.call<{ dings: { id: string }[] }>(
    'GET',
    '/v1/dings',
    undefined,
    ann,
  );
  const [first] = body.dings;
  expect(first).toMatchObject({
    beginning: TEXT.slice(0, 100),
    recipientCount: OTHERS,
    confirmedCount: 0,
    from: { name: NAME },
  });
  expect(first).not.toHaveProperty('recipients');
  const [other] = others;
  const theirs = await world.call<{ dings: object[] }>('GET', '/v1/dings', undefined, other);
  expect(theirs.body.dings[0]).toMatchObject({ role: 'recipient', recipientCount: 1 });
});
