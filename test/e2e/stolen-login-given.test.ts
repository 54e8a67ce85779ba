import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { CarrierThief } from '../support/carrier-thief.js';
import { asOwner, makeControl, ringBob } from '../support/stolen-steps.js';
import { REFUSED, sha256, steal } from '../support/thief.js';

// Real: all three roles, PostgreSQL by each login, the queue, the carrier's SDK. Fake: the network.
// What a login gives to a function, a list, or a channel of notifications has the bounds of what it writes by itself.

let thief: CarrierThief;
let api: pg.Client;
let worker: pg.Client;
beforeAll(async () => {
  thief = await CarrierThief.start();
  [api, worker] = [await steal(thief.world, 'apiUrl'), await steal(thief.world, 'workerUrl')];
});
afterAll(async () => {
  await api?.end();
  await worker?.end();
  await thief?.close();
});
beforeEach(() => thief.world.pass(3_600_000));

test('a key says when it was pressed: about now, whatever is given', async () => {
  const { callId, ring, leg } = await ringBob(thief);
  const pressed = (text: string) =>
    thief.whenCalled(async () => {
      await thief.login.query(text);
      const { rows } = await thief.login.query<{ confirmed_at: Date; stopped_at: Date }>(
        'SELECT confirmed_at, stopped_at FROM ding_recipients WHERE participant_id = $1',
        [leg.participant],
      );
      await thief.login.query('ROLLBACK');
      return rows[0];
    }, leg.handoff);
  const now = thief.world.clock.now().getTime();
  for (const at of ['infinity', '-infinity', '2099-01-01', '2000-01-01', '250000-01-01']) {
    const stopped = await pressed(`SELECT stop_on_phone('${at}')`);
    expect(Math.abs((stopped?.stopped_at.getTime() ?? 0) - now)).toBeLessThan(120_000);
    const confirmed = await pressed(`SELECT confirm_on_phone('${at}')`);
    expect(Math.abs((confirmed?.confirmed_at.getTime() ?? 0) - now)).toBeLessThan(120_000);
  }
  await expect(pressed('SELECT confirm_on_phone(NULL)')).rejects.toThrow(REFUSED);
  await expect(
    api.query(`UPDATE ding_recipients SET confirmed_by = 'app' WHERE participant_id = $1`, [
      leg.participant,
    ]),
  ).rejects.toThrow(REFUSED);
  await ring.decline();
  await thief.bob.phone.expectSms(/cellar/);
  await thief.recall(callId);
});

test('what a call speaks is exchanged by no login, and no microphone closed by the one of the worker', async () => {
  await thief.world.rows(`UPDATE verify_services SET channels = '{sms,voice}'`);
  const number = '+12025550142';
  await thief.world.call('POST', '/v1/verifications', { number, channel: 'voice' }, thief.shop);
  const ring = await thief.world.phones.phone(number).expectRing();
  await thief.world.phones.settled();
  await expect(worker.query(`UPDATE spoken_codes SET sealed = 'nothing'`)).rejects.toThrow(REFUSED);
  const spoken = await thief.one<{ handoff: string }>(
    'SELECT handoff_id AS handoff FROM spoken_codes',
  );
  for (const kind of ['mute', 'unmute'])
    await expect(worker.query(...makeControl(kind, spoken.handoff))).rejects.toThrow(REFUSED);
  await ring.decline();
  await thief.world.phones.settled();
});

test('an SMS that nobody hands off is written by no way around the check at the end', async () => {
  const { callId, ring, leg } = await ringBob(thief);
  await asOwner(thief.world, 'legs', `UPDATE legs SET reason = 'unknown' WHERE id = $1`, [leg.id]);
  const notification = randomUUID();
  await api.query('BEGIN');
  await api.query(
    `
      INSERT INTO notifications (id, call_id, participant_id, channel, state, created_at, expires_at)
      VALUES ($1, $2, $3, 'sms', 'queued', now(), now())
    `,
    [notification, callId, leg.participant],
  );
  await api.query('SAVEPOINT before');
  await api.query(
    `
      INSERT INTO handoffs (
        id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before, not_after,
        created_at
      )
      SELECT gen_random_uuid(), 'ding', 'sms', 'deliver', $1, account_id, number_ref, 'en', 'queued',
        now(), now(), now()
      FROM account_numbers
      WHERE account_id = $2
    `,
    [notification, thief.bob.id],
  );
  await api.query('SET CONSTRAINTS ALL IMMEDIATE');
  await api.query('ROLLBACK TO before');
  await api.query('SET CONSTRAINTS ALL DEFERRED');
  await expect(api.query('COMMIT')).rejects.toThrow(REFUSED);
  await ring.decline();
  await thief.bob.phone.expectSms(/cellar/);
  await thief.recall(callId);
});

