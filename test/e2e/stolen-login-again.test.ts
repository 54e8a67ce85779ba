import { randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { CarrierThief } from '../support/carrier-thief.js';
import { asOwner, isDone, listLegs, ringBob, type Step } from '../support/stolen-steps.js';
import { REFUSED, sha256, steal } from '../support/thief.js';

// Real: all three roles, PostgreSQL by the login of the worker, the queue, the carrier's SDK. Fake: the network.
// What the carrier has none of goes out once more. By the worker's login alone nothing goes out again while its first
// request may be on its way, nor a third time, no number is opened again and again for a list, and no other's id is
// taken.

let thief: CarrierThief;
let worker: pg.Client;
beforeAll(async () => {
  // What the thief leaves unknown nobody looks for meanwhile.
  const quiet = { RECONCILE_LISTS_AFTER: '10m', RECONCILE_CALLS_AFTER: '1h' };
  thief = await CarrierThief.start(quiet);
  worker = await steal(thief.world, 'workerUrl');
});
afterAll(async () => {
  await worker?.end();
  await thief?.close();
});
beforeEach(() => thief.world.pass(3_600_000));
afterEach(() => thief.world.rows('DELETE FROM stops'));

/** A Ding's call to Bob that the thief is the first to claim, and says of unknown fate. */
async function unknownCall(): Promise<{ callId: string; leg: Step; digest: Buffer }> {
  await thief.world.rows(
    `INSERT INTO stops (purpose, channel, reason, since) VALUES ('ding', 'voice', 'a test', now()),
      ('ding', 'sms', 'a test', now())`,
  );
  const callId = await thief.ding('voice');
  const leg = (await listLegs(thief.world, callId))[0] as Step;
  const digest = randomBytes(32);
  await worker.query(
    `
      UPDATE handoffs
      SET state = 'sending', worker = 1, attempts = attempts + 1, capability_hash = $2,
        capability_expires_at = now() + interval '1 day', capability_salt = $3
      WHERE id = $1
    `,
    [leg.handoff, sha256(digest), randomBytes(16)],
  );
  await worker.query(
    `UPDATE handoffs SET state = 'unknown', settled_at = db_now() - interval '1 day' WHERE id = $1`,
    [leg.handoff],
  );
  return { callId, leg, digest };
}
const AGAIN = `
  INSERT INTO handoffs (
    id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before, not_after, created_at,
    again_of)
  SELECT $2::uuid, purpose, channel, kind, subject_id, account_id, number_ref, language, 'queued', db_now(),
    db_now() + interval '14 minutes', db_now(), id
  FROM handoffs
  WHERE id = $1
`;
const isSentAgain = (handoff: string, before?: () => Promise<unknown>): Promise<boolean> =>
  isDone(worker, AGAIN, [handoff, randomUUID()], async () => {
    await before?.();
  });
const miss = (handoff: string): Promise<unknown> =>
  worker.query(`UPDATE asks SET missed_at = '2000-01-01' WHERE handoff_id = $1`, [handoff]);
const ask = (handoff: string): Promise<unknown> =>
  worker.query(
    `INSERT INTO asks (handoff_id, asked_at, listed, missed_at) VALUES ($1, now(), -100, '2000-01-01')`,
    [handoff],
  );

test('what is out goes out no second time', async () => {
  const { callId, ring, leg } = await ringBob(thief);
  await ask(leg.handoff);
  expect(await isSentAgain(leg.handoff)).toBe(false);
  await thief.recall(callId);
  await ring.expectEnded();
});

test('a call goes out once more half a minute after it was missed, whatever times are written, and no third time', async () => {
  const { callId, leg } = await unknownCall();
  await ask(leg.handoff);
  expect(await isSentAgain(leg.handoff, () => miss(leg.handoff))).toBe(false);
  await thief.world.pass(31_000);
  // Nobody had missed it by then.
  expect(await isSentAgain(leg.handoff, () => miss(leg.handoff))).toBe(false);
  await miss(leg.handoff);
  expect(await isSentAgain(leg.handoff)).toBe(false);
  await thief.world.pass(31_000);
  const again = randomUUID();
  await worker.query(AGAIN, [leg.handoff, again]);
  expect(await isSentAgain(leg.handoff)).toBe(false);
  await worker.query(
    `UPDATE handoffs SET state = 'sending', worker = 1, capability_hash = $2, capability_salt = $3 WHERE id = $1`,
    [again, randomBytes(32), randomBytes(16)],
  );
  await worker.query(`UPDATE handoffs SET state = 'unknown', settled_at = now() WHERE id = $1`, [
    again,
  ]);
  await ask(again);
  await miss(again);
  await thief.world.pass(31_000);
  expect(await isSentAgain(again)).toBe(false);
  await thief.recall(callId);
});

test('of which it is another, and since when it is unknown, says no login', async () => {
  const { callId, leg } = await unknownCall();
  for (const set of [`again_of = gen_random_uuid()`, `unknown_at = '2000-01-01'`])
    await expect(
      worker.query(`UPDATE handoffs SET ${set} WHERE id = $1`, [leg.handoff]),
    ).rejects.toThrow(REFUSED);
  await expect(worker.query('UPDATE asks SET listed = -100')).rejects.toThrow(REFUSED);
  await thief.recall(callId);
});

test('a number is opened for a list once for each ask, six times at the most, and not at once', async () => {
  const { callId, leg } = await unknownCall();
  const record = async (): Promise<boolean> =>
    (
      await worker.query<{ entry: unknown }>(
        `SELECT record_asking($1, 'carrier:twilio') AS entry`,
        [leg.handoff],
      )
    ).rows[0]?.entry !== null;
  await ask(leg.handoff);
  expect(await record()).toBe(false);
  await thief.world.pass(31_000);
  expect([await record(), await record()]).toEqual([true, false]);
  for (let i = 0; i < 20; i += 1)
    await worker.query('UPDATE asks SET asked_at = now(), times = 0 WHERE handoff_id = $1', [
      leg.handoff,
    ]);
  const recorded: boolean[] = [];
  for (let i = 0; i < 8; i += 1) recorded.push(await record());
  expect(recorded.filter(Boolean)).toHaveLength(5);
  await thief.recall(callId);
});

test("another's id is adopted by nothing, whatever the list is said to hold", async () => {
  const { callId: other, ring, leg: out } = await ringBob(thief);
  await thief.world.pass(61_000);
  const { callId, leg, digest } = await unknownCall();
  const ref = await thief.one<{ ref: string }>(
    'SELECT carrier_ref AS ref FROM handoffs WHERE id = $1',
    [out.handoff],
  );
  const adopt = `UPDATE handoffs SET state = 'accepted', carrier_ref = $2 WHERE id = $1`;
  const show = () => worker.query('SELECT show_capability($1)', [digest]);
  expect(await isDone(worker, adopt, [leg.handoff, ref.ref], show)).toBe(false);
  await asOwner(thief.world, 'handoffs', 'UPDATE handoffs SET carrier_ref = NULL WHERE id = $1', [
    leg.handoff,
  ]);
  await thief.recall(callId);
  await thief.recall(other);
  await ring.expectEnded();
});
