import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { CarrierThief } from '../support/carrier-thief.js';
import { REFUSED, sha256, steal } from '../support/thief.js';

// Real: all three roles, PostgreSQL by the login of the worker, the queue, the carrier's SDK. Fake: the network.
// A link confirms for the one whom its SMS went to: by rows alone nobody makes one, nor turns one into another's.

const LINK = /#([\w-]{22})$/;
let thief: CarrierThief;
let worker: pg.Client;
beforeAll(async () => {
  thief = await CarrierThief.start();
  worker = await steal(thief.world, 'workerUrl');
});
afterAll(async () => {
  await worker?.end();
  await thief?.close();
});
beforeEach(() => thief.world.pass(3_600_000));

const use = async (token: string, what = 'confirm'): Promise<number> =>
  (await thief.world.call('POST', `/v1/ding-links/${what}`, { token })).status;
const confirmed = async (callId: string): Promise<Date | null> =>
  (
    await thief.one<{ at: Date | null }>(
      'SELECT confirmed_at AS at FROM ding_recipients WHERE call_id = $1',
      [callId],
    )
  ).at;
async function sms(): Promise<{ callId: string; token: string }> {
  const callId = await thief.ding('sms');
  const [, token = ''] = await thief.bob.phone.expectSms(LINK);
  await thief.world.phones.settled();
  return { callId, token };
}

/** What is out keeps its link. Were it exchanged all the same, it would confirm nothing: see each test. */
async function exchange(text: string, values: unknown[]): Promise<void> {
  await expect(worker.query(text, values)).rejects.toThrow(REFUSED);
  await thief.world.rows(text, values);
}

test('a link whose token the login of the worker has made up confirms nothing, and the one that went out does', async () => {
  const { callId, token } = await sms();
  const [made, mac] = [randomBytes(16).toString('base64url'), randomBytes(32)];
  const before = await thief.one<{ link_hash: Buffer }>(
    'SELECT link_hash FROM notifications WHERE call_id = $1',
    [callId],
  );
  for (const set of ['link_hash = $2', `link_hash = $2, link_mac = '\\x${mac.toString('hex')}'`]) {
    await exchange(`UPDATE notifications SET ${set} WHERE call_id = $1`, [callId, sha256(made)]);
    expect([await use(made, 'read'), await use(made)]).toEqual([404, 404]);
  }
  expect(await confirmed(callId)).toBeNull();
  for (const set of ['old_link_hash = $2', 'link_used_at = now(), old_link_hash = $2'])
    await expect(
      worker.query(`UPDATE notifications SET ${set} WHERE call_id = $1`, [callId, sha256(made)]),
    ).rejects.toThrow(REFUSED);
  await expect(
    worker.query(
      `
        INSERT INTO notifications (
          id, call_id, participant_id, channel, state, created_at, expires_at, old_link_hash
        )
        SELECT gen_random_uuid(), call_id, participant_id, 'sms', 'queued', created_at, expires_at, $2
        FROM notifications
        WHERE call_id = $1
      `,
      [callId, sha256(made)],
    ),
  ).rejects.toThrow(REFUSED);

  // Only what is in its SMS is left to be known; the row of it as it was.
  await thief.world.rows(
    `
      UPDATE notifications SET link_hash = $2 WHERE call_id = $1
    `,
    [callId, before.link_hash],
  );
  expect(await use(token)).toBe(404); // the thief has destroyed what bound it
  await thief.recall(callId);
  await thief.world.pass(3_600_000);
  const whole = await sms();
  expect([await use(whole.token, 'read'), await use(whole.token)]).toEqual([200, 200]);
  expect(await confirmed(whole.callId)).not.toBeNull();
});

test("a link is not turned into another Ding's", async () => {
  const own = await sms();
  await thief.world.pass(3_600_000 / 2);
  const other = await sms();
  const { hash, mac } = await thief.one<{ hash: Buffer; mac: Buffer }>(
    'SELECT link_hash AS hash, link_mac AS mac FROM notifications WHERE call_id = $1',
    [own.callId],
  );
  await exchange('UPDATE notifications SET link_hash = NULL, link_mac = NULL WHERE call_id = $1', [
    own.callId,
  ]);
  await exchange('UPDATE notifications SET link_hash = $2, link_mac = $3 WHERE call_id = $1', [
    other.callId,
    hash,
    mac,
  ]);
  expect([await use(own.token, 'read'), await use(own.token)]).toEqual([404, 404]);
  expect(await confirmed(other.callId)).toBeNull();
  for (const { callId } of [own, other]) await thief.recall(callId);
});

test('a link that went out before links were bound confirms as it did', async () => {
  const { callId, token } = await sms();
  await thief.world.rows('ALTER TABLE notifications DISABLE TRIGGER notifications_old_links');
  await thief.world.rows(
    `
      UPDATE notifications
      SET old_link_hash = link_hash, link_hash = NULL, link_mac = NULL
      WHERE call_id = $1
    `,
    [callId],
  );
  await thief.world.rows('ALTER TABLE notifications ENABLE TRIGGER notifications_old_links');
  expect([await use(token, 'read'), await use(token)]).toEqual([200, 200]);
  expect(await confirmed(callId)).not.toBeNull();
});

test("the link of an SMS whose row was erased is not another person's, though its id is free", async () => {
  const { callId, token } = await sms();
  const own = await thief.one<{ id: string; mac: Buffer }>(
    'SELECT id, link_mac AS mac FROM notifications WHERE call_id = $1',
    [callId],
  );
  await thief.recall(callId);
  // As the eraser does once the Ding is old.
  await thief.world.rows('DELETE FROM handoffs WHERE subject_id = $1', [own.id]);
  await thief.world.rows('DELETE FROM notifications WHERE id = $1', [own.id]);
  await thief.world.pass(3_600_000);
  const other = await thief.ding('app');
  await thief.world.rows(
    `
      INSERT INTO notifications (id, call_id, participant_id, channel, state, created_at, expires_at)
      SELECT $1, call_id, participant_id, 'sms', 'queued', $3::timestamptz, $3::timestamptz + interval '1 hour'
      FROM ding_recipients
      WHERE call_id = $2
    `,
    [own.id, other, thief.world.clock.now()],
  );
  await exchange('UPDATE notifications SET link_hash = $2, link_mac = $3 WHERE id = $1', [
    own.id,
    sha256(token),
    own.mac,
  ]);
  expect([await use(token, 'read'), await use(token)]).toEqual([404, 404]);
  expect(await confirmed(other)).toBeNull();
  await thief.recall(other);
});
