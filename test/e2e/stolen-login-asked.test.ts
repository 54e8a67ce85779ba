import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { CarrierThief } from '../support/carrier-thief.js';
import { eventually } from '../support/eventually.js';
import {
  asOwner,
  findDone,
  isDone,
  listLegs,
  makeControl,
  ringBob,
  type Step,
} from '../support/stolen-steps.js';
import { REFUSED, sha256, steal } from '../support/thief.js';

// Real: all three roles, PostgreSQL by the login of the worker, the queue, the carrier's SDK. Fake: the network.
// The worker asks the carrier what became of something, and shows a capability that it makes again. By its login alone
// nobody says more by that, nor keeps others from being asked for.

let thief: CarrierThief;
let worker: pg.Client;
beforeAll(async () => {
  thief = await CarrierThief.start({});
  worker = await steal(thief.world, 'workerUrl');
});
afterAll(async () => {
  await worker?.end();
  await thief?.close();
});
beforeEach(() => thief.world.pass(3_600_000));
afterEach(async () => {
  await thief.world.rows('DELETE FROM stops');
  await thief.world.phones.clearTroubles();
});

/** A Ding's call to Bob that an operator holds back, so that the thief is the first to claim it. */
async function heldBack(): Promise<{ callId: string; leg: Step }> {
  await thief.world.rows(
    `INSERT INTO stops (purpose, channel, reason, since) VALUES ('ding', 'voice', 'a test', now())`,
  );
  const callId = await thief.ding('voice');
  return { callId, leg: (await listLegs(thief.world, callId))[0] as Step };
}
/** By a capability and a salt of the thief's own. Gives what shows it. */
async function claim(handoff: string): Promise<Buffer> {
  const digest = randomBytes(32);
  await worker.query(
    `
      UPDATE handoffs
      SET state = 'sending', worker = 1, attempts = attempts + 1, capability_hash = $2,
        capability_expires_at = now() + interval '1 day', capability_salt = $3
      WHERE id = $1
    `,
    [handoff, sha256(digest), randomBytes(16)],
  );
  return digest;
}
const show = (digest: Buffer): Promise<unknown> =>
  worker.query('SELECT show_capability($1)', [digest]);

test('by a hang-up that it has made up, the login of the worker says of no phone that it is gone', async () => {
  const { callId, ring, leg } = await ringBob(thief);
  const end = `UPDATE legs SET state = 'ended', reason = 'declined', ended_at = now() WHERE id = $1`;
  const isEnded = await isDone(worker, end, [leg.id], async () => {
    const [text, values] = makeControl('hang_up', leg.handoff);
    await worker.query(text, values);
    await show(await claim(values[2] as string));
  });
  expect(isEnded).toBe(false);
  await thief.recall(callId);
  await ring.expectEnded();
});

test('what it has claimed and puts back is as it was: the next news of it is heard', async () => {
  const { callId, leg } = await heldBack();
  const digest = await claim(leg.handoff);
  const back = `UPDATE handoffs SET state = 'queued', worker = NULL WHERE id = $1`;
  for (const set of [
    `carrier = 'another'`,
    `carrier_ref = 'CA00'`,
    `delivery = 'ended'`,
    `reason = 'bad_number'`,
  ])
    expect([
      set,
      await isDone(worker, back, [leg.handoff], async () => {
        await show(digest);
        await worker.query(`UPDATE handoffs SET ${set} WHERE id = $1`, [leg.handoff]);
      }),
    ]).toEqual([set, false]);
  for (const event of ['asked ended', 'status completed'])
    expect(
      await isDone(
        worker,
        `INSERT INTO callbacks (handoff_id, event, state, received_at) VALUES ($1, $2, 'ended', now())`,
        [leg.handoff, event],
        () => show(digest),
      ),
    ).toBe(false);
  // Put back as it was, it goes out.
  await worker.query('BEGIN');
  await show(digest);
  await worker.query(back, [leg.handoff]);
  await worker.query('COMMIT');
  await thief.world.rows('DELETE FROM stops');
  await thief.world.pass(3_000);
  const ring = await thief.bob.phone.expectRing();
  await thief.recall(callId);
  await ring.expectEnded();
});

