import type pg from 'pg';
import { CarrierThief } from '../support/carrier-thief.js';
import {
  asOwner,
  findDone,
  findSms,
  isDone,
  listLegs,
  ringBob,
  type Step,
} from '../support/stolen-steps.js';
import { REFUSED, steal } from '../support/thief.js';

// Real: all three roles, PostgreSQL by each login, the queue, the carrier's SDK. Fake: the network.
// What each login says of hand-offs and phones, move by move: the table of docs/grants.md.

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

const ENDED = `state = 'ended', reason = 'declined', ended_at = now()`;
const STATES = 'queued sending accepted rejected failed unknown expired canceled'.split(' ');

test('every move of a hand-off, by each login, for a call and for a code', async () => {
  await thief.world.rows(
    'GRANT EXECUTE ON FUNCTION public.overhear(uuid) TO dingline_api, dingline_worker',
  );
  const { callId, ring, leg } = await ringBob(thief);
  const verification = await thief.started();
  const code = await thief.one<{ id: string }>('SELECT id FROM handoffs WHERE subject_id = $1', [
    verification,
  ]);
  // What is queued here for a moment is claimed by no worker.
  await thief.world.rows(`
    INSERT INTO stops (purpose, channel, reason, since)
    VALUES ('ding', 'voice', 'a test', now()), ('verification', 'sms', 'a test', now())
  `);
  const moves = async (handoff: string) => {
    const done: string[] = [];
    const [was] = await thief.world.rows<{ carrier: string; ref: string; delivery: string }>(
      'SELECT carrier, carrier_ref AS ref, delivery FROM handoffs WHERE id = $1',
      [handoff],
    );
    const put = (state: string, now: Partial<typeof was> = {}) =>
      asOwner(
        thief.world,
        'handoffs',
        'UPDATE handoffs SET state = $2, carrier = $3, carrier_ref = $4, delivery = $5 WHERE id = $1',
        [handoff, state, now.carrier, now.ref, now.delivery ?? 'none'],
      );
    for (const from of STATES) {
      await put(from); // as it is before its carrier has said anything
      for (const [name, login] of Object.entries({ api, ingress: thief.login, worker }))
        for (const to of STATES.filter((state) => state !== from))
          for (const shown of [false, true]) {
            const show = () => login.query('SELECT public.overhear($1)', [handoff]);
            const move = 'UPDATE handoffs SET state = $2 WHERE id = $1';
            if (await isDone(login, move, [handoff, to], shown ? show : undefined))
              done.push(`${name}${shown ? ', shown' : ''}: ${from} to ${to}`);
          }
    }
    await put('accepted', was);
    return done.sort();
  };
  const ofAll = [
    'ingress, shown: sending to accepted',
    'ingress, shown: unknown to accepted',
    ...['sending', 'expired', 'canceled'].flatMap((to) => [
      `worker, shown: queued to ${to}`,
      `worker: queued to ${to}`,
    ]),
    'worker: sending to unknown',
    ...STATES.filter((to) => to !== 'sending').map((to) => `worker, shown: sending to ${to}`),
    'worker, shown: unknown to accepted',
  ];
  expect(await moves(leg.handoff)).toEqual([...ofAll].sort());
  expect(await moves(code.id)).toEqual([...ofAll].sort());
  await asOwner(
    thief.world,
    'verifications',
    `UPDATE verifications SET state = 'canceled', finished_at = $2 WHERE id = $1`,
    [verification, thief.world.clock.now()],
  );
  const ofOver = ['api: queued to canceled', 'api, shown: queued to canceled'];
  expect(await moves(code.id)).toEqual(
    [...ofAll, ...ofOver, 'ingress, shown: queued to canceled'].sort(),
  );
  await thief.world.rows('DELETE FROM stops');
  await ring.decline();
  await thief.bob.phone.expectSms(/cellar/);
  await thief.recall(callId);
});

test('what a login says of a phone it says of what is so now, alone with its call', async () => {
  await thief.world.rows(
    `INSERT INTO stops (purpose, channel, reason, since) VALUES ('ding', 'voice', 'a test', now())`,
  );
  const callId = await thief.ding('voice');
  const [leg] = (await listLegs(thief.world, callId)) as [Step];
  const end = `UPDATE legs SET ${ENDED} WHERE id = $1`;
  for (const login of [api, worker]) {
    expect(await isDone(login, end, [leg.id])).toBe(true);
    await login.query('SET default_transaction_isolation = "repeatable read"');
    expect(await isDone(login, end, [leg.id])).toBe(false);
    await login.query('RESET default_transaction_isolation');
  }
  expect(await findDone(api, 'legs', leg.id, ['left_at = now()'])).toEqual([]);
  // Whoever claims it, or ends its call, holds the call.
  await worker.query('BEGIN');
  await worker.query('SELECT FROM calls WHERE id = $1 FOR NO KEY UPDATE', [callId]);
  await api.query(`SET lock_timeout = '200ms'`);
  await expect(api.query(end, [leg.id])).rejects.toThrow(/lock timeout/);
  await api.query('RESET lock_timeout');
  await worker.query('ROLLBACK');
  await thief.recall(callId);
  await thief.world.rows('DELETE FROM stops');
});

