import { randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { account, consent, team, verify, type Person } from '../support/make.js';
import { numberPool } from '../support/numbers.js';
import { REFUSED, sha256, signInAs, steal } from '../support/thief.js';
import { World } from '../support/world.js';

// Real: all three roles, PostgreSQL by a role's login, the queue, the carrier's SDK. Fake: the network.
// What a thief of a login brings along (an account of his own, ids, times, tables) is believed by no rule.

const draw = numberPool(Date.now());
let world: World;
let api: pg.Client;
let worker: pg.Client;
let ann: Person;
let bob: Person;
let carl: Person;
let eve: Person;
let teamId: string;

beforeAll(async () => {
  world = await World.start();
  api = await steal(world, 'apiUrl');
  worker = await steal(world, 'workerUrl');
  ann = await account(world, 'Ann', draw().e164);
  bob = await account(world, 'Bob', draw().e164);
  carl = await account(world, 'Carl', draw().e164);
  eve = await account(world, 'Eve', draw().e164);
  teamId = await team(world, [ann, bob, carl]);
  for (const one of [ann, bob, carl]) await verify(world, one);
});
afterAll(async () => {
  await api?.end();
  await worker?.end();
  await world?.close();
});

const ring = (who: Person) =>
  world.call<{ id: string }>(
    'POST',
    '/v1/dings',
    { recipientIds: [who.id], text: 'the cellar is under water', channel: 'app' },
    ann,
  );
const recall = (id: string) => world.call('POST', `/v1/dings/${id}/recall`, undefined, ann);

async function as(who: Person, text: string, values: unknown[]): Promise<pg.QueryResult> {
  await api.query('BEGIN');
  try {
    await api.query('SELECT identify_by_session($1)', [sha256(who.token)]);
    const result = await api.query(text, values);
    await api.query('COMMIT');
    return result;
  } catch (error) {
    await api.query('ROLLBACK');
    throw error;
  }
}

test('who shows nothing in place of a password has no session, and none is noted', async () => {
  const token = randomBytes(32);
  const wrong = async () =>
    (
      await world.rows<{ tries: number }>(
        'SELECT cardinality(wrong_at) AS tries FROM account_passwords WHERE account_id = $1',
        [ann.id],
      )
    )[0]?.tries ?? 0;
  const before = await wrong();
  expect((await signInAs(api, ann.login, null, token)).rows).toEqual([]);
  expect(await wrong()).toBe(before);
  const { rows } = await api.query(`SELECT * FROM find_session($1, 'bearer')`, [sha256(token)]);
  expect(rows).toEqual([]);
});

test("tables of the thief's own answer no row rule", async () => {
  const { body } = await ring(bob);
  await api.query(`
    CREATE TEMP TABLE calls (id uuid, initiator_id uuid, ended_at timestamptz, purpose text);
    CREATE TEMP TABLE team_members (team_id uuid, account_id uuid);
    CREATE TEMP TABLE consent_events (id int, account_id uuid, team_id uuid, purpose text, action text);
  `);
  await api.query(`INSERT INTO pg_temp.calls VALUES ($1, $2, NULL, 'ding')`, [body.id, eve.id]);
  const shared = randomUUID();
  for (const one of [eve, carl]) {
    await api.query('INSERT INTO pg_temp.team_members VALUES ($1, $2)', [shared, one.id]);
    await api.query(`INSERT INTO pg_temp.consent_events VALUES (1, $1, $2, 'ring', 'granted')`, [
      one.id,
      shared,
    ]);
  }
  for (const one of [eve, carl])
    await expect(
      as(
        eve,
        `INSERT INTO public.participants (id, call_id, account_id, role) VALUES ($1, $2, $3, 'recipient')`,
        [randomUUID(), body.id, one.id],
      ),
    ).rejects.toThrow(REFUSED);
  await api.query('DISCARD TEMP');
  await recall(body.id);
});

test('every function of a row rule looks in one place only', async () => {
  const free = await world.rows(`
    SELECT proname
    FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND proname <> 'db_now' AND NOT EXISTS (
      SELECT FROM unnest(proconfig) setting WHERE setting LIKE 'search_path=%pg_temp')
  `);
  expect(free).toEqual([]);
});

test('no consent is given a number that its withdrawal does not follow', async () => {
  await expect(
    as(
      carl,
      `
        INSERT INTO consent_events (id, account_id, team_id, purpose, action, version, text_sha256, language, at)
        OVERRIDING SYSTEM VALUE
        SELECT 9223372036854775807, account_id, team_id, purpose, action, version, text_sha256, language, at
        FROM consent_events
        WHERE account_id = $1
        LIMIT 1
      `,
      [carl.id],
    ),
  ).rejects.toThrow(REFUSED);
});

test('whoever joined last is not the eldest by a time of their own', async () => {
  const owner = await account(world, 'Owner', draw().e164);
  const made = await world.call<{ id: string; inviteCode: string }>(
    'POST',
    '/v1/teams',
    { name: 'Night shift' },
    owner,
  );
  await expect(
    as(eve, `SELECT join_team($1, '-infinity')`, [sha256(made.body.inviteCode)]),
  ).rejects.toThrow(/does not exist/);
  await expect(
    as(eve, `SELECT close_account($1, $2, 'infinity')`, [randomUUID(), randomUUID()]),
  ).rejects.toThrow(/does not exist/);
});

test("the worker's login has nobody reached who has withdrawn, and changes whose a hand-off is", async () => {
  const { body } = await ring(bob);
  await world.call('DELETE', `/v1/teams/${teamId}/consent`, undefined, bob);
  const notification = randomUUID();
  const follow = `
    INSERT INTO notifications (id, call_id, participant_id, channel, state, created_at, expires_at)
    SELECT $1, call_id, id, $4, 'queued', now(), now() + interval '1 year'
    FROM participants
    WHERE call_id = $2 AND account_id = $3
  `;
  for (const channel of ['app', 'sms'])
    await expect(worker.query(follow, [notification, body.id, bob.id, channel])).rejects.toThrow(
      REFUSED,
    );
  await world.rows(follow, [notification, body.id, bob.id, 'sms']);
  for (const [state, isAskedFor] of [
    ['queued', true],
    ['sending', false],
  ])
    await expect(
      worker.query(
        `
          INSERT INTO handoffs (
            id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before,
            not_after, created_at, is_asked_for
          )
          SELECT
            $1, 'ding', 'sms', 'deliver', $2, account_id, number_ref, 'en', $4, now(),
            now() + interval '1 year', now(), $5
          FROM account_numbers
          WHERE account_id = $3
        `,
        [randomUUID(), notification, bob.id, state, isAskedFor],
      ),
    ).rejects.toThrow(REFUSED);
  for (const set of [
    'is_asked_for = true',
    'subject_id = id',
    'account_id = id',
    'number_ref = id',
  ])
    await expect(worker.query(`UPDATE handoffs SET ${set}`)).rejects.toThrow(REFUSED);
  await expect(worker.query('UPDATE calls SET initiator_id = id')).rejects.toThrow(REFUSED);
  await recall(body.id);
  await consent(world, bob, teamId);
});

test('no login but the keeper puts a notice before somebody, and the worker only of what is shown', async () => {
  const ingress = await steal(world, 'ingressUrl');
  try {
    for (const login of [api, ingress, worker])
      await expect(
        login.query(
          `INSERT INTO notices (id, account_id, kind, at) VALUES (gen_random_uuid(), $1, 'password_reset', now())`,
          [ann.id],
        ),
      ).rejects.toThrow(REFUSED);
    for (const login of [ingress, worker]) {
      await expect(
        login.query('UPDATE account_numbers SET told_at = NULL WHERE account_id = $1', [ann.id]),
      ).rejects.toThrow(REFUSED);
      await expect(login.query('SELECT announce_proofs($1)', [[ann.id]])).rejects.toThrow(REFUSED);
    }
    const kinds = async () => {
      const { body } = await world.call<{ notices: { kind: string }[] }>(
        'GET',
        '/v1/me',
        undefined,
        ann,
      );
      return body.notices.map(({ kind }) => kind);
    };
    await worker.query('SELECT announce_old_proofs()');
    expect(await kinds()).not.toContain('number_to_prove_again'); // it isn't old
    await world.rows(
      `UPDATE account_numbers SET verified_at = verified_at - interval '359 days' WHERE account_id = $1`,
      [ann.id],
    );
    for (const _ of [1, 2]) await worker.query('SELECT announce_old_proofs()');
    expect((await kinds()).filter((kind) => kind === 'number_to_prove_again')).toHaveLength(1); // for each proof
    expect(await kinds()).not.toContain('password_reset');
    await world.rows(
      `UPDATE account_numbers SET verified_at = verified_at + interval '359 days' WHERE account_id = $1`,
      [ann.id],
    );
  } finally {
    await ingress.end();
  }
});

test('who was removed from the team calls themselves into no conference of it', async () => {
  const { body } = await world.call<{ id: string }>(
    'POST',
    '/v1/conferences',
    { accountIds: [bob.id, carl.id] },
    ann,
  );
  for (const one of [ann, bob, carl]) await (await one.phone.expectRing()).decline();
  await world.phones.settled();
  await world.call('DELETE', `/v1/teams/${teamId}/members/${bob.id}`, undefined, ann);
  const { rows } = await worker.query<{ willing: boolean }>(
    `
      SELECT is_willing('conference', 'deliver', 'voice', l.id, $2, true) AS willing
      FROM legs l
      JOIN participants p ON p.id = l.participant_id AND p.account_id = $2
      WHERE l.call_id = $1
    `,
    [body.id, bob.id],
  );
  expect(rows).toEqual([{ willing: false }]);
});