test('an app is told once, also when what it was told of is erased before its verification', async () => {
  await thief.world.rows(
    `
      INSERT INTO app_webhooks (app_id, url, is_enabled, disabled_because, created_at)
      VALUES ($1, 'https://shop.example/', false, 'operator', now())
    `,
    [thief.shop.id],
  );
  const verification = await thief.started();
  await asOwner(
    thief.world,
    'verifications',
    `UPDATE verifications SET state = 'canceled', finished_at = $2 WHERE id = $1`,
    [verification, thief.world.clock.now()],
  );
  const tell = () =>
    api.query(
      `
        INSERT INTO webhook_events (id, app_id, type, verification_id, created_at, next_at)
        VALUES (gen_random_uuid(), $1, 'verification.failed', $2, now(), now())
      `,
      [thief.shop.id, verification],
    );
  await api.query('BEGIN');
  expect((await tell()).rowCount).toBe(1);
  await api.query('ROLLBACK');
  await asOwner(
    thief.world,
    'verifications',
    `UPDATE verifications SET finished_at = finished_at - interval '8 days' WHERE id = $1`,
    [verification],
  );
  expect((await tell()).rowCount).toBe(0);
});

test('what a function is given has the bounds of what a login writes', async () => {
  const long = 'x'.repeat(20_000);
  await api.query('BEGIN');
  await api.query('SELECT identify_by_session($1)', [sha256(thief.ann.token)]);
  await expect(
    api.query('SELECT make_team(gen_random_uuid(), $1, $2)', [long, sha256('an invite')]),
  ).rejects.toThrow(REFUSED);
  await api.query('ROLLBACK');
  await expect(
    worker.query(`UPDATE verifications SET channels = array_fill('sms'::text, ARRAY[100000])`),
  ).rejects.toThrow(REFUSED);
  const { callId, ring, leg } = await ringBob(thief);
  await asOwner(thief.world, 'handoffs', `UPDATE handoffs SET state = 'sending' WHERE id = $1`, [
    leg.handoff,
  ]);
  const recorded = await worker.query<{ entry: unknown }>(
    'SELECT record_opening($1, $2) AS entry',
    [leg.handoff, `carrier:${long}`],
  );
  expect(recorded.rows).toEqual([{ entry: null }]);
  await asOwner(thief.world, 'handoffs', `UPDATE handoffs SET state = 'accepted' WHERE id = $1`, [
    leg.handoff,
  ]);
  await ring.decline();
  await thief.bob.phone.expectSms(/cellar/);
  await thief.recall(callId);
});

test('what a login notifies ends no role', async () => {
  const payloads = [
    '',
    ' ',
    'x',
    'x sms ding',
    `${randomUUID()} sms`,
    `a:b voice ding`,
    '0 sms ding',
  ];
  payloads.push(
    `${'x'.repeat(7_000)} sms ding`,
    '\u0001 voice conference',
    `${randomUUID()} fax ding`,
  );
  for (const login of [api, thief.login, worker])
    for (const channel of [
      'dingline_handoffs',
      'dingline_events',
      'dingline_sessions',
      'dingline_webhooks',
    ])
      for (const payload of payloads)
        await login.query('SELECT pg_notify($1, $2)', [channel, payload]);
  const { callId, ring } = await ringBob(thief);
  await ring.decline();
  await thief.bob.phone.expectSms(/cellar/);
  await thief.recall(callId);
});