test("by one phone's call nothing is said of another that waits, or is still on when all is over", async () => {
  const { body } = await thief.world.call<{ id: string }>(
    'POST',
    '/v1/conferences',
    { accountIds: [thief.bob.id, thief.carl.id] },
    thief.ann,
  );
  const rings = await Promise.all(
    [thief.ann, thief.bob, thief.carl].map(({ phone }) => phone.expectRing()),
  );
  await thief.world.phones.settled();
  const legs = await listLegs(thief.world, body.id);
  const [bobs, carls] = [thief.bob, thief.carl].map(({ id }) =>
    legs.find(({ account }) => account === id),
  ) as [Step, Step];
  const says = (set: string) =>
    thief.says(`UPDATE legs SET ${set} WHERE id = $1`, [carls.id], bobs.handoff);
  const address = await thief.one<{ hash: Buffer }>(
    'SELECT capability_hash AS hash FROM handoffs WHERE id = $1',
    [carls.handoff],
  );
  const setAddress = (hash: Buffer | null) =>
    asOwner(thief.world, 'handoffs', 'UPDATE handoffs SET capability_hash = $2 WHERE id = $1', [
      carls.handoff,
      hash,
    ]);
  const accept = `UPDATE handoffs SET state = 'accepted' WHERE id = $1`;
  await asOwner(thief.world, 'handoffs', `UPDATE handoffs SET state = 'unknown' WHERE id = $1`, [
    carls.handoff,
  ]);
  await expect(thief.says(accept, [carls.handoff], bobs.handoff)).rejects.toThrow(REFUSED);
  await asOwner(thief.world, 'handoffs', accept, [carls.handoff]);
  await setAddress(null); // as if no worker had taken it up
  await expect(says('joined_at = now()')).rejects.toThrow(REFUSED);
  await setAddress(address.hash);
  await asOwner(
    thief.world,
    'calls',
    `UPDATE calls SET ended_at = now(), end_reason = 'ended' WHERE id = $1`,
    [body.id],
  );
  await expect(says(ENDED)).rejects.toThrow(REFUSED);
  for (const ring of rings) await ring.expectEnded();
});

test('by one call nothing is ended, told or erased of another that is over', async () => {
  const { world } = thief;
  const { callId, ring, leg } = await ringBob(thief);
  const other = await thief.ding('sms');
  await thief.bob.phone.expectSms(/cellar/);
  const verification = await thief.started();
  await world.phones.settled();
  const sms = await findSms(world, other);
  const { id: handoff } = await thief.one<{ id: string }>(
    'SELECT id FROM handoffs WHERE subject_id = $1',
    [verification],
  );
  const expectUntold = (text: string, values: unknown[]) =>
    expect(thief.says(text, values, leg.handoff)).rejects.toThrow(/that no carrier has told/);
  const confirmed = `UPDATE ding_recipients SET confirmed_at = $2, confirmed_by = 'app' WHERE participant_id = $1`;
  await asOwner(world, 'ding_recipients', confirmed, [sms.participant, world.clock.now()]);
  const end = `UPDATE notifications SET state = 'ended', reason = 'confirmed', ended_at = now() WHERE id = $1`;
  await expectUntold(end, [sms.id]);
  await asOwner(world, 'notifications', end, [sms.id]);
  await expectUntold(
    `INSERT INTO call_events (call_id, event, at)
      VALUES ($1::uuid, json_build_object('kind', 'ding.created', 'callId', $1::uuid)::text, now())`,
    [other],
  );
  const finish = `UPDATE calls SET ended_at = now(), end_reason = 'finished' WHERE id = $1`;
  await expectUntold(finish, [other]);
  await asOwner(world, 'calls', finish, [other]);
  await world.rows(
    `
      INSERT INTO presentations (call_id, participant_id, day, enc, sealed, expires_at)
      SELECT call_id, id, now(), '', '', now() + interval '1 hour'
      FROM participants
      WHERE call_id = $1
      ON CONFLICT DO NOTHING
    `,
    [other],
  );
  await expectUntold('DELETE FROM presentations WHERE call_id = $1', [other]);
  await asOwner(
    world,
    'verifications',
    `UPDATE verifications SET state = 'canceled', finished_at = $2 WHERE id = $1`,
    [verification, world.clock.now()],
  );
  await asOwner(world, 'handoffs', `UPDATE handoffs SET reason = 'machine' WHERE id = $1`, [
    handoff,
  ]);
  await world.rows(
    `INSERT INTO spoken_codes (handoff_id, verification_id, sealed) VALUES ($1, $2, '')`,
    [handoff, verification],
  );
  await expectUntold('DELETE FROM spoken_codes WHERE handoff_id = $1', [handoff]);
  await expectUntold('DELETE FROM codes WHERE verification_id = $1', [verification]);
  await world.rows(
    `
      INSERT INTO app_webhooks (app_id, url, is_enabled, disabled_because, created_at)
      VALUES ($1, 'https://shop.example/', false, 'operator', now())
    `,
    [thief.shop.id],
  );
  await expectUntold(
    `
      INSERT INTO webhook_events (id, app_id, type, verification_id, created_at, next_at)
      VALUES (gen_random_uuid(), $1, 'verification.failed', $2, now(), now())
    `,
    [thief.shop.id, verification],
  );
  await ring.decline();
  await thief.bob.phone.expectSms(/cellar/);
  await thief.recall(callId);
});
