import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { account, type Person, team, verify } from '../support/make.js';
import { numberPool } from '../support/numbers.js';
import { letOverhear, REFUSED, sha256, steal, whenCalled } from '../support/thief.js';
import { World } from '../support/world.js';

// Real: all three roles, PostgreSQL by a role's login, the queue, the carrier's SDK. Fake: the network.
// What a login writes is finite, about now, and nothing that its role can't have been told.

const SAYS_NOTHING = /permission denied|row-level|only move forward|say nothing|violates|closed it/;
const draw = numberPool(Date.now());
let world: World;
let api: pg.Client;
let ingress: pg.Client;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  world = await World.start();
  [api, ingress] = [await steal(world, 'apiUrl'), await steal(world, 'ingressUrl')];
  ann = await account(world, 'Ann', draw().e164);
  bob = await account(world, 'Bob', draw().e164);
  await team(world, [ann, bob]);
  for (const one of [ann, bob]) await verify(world, one);
  await letOverhear(world);
});
afterAll(async () => {
  await api?.end();
  await ingress?.end();
  await world?.close();
});
beforeEach(() => world.pass(2 * 3_600_000));

const ding = async (channel: 'app' | 'voice'): Promise<string> =>
  (
    await world.call<{ id: string }>(
      'POST',
      '/v1/dings',
      { recipientIds: [bob.id], text: 'the cellar is under water', channel },
      ann,
    )
  ).body.id;
const recall = (id: string) => world.call('POST', `/v1/dings/${id}/recall`, undefined, ann);

test('no time that a login writes is infinite', async () => {
  const columns = await world.rows<{ table: string; name: string }>(`
    SELECT a.attrelid::regclass::text AS table, a.attname AS name
    FROM pg_attribute a
    JOIN pg_class t ON t.oid = a.attrelid AND t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace
    WHERE a.atttypid = 'timestamptz'::regtype AND a.attnum > 0
      AND EXISTS (
        SELECT FROM unnest('{dingline_api,dingline_ingress,dingline_worker}'::text[]) login
        WHERE has_column_privilege(login, a.attrelid, a.attnum, 'INSERT')
          OR has_column_privilege(login, a.attrelid, a.attnum, 'UPDATE'))
      AND NOT EXISTS (
        SELECT FROM pg_constraint c
        WHERE c.conrelid = a.attrelid AND pg_get_constraintdef(c.oid) LIKE '%isfinite%'
          AND a.attnum = ANY (c.conkey))
      AND NOT EXISTS (
        SELECT FROM pg_constraint c
        JOIN pg_depend d ON d.classid = 'pg_constraint'::regclass AND d.objid = c.oid
        JOIN pg_proc p ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid
        WHERE c.conrelid = a.attrelid AND c.conname = 'row_is_bounded'
          AND p.prosrc ~ ('(RETURN|AND) isfinite\\(this\\.' || a.attname || '\\)'))
  `);
  expect(columns).toEqual([]);
});

test('what happened to a call is about now, whatever time ingress says', async () => {
  const callId = await ding('voice');
  const ring = await bob.phone.expectRing();
  await world.phones.settled();
  const [call] = await world.rows<{ handoff: string }>(
    'SELECT h.id AS handoff FROM legs l JOIN handoffs h ON h.subject_id = l.id WHERE l.call_id = $1',
    [callId],
  );
  const says = (text: string) =>
    whenCalled(ingress, call?.handoff as string, () => ingress.query(text, [callId]));
  await says(`UPDATE legs SET answered_at = '2020-01-01', state = 'answered' WHERE call_id = $1`);
  const [leg] = await world.rows<{ answered_at: Date }>(
    'SELECT answered_at FROM legs WHERE call_id = $1',
    [callId],
  );
  expect(world.clock.now().getTime() - (leg?.answered_at.getTime() ?? 0)).toBeLessThanOrEqual(
    61_000,
  );
  await expect(
    says(`UPDATE legs SET left_at = '-infinity' WHERE call_id = $1`),
  ).resolves.toMatchObject({ rowCount: 1 }); // taken for a minute ago
  await expect(
    says(`UPDATE calls SET end_reason = 'recalled', ended_at = now() WHERE id = $1`),
  ).rejects.toThrow(SAYS_NOTHING);
  await ring.decline();
  await bob.phone.expectSms(/cellar/);
  await recall(callId);
});