test('nobody is kept from being asked for by a time: it is about now, and asks are counted', async () => {
  const { callId, ring, leg } = await ringBob(thief);
  const near = 'abs(extract(epoch FROM asked_at - db_now())) < 120 AS "isNear", times';
  await worker.query('BEGIN');
  const put = `INSERT INTO asks (handoff_id, asked_at, times) VALUES ($1, '2100-01-01', 1000) RETURNING ${near}`;
  const set = `UPDATE asks SET asked_at = '2100-01-01', times = 1000 WHERE handoff_id = $1 RETURNING ${near}`;
  expect((await worker.query(put, [leg.handoff])).rows).toEqual([{ isNear: true, times: 1 }]);
  expect((await worker.query(set, [leg.handoff])).rows).toEqual([{ isNear: true, times: 2 }]);
  await worker.query('ROLLBACK');
  await expect(worker.query('DELETE FROM asks')).rejects.toThrow(REFUSED);
  await thief.recall(callId);
  await ring.expectEnded();

  const room = await thief.world.call<{ id: string }>(
    'POST',
    '/v1/conferences',
    { accountIds: [thief.bob.id, thief.carl.id] },
    thief.ann,
  );
  const people = [thief.ann, thief.bob, thief.carl];
  const rings = await Promise.all(people.map(({ phone }) => phone.expectRing()));
  for (const at of ['2100-01-01', '2000-01-01']) {
    const { rows } = await worker.query(
      `UPDATE conferences SET compared_at = $2 WHERE call_id = $1
       RETURNING abs(extract(epoch FROM compared_at - db_now())) < 120 AS "isNear"`,
      [room.body.id, at],
    );
    expect(rows).toEqual([{ isNear: true }]);
  }
  await thief.world.call('POST', `/v1/conferences/${room.body.id}/end`, undefined, thief.ann);
  for (const one of rings) await one.expectEnded();
});

test('a capability that no worker of ours made keeps no other from being asked for', async () => {
  const { callId, leg } = await heldBack();
  await claim(leg.handoff);
  await worker.query(`UPDATE handoffs SET state = 'unknown', settled_at = now() WHERE id = $1`, [
    leg.handoff,
  ]);
  await thief.recall(callId); // nobody wants it any more, and nobody can say whether it left
  await thief.world.rows('DELETE FROM stops');
  await eventually('it was to be given up', () =>
    Promise.resolve(thief.world.logs.some((line) => line.includes('callback_refused'))),
  );
  await thief.carl.phone.trouble({ kind: 'callbacks-lost', channel: 'call' });
  await thief.world.call(
    'POST',
    '/v1/dings',
    { recipientIds: [thief.carl.id], text: 'the cellar is under water', channel: 'voice' },
    thief.ann,
  );
  await (await thief.carl.phone.expectRing()).decline();
  await thief.world.phones.settled();
  await thief.world.pass(91_000);
  await thief.carl.phone.expectSms(/cellar/);
});

test.each(['bob', 'carl'] as const)(
  'nor does one beside it, of a call that is out: %s has it',
  async (name) => {
    const people = [thief.bob, thief.carl];
    for (const { phone } of people)
      await phone.trouble({ kind: 'callbacks-lost', channel: 'call' });
    const { body } = await thief.world.call<{ id: string }>(
      'POST',
      '/v1/dings',
      {
        recipientIds: people.map(({ id }) => id),
        text: 'the cellar is under water',
        channel: 'voice',
      },
      thief.ann,
    );
    for (const { phone } of people) await (await phone.expectRing()).decline();
    await thief.world.phones.settled();
    const legs = await listLegs(thief.world, body.id);
    const own = legs.find(({ account }) => account === thief[name].id) as Step;
    await asOwner(
      thief.world,
      'handoffs',
      'UPDATE handoffs SET capability_salt = $2 WHERE id = $1',
      [own.handoff, randomBytes(16)],
    );
    await thief.world.pass(91_000);
    const [other] = people.filter(({ id }) => id !== own.account);
    await other?.phone.expectSms(/cellar/);
    await thief.recall(body.id);
  },
);

test('when something was taken up says no login', async () => {
  const { callId, leg } = await heldBack();
  for (const at of ['2100-01-01', '2000-01-01'])
    expect(
      await findDone(worker, 'handoffs', leg.handoff, [
        `state = 'sending', claimed_at = '${at}'`,
        `claimed_at = '${at}'`,
      ]),
    ).toEqual([]);
  await claim(leg.handoff);
  expect(
    await thief.one(
      `SELECT abs(extract(epoch FROM claimed_at - clock_timestamp())) < 60 AS "isNow" FROM handoffs WHERE id = $1`,
      [leg.handoff],
    ),
  ).toEqual({ isNow: true });
  await worker.query(`UPDATE handoffs SET state = 'unknown', settled_at = now() WHERE id = $1`, [
    leg.handoff,
  ]);
  await thief.recall(callId);
});
