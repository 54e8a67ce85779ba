import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { CarrierThief } from '../support/carrier-thief.js';
import {
  asOwner,
  findDone,
  findSms,
  listLegs,
  ringBob,
  type Step,
} from '../support/stolen-steps.js';
import { REFUSED, steal } from '../support/thief.js';

// Real: all three roles, PostgreSQL by each login, the queue, the carrier's SDK. Fake: the network.
// What is written of a hand-off or an SMS, beside its move, is said by its own capability, whichever login says it.

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

test('what a carrier has said of a call is said otherwise by no login, so that a recall still hangs it up', async () => {
  const { callId, ring, leg } = await ringBob(thief);
  expect(
    await findDone(worker, 'handoffs', leg.handoff, [
      'carrier_ref = NULL',
      `carrier_ref = 'CA00'`,
      `carrier = 'another'`,
      `delivery = 'ended'`,
      `reason = 'bad_number'`,
      'carrier_code = 21211',
      `outcome = 'rejected'`,
      'attempts = 9',
      'settled_at = now()',
      `not_before = '2099-01-01'`,
    ]),
  ).toEqual([]);
  expect(
    await findDone(api, 'handoffs', leg.handoff, [`reason = 'bad_number'`, 'settled_at = now()']),
  ).toEqual([]);
  expect((await thief.recall(callId)).status).toBe(200);
  await ring.expectEnded();
});

test('by its own capability, too, the address of a call stays what it is, and it was settled about now', async () => {
  const { callId, ring, leg } = await ringBob(thief);
  const digest = randomBytes(32);
  const [was] = await thief.world.rows<{ hash: Buffer }>(
    'SELECT capability_hash AS hash FROM handoffs WHERE id = $1',
    [leg.handoff],
  );
  const put = (set: string, value: Buffer): Promise<void> =>
    asOwner(thief.world, 'handoffs', `UPDATE handoffs SET ${set} WHERE id = $1`, [
      leg.handoff,
      value,
    ]);
  await put(`state = 'sending', settled_at = NULL, capability_hash = sha256($2)`, digest);
  await worker.query('BEGIN');
  await worker.query('SELECT show_capability($1)', [digest]);
  const { rows } = await worker.query(
    `UPDATE handoffs SET state = 'accepted', settled_at = '2020-01-01' WHERE id = $1
     RETURNING settled_at > db_now() - interval '2 minutes' AS "isAboutNow"`,
    [leg.handoff],
  );
  expect(rows).toEqual([{ isAboutNow: true }]);
  await expect(
    worker.query(`UPDATE handoffs SET capability_expires_at = '2099-01-01' WHERE id = $1`, [
      leg.handoff,
    ]),
  ).rejects.toThrow(REFUSED);
  await worker.query('ROLLBACK');
  await put(`state = 'accepted', settled_at = db_now(), capability_hash = $2`, was!.hash);
  expect((await thief.recall(callId)).status).toBe(200);
  await ring.expectEnded();
});

test('what waits is due when it was to be, and its move says no more than where to', async () => {
  await thief.world.rows(
    `INSERT INTO stops (purpose, channel, reason, since) VALUES ('ding', 'sms', 'a test', now())`,
  );
  const callId = await thief.ding('sms');
  const sms = await findSms(thief.world, callId);
  expect(
    await findDone(worker, 'handoffs', sms.handoff, [
      `not_before = '2099-01-01'`,
      `state = 'canceled', reason = 'bad_number'`,
      `state = 'canceled', carrier_code = 21211`,
      `state = 'canceled', carrier_ref = 'SM00'`,
      `state = 'canceled', delivery = 'delivered'`,
      `state = 'sending', not_before = '2099-01-01'`,
    ]),
  ).toEqual([]);
  for (const login of [api, worker])
    expect(
      await findDone(login, 'notifications', sms.id, [
        `state = 'accepted'`,
        `reason = 'undelivered'`,
      ]),
    ).toEqual([]);
  expect(
    await findDone(worker, 'notifications', sms.id, [
      `state = 'accepted', begun_at = now()`,
      'begun_at = now()',
      `state = 'ended', reason = 'expired', ended_at = now()`,
      `link_hash = sha256('mine')`,
    ]),
  ).toEqual([]);
  await thief.world.rows('DELETE FROM stops');
  await thief.world.pass(5_000);
  await thief.bob.phone.expectSms(/cellar/);
  await thief.world.phones.settled();
  expect(
    await findDone(worker, 'notifications', sms.id, [
      `state = 'ended', reason = 'expired', ended_at = now()`,
      'link_hash = NULL',
      `link_mac = sha256('mine')`,
    ]),
  ).toEqual([]);
  await thief.recall(callId);
});

test("one call's capability says nothing of another person's SMS", async () => {
  const { status, body } = await thief.world.call<{ id: string }>(
    'POST',
    '/v1/dings',
    {
      recipientIds: [thief.bob.id, thief.carl.id],
      text: 'the cellar is under water',
      channel: 'voice',
    },
    thief.ann,
  );
  expect(status).toBe(201);
  const ring = await thief.bob.phone.expectRing();
  await (await thief.carl.phone.expectRing()).decline();
  await thief.carl.phone.expectSms(/cellar/);
  await thief.world.phones.settled();
  const bobs = (await listLegs(thief.world, body.id)).find(
    ({ account }) => account === thief.bob.id,
  ) as Step;
  const carls = await findSms(thief.world, body.id);
  for (const set of [
    `state = 'ended', reason = 'undelivered', ended_at = now()`,
    `reason = 'undelivered'`,
    `begun_at = now() - interval '1 second', state = 'accepted'`,
  ])
    await expect(
      thief.says(`UPDATE notifications SET ${set} WHERE id = $1`, [carls.id], bobs.handoff),
    ).rejects.toThrow(REFUSED);
  await ring.decline();
  await thief.bob.phone.expectSms(/cellar/);
  await thief.recall(body.id);
});

test("no call goes by another's id at the carrier, which a hang-up would end", async () => {
  const { callId, ring, leg } = await ringBob(thief);
  const { ref } = await thief.one<{ ref: string }>(
    'SELECT carrier_ref AS ref FROM handoffs WHERE id = $1',
    [leg.handoff],
  );
  const sms = await thief.ding('sms');
  await thief.bob.phone.expectSms(/cellar/);
  await thief.world.phones.settled();
  const { handoff } = await findSms(thief.world, sms);
  await asOwner(
    thief.world,
    'handoffs',
    `UPDATE handoffs SET state = 'unknown', carrier_ref = NULL WHERE id = $1`,
    [handoff],
  );
  const accept = `UPDATE handoffs SET state = 'accepted', carrier_ref = $2 WHERE id = $1`;
  await expect(thief.says(accept, [handoff, ref], handoff)).rejects.toThrow(REFUSED);
  await expect(thief.says(accept, [handoff, 'SM00'], handoff)).resolves.toMatchObject({
    rowCount: 1,
  });
  for (const id of [sms, callId]) await thief.recall(id);
  await ring.expectEnded();
});