test('ingress says of no phone that it rings, or was answered, whose call still waits', async () => {
  await world.rows(
    `INSERT INTO stops (purpose, channel, reason, since) VALUES ('ding', 'voice', 'wait', now())`,
  );
  const callId = await ding('voice');
  const [call] = await world.rows<{ id: string }>(
    'SELECT id FROM handoffs WHERE subject_id = (SELECT id FROM legs WHERE call_id = $1)',
    [callId],
  );
  for (const state of ['ringing', 'answered'])
    await expect(
      whenCalled(ingress, call?.id as string, () =>
        ingress.query('UPDATE legs SET state = $2 WHERE call_id = $1', [callId, state]),
      ),
    ).rejects.toThrow(SAYS_NOTHING);
  await recall(callId);
  await world.rows('DELETE FROM stops');
});

test('a session is shown in a transaction that sees what is so now, and for no longer than a moment', async () => {
  for (const isolation of ['REPEATABLE READ', 'SERIALIZABLE']) {
    await api.query(`BEGIN ISOLATION LEVEL ${isolation}`);
    await api.query('SELECT identify_by_session($1)', [sha256(ann.token)]);
    const { rows } = await api.query('SELECT identified_account() AS who');
    expect(rows).toEqual([{ who: null }]);
    await api.query('ROLLBACK');
  }
  const [rule] = await world.rows<{ text: string }>(
    `SELECT pg_get_functiondef('public.identified_account'::regproc) AS text`,
  );
  expect(rule?.text).toContain("transaction_timestamp() + interval '30 seconds'");
});

test("a microphone that its person has closed is opened in nobody else's name, and by no hand-off of before", async () => {
  const callId = await ding('app'); // any call has participants, whose columns are the same
  const [bobs] = await world.rows<{ id: string }>(
    'SELECT id FROM participants WHERE call_id = $1 AND account_id = $2',
    [callId, bob.id],
  );
  const mute = async (who: Person, mutedBy: string | null): Promise<number | null> => {
    await api.query('BEGIN');
    await api.query('SELECT identify_by_session($1)', [sha256(who.token)]);
    try {
      const { rowCount } = await api.query('UPDATE participants SET muted_by = $2 WHERE id = $1', [
        bobs?.id,
        mutedBy,
      ]);
      await api.query('COMMIT');
      return rowCount;
    } catch (error) {
      await api.query('ROLLBACK');
      throw error;
    }
  };
  await expect(
    api.query(`UPDATE participants SET muted_by = 'initiator' WHERE id = $1`, [bobs?.id]),
  ).rejects.toThrow(SAYS_NOTHING);
  await expect(mute(ann, 'self')).rejects.toThrow(SAYS_NOTHING);
  await expect(mute(bob, 'initiator')).rejects.toThrow(SAYS_NOTHING);
  expect(await mute(bob, 'self')).toBe(1);
  for (const becomes of [null, 'initiator'])
    await expect(mute(ann, becomes)).rejects.toThrow(SAYS_NOTHING);
  expect(await mute(ann, 'each')).toBe(1);
  await expect(mute(ann, null)).rejects.toThrow(SAYS_NOTHING);
  const [asked] = await world.rows<{ belongs: boolean }>(
    `
      WITH leg AS (
        INSERT INTO legs (id, call_id, participant_id, state, created_at)
        VALUES (gen_random_uuid(), $1, $2, 'queued', now())
        RETURNING id)
      SELECT belongs_together('conference', 'unmute', 'voice', leg.id, $3, NULL, $4) AS belongs FROM leg
    `,
    [callId, bobs?.id, bob.id, randomUUID()],
  );
  expect(asked?.belongs).toBe(false);
  await world.rows('DELETE FROM legs WHERE call_id = $1', [callId]);
  await recall(callId);
});

test('the worker has a step begun again by nobody', async () => {
  const worker = await steal(world, 'workerUrl');
  const callId = await ding('voice');
  const ring = await bob.phone.expectRing();
  await world.phones.settled();
  const [handoff] = await world.rows<Record<string, unknown>>(
    `SELECT h.* FROM handoffs h JOIN legs l ON l.id = h.subject_id WHERE l.call_id = $1 AND h.kind = 'deliver'`,
    [callId],
  );
  await worker.query('BEGIN');
  await worker.query('DELETE FROM handoffs WHERE id = $1', [handoff?.['id']]);
  await expect(
    worker.query(
      `
        INSERT INTO handoffs (
          id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before, not_after,
          created_at
        )
        VALUES ($1, 'ding', 'voice', 'deliver', $2, $3, $4, 'en', 'queued', $5, $5::timestamptz + interval '1 h', $5)
      `,
      [
        randomUUID(),
        handoff?.['subject_id'],
        handoff?.['account_id'],
        handoff?.['number_ref'],
        world.clock.now(),
      ],
    ),
  ).rejects.toThrow(REFUSED);
  await worker.query('ROLLBACK');
  await worker.end();
  await ring.decline();
  await bob.phone.expectSms(/cellar/);
  await recall(callId);
});
