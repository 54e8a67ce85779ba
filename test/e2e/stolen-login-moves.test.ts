import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { CarrierThief } from '../support/carrier-thief.js';
import { REFUSED, steal } from '../support/thief.js';

// Real: all three roles, PostgreSQL by each login, the queue, the carrier's SDK. Fake: the network.
// What a login says of hand-offs and phones: by one table of moves, asked of what is so now.

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

const STATES = [
  'queued',
  'sending',
  'accepted',
  'rejected',
  'failed',
  'unknown',
  'expired',
  'canceled',
];
const ENDED = `UPDATE legs SET state = 'ended', reason = 'declined', ended_at = now() WHERE id = $1`;

interface Step {
  leg: string;
  handoff: string;
  participant: string;
  account: string;
}
const stepsOf = (callId: string): Promise<Step[]> =>
  thief.world.rows<Step>(
    `
      SELECT l.id AS leg, h.id AS handoff, l.participant_id AS participant, h.account_id AS account
      FROM legs l
      JOIN handoffs h ON h.subject_id = l.id AND h.kind = 'deliver'
      WHERE l.call_id = $1
    `,
    [callId],
  );
async function ringing() {
  const id = await thief.ding('voice');
  const ring = await thief.bob.phone.expectRing();
  await thief.world.phones.settled();
  return { id, ring, ...((await stepsOf(id))[0] as Step) };
}
/** As the owner, whom no rule binds. */
async function put(handoff: string, state: string): Promise<void> {
  await thief.world.rows('ALTER TABLE handoffs DISABLE TRIGGER USER');
  await thief.world.rows('UPDATE handoffs SET state = $2 WHERE id = $1', [handoff, state]);
  await thief.world.rows('ALTER TABLE handoffs ENABLE TRIGGER USER');
}
async function isDone(login: pg.Client, text: string, values: unknown[]): Promise<boolean> {
  await login.query('BEGIN');
  try {
    return (await login.query(text, values)).rowCount !== 0;
  } catch (error) {
    expect((error as Error).message).toMatch(REFUSED);
    return false;
  } finally {
    await login.query('ROLLBACK');
  }
}

test('a hand-off moves by no login alone but from what waits, and to what nobody knows', async () => {
  const { id, ring, handoff } = await ringing();
  const moves: string[] = [];
  for (const from of STATES) {
    await put(handoff, from);
    for (const [name, login] of Object.entries({ api, ingress: thief.login, worker }))
      for (const to of STATES) {
        const set = 'UPDATE handoffs SET state = $2, settled_at = now() WHERE id = $1';
        if (to !== from && (await isDone(login, set, [handoff, to])))
          moves.push(`${name}: ${from} to ${to}`);
      }
  }
  expect(moves).toEqual([
    'worker: queued to sending',
    'worker: queued to expired',
    'worker: queued to canceled',
    'worker: sending to unknown',
  ]);
  await put(handoff, 'accepted');
  expect(
    await isDone(worker, `UPDATE handoffs SET capability_expires_at = '2020-01-01' WHERE id = $1`, [
      handoff,
    ]),
  ).toBe(false);
  await ring.decline();
  await thief.bob.phone.expectSms(/cellar/);
  await thief.recall(id);
});

test('a hang-up is made up by no login of api, nor what a phone does by the one of the worker', async () => {
  const { id, ring, leg, handoff } = await ringing();
  const hangUp = randomUUID();
  await api.query('BEGIN');
  await api.query(
    `
      INSERT INTO handoffs (
        id, purpose, channel, kind, subject_id, account_id, target_id, language, state, not_before, not_after,
        created_at
      )
      SELECT $2, purpose, channel, 'hang_up', subject_id, account_id, id, 'en', 'queued', now(), now(), now()
      FROM handoffs
      WHERE id = $1
    `,
    [handoff, hangUp],
  );
  await expect(
    api.query(`UPDATE handoffs SET state = 'accepted' WHERE id = $1`, [hangUp]),
  ).rejects.toThrow(REFUSED);
  await api.query('ROLLBACK');
  for (const set of [
    `state = 'ended', reason = 'declined', ended_at = now()`,
    `state = 'answered', answered_at = now()`,
    'joined_at = now()',
    'left_at = now()',
    'is_machine = true',
  ])
    expect([set, await isDone(worker, `UPDATE legs SET ${set} WHERE id = $1`, [leg])]).toEqual([
      set,
      false,
    ]);
  await worker.query('SELECT note_reach($1, false)', [handoff]);
  expect(
    await thief.one('SELECT unreachable_for FROM account_numbers WHERE account_id = $1', [
      thief.bob.id,
    ]),
  ).toEqual({ unreachable_for: [] });
  expect((await thief.recall(id)).status).toBe(200);
  await ring.expectEnded();
});

