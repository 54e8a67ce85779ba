import { randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { letFollow } from '../support/follows.js';
import { CarrierThief } from '../support/carrier-thief.js';
import { numberPool } from '../support/numbers.js';
import { sealed } from '../support/shown.js';
import { REFUSED, steal } from '../support/thief.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

// Real: all three roles, PostgreSQL by the login of the worker, the queue, the carrier's SDK. Fake: the network.
// What is kept stays until it is over and as old as the bounds say: the worker's login erases nothing before.

const draw = numberPool(Date.now() + 2);
let thief: CarrierThief;
let worker: pg.Client;
let receiver: WebhookReceiver;
beforeAll(async () => {
  thief = await CarrierThief.start();
  worker = await steal(thief.world, 'workerUrl');
  receiver = await WebhookReceiver.start();
});
afterAll(async () => {
  await worker?.end();
  await thief?.close();
  await receiver?.close();
});

const rows = (text: string, values: unknown[] = []) => thief.world.rows(text, values);
const count = async (table: string): Promise<number> => (await rows(`SELECT FROM ${table}`)).length;

/** Refused by an error, or passed by. */
async function attempt(text: string, values: unknown[] = []): Promise<number | null> {
  try {
    return (await worker.query(text, values)).rowCount;
  } catch (error) {
    expect((error as Error).message).toMatch(REFUSED);
    return 0;
  }
}

/** Something in every table that the worker erases from: all of it wanted, or fresh. */
async function fill(): Promise<void> {
  await rows('INSERT INTO app_webhooks (app_id, url, created_at) VALUES ($1, $2, now())', [
    thief.shop.id,
    receiver.url('/'),
  ]);
  await rows(`UPDATE verify_services SET channels = '{sms,voice}'`);
  await thief.started(); // a code that is waited for
  const spoken = draw().e164;
  await thief.world.call(
    'POST',
    '/v1/verifications',
    { number: spoken, channel: 'voice' },
    thief.shop,
  );
  await thief.world.phones.phone(spoken).expectRing();
  await thief.world.call(
    'POST',
    '/v1/dings',
    { recipientIds: [thief.bob.id], text: 'the cellar is under water', channel: 'voice' },
    { ...thief.ann, headers: { 'idempotency-key': randomUUID() } },
  );
  await thief.bob.phone.expectRing();
  await thief.world.phones.settled();
  await sealed(thief.world);
  const now = thief.world.clock.now();
  await rows(
    `INSERT INTO notices (id, account_id, kind, at) VALUES (gen_random_uuid(), $1, 'number_changed', $2)`,
    [thief.bob.id, now],
  );
  await rows('INSERT INTO account_devices (account_id, token_hash, used_at) VALUES ($1, $2, $3)', [
    thief.bob.id,
    randomBytes(32),
    now,
  ]);
  await rows(
    `INSERT INTO operator_looks (id, reason, asked_at) VALUES (gen_random_uuid(), 'a test', $1)`,
    [now],
  );
  await rows(
    `INSERT INTO number_guesses (number_index, hits, in_a_row, last_at) VALUES (sha256('a'), '{}', 1, $1)`,
    [now],
  );
  await rows(`INSERT INTO spendings (day, subject, spent) VALUES ($1, 'a test', 1)`, [now]);
  await rows(
    `
      INSERT INTO pumping_blocks (id, kind, country, reason, sends, approvals, cost, level, since, until)
      VALUES (gen_random_uuid(), 'country', 'ZZ', 'burst', 1, 0, 0, 0, $1, $1)
    `,
    [now],
  );
  await rows(`INSERT INTO numbers (id, sealed, created_at) VALUES (gen_random_uuid(), $1, $2)`, [
    Buffer.alloc(45, 1),
    now,
  ]);
}

test('nothing is erased before it is over, and old enough', async () => {
  await fill();
  const erasable = await rows(`
    SELECT c.relname AS name
    FROM pg_class c, aclexplode(c.relacl) a
    WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = 'dingline_worker'::regrole
      AND a.privilege_type = 'DELETE'
    ORDER BY c.relname
  `);
  const names = (erasable as { name: string }[]).map(({ name }) => name);
  expect(names.length).toBeGreaterThan(15);
  // Hits, and how its tries at the carrier fare, are the worker's own to count and to forget.
  for (const name of names.filter((one) => one !== 'limits' && one !== 'carrier_runs')) {
    const before = await count(name);
    expect([name, before]).not.toEqual([name, 0]);
    await attempt(`DELETE FROM ${name}`);
    expect([name, await count(name)]).toEqual([name, before]);
  }
  expect(await attempt('DELETE FROM numbers WHERE length(sealed) = 45')).toBe(0);
});

test('nothing is made old that it may be erased', async () => {
  const [old, own] = ['2020-01-01', await thief.started()];
  await attempt(`UPDATE verifications SET state = 'expired', finished_at = $2 WHERE id = $1`, [
    own,
    old,
  ]);
  await attempt(`UPDATE handoffs SET settled_at = $1`, [old]);
  await attempt(`UPDATE calls SET ended_at = $1, end_reason = 'finished'`, [old]);
  await attempt(`UPDATE webhook_events SET state = 'given_up', settled_at = $1`, [old]);
  for (const name of ['verifications', 'handoffs', 'calls', 'webhook_events']) {
    const before = await count(name);
    expect(before).toBeGreaterThan(0);
    await attempt(`DELETE FROM ${name}`);
    expect([name, await count(name)]).toEqual([name, before]);
  }
});

test('without its epoch no number opens: it stays as long as anything is sealed under it', async () => {
  await thief.world.pass(3 * 86_400_000);
  const used = await rows(
    `
      SELECT DISTINCT encode(substring(sealed FROM 2 FOR 16), 'hex')::uuid AS id
      FROM numbers
      WHERE length(sealed) <> 45
    `,
  );
  expect(used.length).toBeGreaterThan(0);
  await attempt('DELETE FROM epochs');
  const left = (await rows('SELECT id FROM epochs')) as { id: string }[];
  expect(left.map(({ id }) => id)).toEqual(
    expect.arrayContaining((used as { id: string }[]).map(({ id }) => id)),
  );
});

test('nobody is told to prove their number again before their proof is old', async () => {
  const told = () => rows('SELECT FROM account_numbers WHERE told_at IS NOT NULL');
  await expect(worker.query(`SELECT announce_old_proofs('infinity')`)).rejects.toThrow(
    /does not exist/,
  );
  await worker.query('SELECT announce_old_proofs()');
  await expect(worker.query(`UPDATE secret_bounds SET lasts = '0'`)).rejects.toThrow(REFUSED);
  expect(await told()).toEqual([]);
});

test('a call of unknown end is rung again by nobody who erases its hand-off', async () => {
  await thief.world.pass(3_600_000);
  await thief.bob.phone.trouble({ kind: 'reset', accepted: true, times: 1, channel: 'call' });
  await thief.bob.phone.trouble({
    kind: 'callbacks-lost',
    events: ['initiated', 'ringing', 'completed'],
  });
  const id = await thief.ding('voice');
  const ring = await thief.bob.phone.expectRing();
  await letFollow(thief.world);
  await thief.bob.phone.expectSms(/cellar/);
  const handoff = await thief.one<{ id: string }>(
    `SELECT h.* FROM handoffs h JOIN legs l ON l.id = h.subject_id WHERE l.call_id = $1`,
    [id],
  );
  expect(await attempt('DELETE FROM handoffs WHERE id = $1', [handoff.id])).toBe(0);
  expect(
    await attempt(
      `
        INSERT INTO handoffs (
          id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before, not_after,
          created_at
        )
        SELECT
          gen_random_uuid(), purpose, channel, kind, subject_id, account_id, number_ref, language, 'queued', $2,
          $2::timestamptz + interval '1 hour', $2
        FROM handoffs
        WHERE id = $1
      `,
      [handoff.id, thief.world.clock.now()],
    ),
  ).toBe(0);
  await ring.decline();
  await thief.world.phones.clearTroubles();
  await thief.recall(id);
});
