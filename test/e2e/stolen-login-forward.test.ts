import { deliveriesBefore, type Delivery } from '../../src/handoff/handoff.js';
import { CarrierThief } from '../support/carrier-thief.js';
import { eventually } from '../support/eventually.js';

// Real: all three roles, PostgreSQL by the login of ingress, the queue, the carrier's SDK. Fake: the network.
// What ingress says goes forward only, and is of what a worker has taken up.

let thief: CarrierThief;
beforeAll(async () => {
  thief = await CarrierThief.start();
});
afterAll(() => thief?.close());
beforeEach(() => thief.world.pass(3_600_000));

test('nothing rings, is there or has joined that no worker has taken up', async () => {
  await thief.world.rows(`
    INSERT INTO stops (purpose, channel, reason, since)
    VALUES ('ding', 'sms', 'a test', now()), ('ding', 'voice', 'a test', now())
  `);
  const [call, sms] = [await thief.ding('voice'), await thief.ding('sms')];
  const leg = await thief.one<{ id: string }>('SELECT id FROM legs WHERE call_id = $1', [call]);
  const note = await thief.one<{ id: string }>('SELECT id FROM notifications WHERE call_id = $1', [
    sms,
  ]);
  expect(
    await thief.findAllowed('legs', leg.id, [
      `state = 'ringing', begun_at = now()`,
      'begun_at = now()',
      `state = 'answered', answered_at = now()`,
      'joined_at = now()',
    ]),
  ).toEqual([]);
  expect(
    await thief.findAllowed('notifications', note.id, [
      `state = 'accepted', begun_at = now()`,
      `state = 'accepted'`,
      'begun_at = now()',
    ]),
  ).toEqual([]);
  const handoffs = await thief.world.rows<{ id: string }>(
    'SELECT id FROM handoffs WHERE subject_id = ANY ($1)',
    [[leg.id, note.id]],
  );
  expect(handoffs).toHaveLength(2);
  for (const { id } of handoffs)
    expect(
      await thief.findAllowed('handoffs', id, [
        ...['accepted', 'rejected', 'failed', 'unknown', 'expired', 'canceled', 'sending'].map(
          (state) => `state = '${state}'`,
        ),
        `delivery = 'delivered'`,
        'settled_at = now()',
      ]),
    ).toEqual([]);
  for (const id of [call, sms]) await thief.recall(id);
  await thief.world.rows('DELETE FROM stops');
});

test('what was told of a call or a message is not told otherwise', async () => {
  const id = await thief.ding('voice');
  const ring = await thief.bob.phone.expectRing();
  await ring.answer();
  await eventually(
    'the leg is answered',
    async () =>
      (await thief.world.rows(`SELECT FROM legs WHERE call_id = $1 AND state = 'answered'`, [id]))
        .length > 0,
  );
  const leg = await thief.one<{ id: string }>('SELECT id FROM legs WHERE call_id = $1', [id]);
  const never = [
    'begun_at = NULL',
    `begun_at = '2020-01-01'`,
    'answered_at = NULL',
    `answered_at = '2020-01-01'`,
    'is_muted = NOT is_muted',
    'mute_sequence = mute_sequence - 1',
    `state = 'queued'`,
    `state = 'ringing'`,
  ];
  expect(await thief.findAllowed('legs', leg.id, never)).toEqual([]);
  await ring.hangUp();
  await thief.bob.phone.expectSms(/cellar/);
  await thief.world.phones.settled();
  expect(
    await thief.findAllowed('legs', leg.id, [
      ...never,
      `state = 'answered'`,
      'ended_at = NULL',
      `ended_at = '2020-01-01'`,
      `reason = 'bad_number'`,
    ]),
  ).toEqual([]);
  const note = await thief.one<{ id: string }>('SELECT id FROM notifications WHERE call_id = $1', [
    id,
  ]);
  const unsaid = [`state = 'queued'`, 'begun_at = NULL', `begun_at = '2020-01-01'`];
  expect(await thief.findAllowed('notifications', note.id, unsaid)).toEqual([]);
  const handoffs = await thief.world.rows<{ id: string }>(
    'SELECT id FROM handoffs WHERE subject_id = ANY ($1)',
    [[leg.id, note.id]],
  );
  for (const handoff of handoffs)
    expect(
      await thief.findAllowed('handoffs', handoff.id, [
        ...['queued', 'sending', 'rejected', 'failed', 'unknown', 'expired', 'canceled'].map(
          (state) => `state = '${state}'`,
        ),
        `carrier_ref = 'CA00000000000000000000000000000000'`,
        'carrier_ref = NULL',
        `carrier = 'another'`,
        'settled_at = now()',
      ]),
    ).toEqual([]);
  await thief.recall(id);
  expect(
    await thief.findAllowed('notifications', note.id, [
      ...unsaid,
      `state = 'accepted'`,
      'ended_at = NULL',
      `ended_at = '2020-01-01'`,
      `reason = 'delivered'`,
    ]),
  ).toEqual([]);
});

test('a delivery goes forward, as the code ranks it', async () => {
  await thief.started();
  const { id } = await thief.one<{ id: string }>(
    `SELECT id FROM handoffs WHERE purpose = 'verification' ORDER BY created_at DESC LIMIT 1`,
    [],
  );
  const deliveries = [...deliveriesBefore('failed'), 'delivered', 'undelivered', 'failed', 'ended'];
  expect(deliveries).toHaveLength(9);
  for (const from of deliveries) {
    await thief.world.rows('ALTER TABLE handoffs DISABLE TRIGGER handoffs_deliver_forward');
    await thief.world.rows('UPDATE handoffs SET delivery = $2 WHERE id = $1', [id, from]);
    await thief.world.rows('ALTER TABLE handoffs ENABLE TRIGGER handoffs_deliver_forward');
    const to = deliveries.filter((next) => next !== from);
    const forward = to.filter((next) =>
      deliveriesBefore(next as Delivery).includes(from as Delivery),
    );
    expect(
      await thief.findAllowed(
        'handoffs',
        id,
        to.map((next) => `delivery = '${next}'`),
      ),
    ).toEqual(forward.map((next) => `delivery = '${next}'`));
  }
});