test('what a statement asked before a phone rang is asked once more when it writes', async () => {
  await thief.world.stop('worker');
  const id = await thief.ding('voice');
  const [{ leg }] = (await stepsOf(id)) as [Step];
  // It waits in its middle, with the snapshot of its beginning.
  const gate = await steal(thief.world, 'apiUrl');
  await gate.query('SELECT pg_advisory_lock(7, 7)');
  const late = api.query(`${ENDED} AND pg_advisory_xact_lock(7, 7) IS NOT NULL`, [leg]).then(
    ({ rowCount }) => rowCount,
    (error: unknown) => (error as Error).message,
  );
  await thief.world.boot('worker');
  const ring = await thief.bob.phone.expectRing();
  await thief.world.phones.settled();
  await gate.end();
  expect(await late).toMatch(REFUSED);
  await thief.recall(id);
  await ring.expectEnded();
});

test("one phone's capability doesn't say of another that it ended, and the worker's login shows no number", async () => {
  const { body } = await thief.world.call<{ id: string }>(
    'POST',
    '/v1/conferences',
    { accountIds: [thief.bob.id, thief.carl.id] },
    thief.ann,
  );
  const rings = await Promise.all(
    [thief.ann, thief.bob, thief.carl].map(({ phone }) => phone.expectRing()),
  );
  await rings[1]?.answer();
  await rings[1]?.press('1');
  await rings[1]?.expectInRoom();
  await thief.world.phones.settled();
  const steps = await stepsOf(body.id);
  const [bobs, carls] = [thief.bob, thief.carl].map(({ id }) =>
    steps.find(({ account }) => account === id),
  ) as [Step, Step];
  for (const text of [ENDED, 'UPDATE legs SET is_machine = true WHERE id = $1'])
    await expect(thief.says(text, [carls.leg], bobs.handoff)).rejects.toThrow(REFUSED);
  const present = `
    INSERT INTO handoffs (
      id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before, not_after, created_at
    )
    SELECT gen_random_uuid(), 'conference', 'voice', 'present', $1, account_id, number_ref, 'en', 'queued', now(),
      now() + interval '1 hour', now()
    FROM account_numbers
    WHERE account_id = $2
  `;
  await expect(worker.query(present, [carls.leg, thief.carl.id])).rejects.toThrow(REFUSED);
  await thief.world.call('POST', `/v1/conferences/${body.id}/end`, undefined, thief.ann);
  for (const ring of rings) await ring.expectEnded();
});

test("a Ding's SMS is due when the worker's login writes it, and a code's is not its to write", async () => {
  const { id, ring, participant } = await ringing();
  const notification = randomUUID();
  await worker.query('BEGIN');
  await worker.query(
    `
      INSERT INTO notifications (id, call_id, participant_id, channel, state, created_at, expires_at)
      VALUES ($1, $2, $3, 'sms', 'queued', now(), now())
    `,
    [notification, id, participant],
  );
  const { rows } = await worker.query<{ at: Date }>(
    `
      INSERT INTO handoffs (
        id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before, not_after,
        created_at
      )
      SELECT
        gen_random_uuid(), 'ding', 'sms', 'deliver', $1, account_id, number_ref, 'en', 'queued', '2099-01-01',
        '2099-01-02', now()
      FROM account_numbers
      WHERE account_id = $2
      RETURNING not_before AS at
    `,
    [notification, thief.bob.id],
  );
  await worker.query('ROLLBACK');
  const now = thief.world.clock.now().getTime();
  expect(Math.abs((rows[0]?.at.getTime() ?? 0) - now)).toBeLessThan(120_000);
  await ring.decline();
  await thief.bob.phone.expectSms(/cellar/);
  await thief.recall(id);

  const verification = await thief.started();
  for (const channel of ['sms', 'voice'])
    await expect(
      worker.query(
        `
          INSERT INTO handoffs (
            id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before, not_after,
            created_at
          )
          SELECT gen_random_uuid(), 'verification', $2, 'deliver', id, $3, number_ref, 'en', 'queued', now(),
            now() + interval '5 minutes', now()
          FROM verifications
          WHERE id = $1
        `,
        [verification, channel, thief.shop.id],
      ),
    ).rejects.toThrow(REFUSED);
});
