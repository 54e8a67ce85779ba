import { randomUUID } from 'node:crypto';
import { CarrierThief } from '../support/carrier-thief.js';
import { eventually } from '../support/eventually.js';

// Real: all three roles, PostgreSQL by the login of ingress, the queue, the carrier's SDK. Fake: the network.
// What ingress's login writes is due when it is written: it holds nothing back by a time.

let thief: CarrierThief;
beforeAll(async () => {
  thief = await CarrierThief.start();
});
afterAll(() => thief?.close());
beforeEach(() => thief.world.pass(3_600_000));

test('an SMS that follows a call is due when it is written, and can be confirmed for an hour', async () => {
  await thief.world.rows(
    `INSERT INTO stops (purpose, channel, reason, since) VALUES ('ding', 'sms', 'a test', now())`,
  );
  const id = await thief.ding('voice');
  await (await thief.bob.phone.expectRing()).decline();
  const part = await eventually('the SMS is written', async () => {
    const [row] = await thief.world.rows<{ id: string; participant: string; number: string }>(
      `
        SELECT n.id, n.participant_id AS participant, h.number_ref AS number
        FROM notifications n
        JOIN handoffs h ON h.subject_id = n.id
        WHERE n.call_id = $1
      `,
      [id],
    );
    return row;
  });
  // As if the thief had been quicker than the role.
  await thief.world.rows('DELETE FROM handoffs WHERE subject_id = $1', [part.id]);
  await thief.world.rows('DELETE FROM notifications WHERE id = $1', [part.id]);
  const own = randomUUID();
  const call = await thief.one<{ handoff: string }>(
    'SELECT h.id AS handoff FROM legs l JOIN handoffs h ON h.subject_id = l.id WHERE l.call_id = $1',
    [id],
  );
  await thief.whenCalled(async () => {
    await thief.login.query(
      `
        INSERT INTO notifications (id, call_id, participant_id, channel, state, created_at, expires_at)
        VALUES ($1, $2, $3, 'sms', 'queued', '2020-01-01', '2020-01-02')
      `,
      [own, id, part.participant],
    );
    await thief.login.query(
      `
        INSERT INTO handoffs (
          id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before, not_after,
          created_at
        )
        VALUES (
          gen_random_uuid(), 'ding', 'sms', 'deliver', $1, $2, $3, 'en', 'queued', '2100-01-01', '2020-01-01',
          '2100-01-01'
        )
      `,
      [own, thief.bob.id, part.number],
    );
  }, call.handoff);
  const now = thief.world.clock.now().getTime();
  const times = await thief.one<{ begins: Date; ends: Date; expires: Date }>(
    `
      SELECT h.not_before AS begins, h.not_after AS ends, n.expires_at AS expires
      FROM notifications n
      JOIN handoffs h ON h.subject_id = n.id
      WHERE n.id = $1
    `,
    [own],
  );
  expect(Math.abs(times.begins.getTime() - now)).toBeLessThan(120_000);
  expect(times.ends.getTime() - now).toBeGreaterThan(10 * 60_000);
  expect(times.expires.getTime() - now).toBeGreaterThan(50 * 60_000);
  await thief.recall(id);
  await thief.world.rows('DELETE FROM stops');
});

test('what an app is told is due when it is written', async () => {
  const id = await thief.started();
  await thief.world.rows(
    `
      INSERT INTO app_webhooks (app_id, url, created_at, paused_until)
      VALUES ($1, 'http://127.0.0.1:9/', now(), '2100-01-01')
    `,
    [thief.shop.id],
  );
  const event = randomUUID();
  await thief.says(
    `
      INSERT INTO webhook_events (id, app_id, type, verification_id, handoff_id, delivery, created_at, next_at)
      SELECT $1, account_id, 'verification.delivery', subject_id, id, delivery, '2100-01-01', '2100-01-01'
      FROM handoffs
      WHERE subject_id = $2
    `,
    [event, id],
  );
  const { at } = await thief.one<{ at: Date }>(
    'SELECT next_at AS at FROM webhook_events WHERE id = $1',
    [event],
  );
  expect(Math.abs(at.getTime() - thief.world.clock.now().getTime())).toBeLessThan(120_000);
  await thief.world.rows('DELETE FROM app_webhooks');
});
