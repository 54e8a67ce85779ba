import { randomBytes } from 'node:crypto';
import { CarrierThief } from '../support/carrier-thief.js';
import { REFUSED, tryCapability } from '../support/thief.js';

// Real: all three roles, PostgreSQL by the login of ingress, the queue, the carrier's SDK. Fake: the network.
// No code, no confirmation and no number goes by the word of ingress alone.

let thief: CarrierThief;
beforeAll(async () => {
  thief = await CarrierThief.start();
});
afterAll(() => thief?.close());
beforeEach(() => thief.world.pass(3_600_000));

const CALL_AT_ONCE = [
  `voice_at = '2020-01-01'`,
  `channels = '{sms,voice}', voice_at = '2020-01-01', first_sms_at = NULL`,
  'first_sms_at = NULL',
  `first_sms_at = '2020-01-01'`,
];

test.each([
  { channels: '{sms}', channel: 'sms' }, // no call was ever wanted
  { channels: '{sms,voice}', channel: 'sms' }, // one that is asked for
  { channels: '{sms,voice}', channel: 'auto' }, // one that follows what did not arrive
])('no code is spoken by a call that nobody asked for: %j', async ({ channels, channel }) => {
  await thief.world.rows('UPDATE verify_services SET channels = $2::text[] WHERE id = $1', [
    thief.shop.serviceId,
    channels,
  ]);
  const id = await thief.started({ channel });
  expect(await thief.findAllowed('verifications', id, CALL_AT_ONCE)).toEqual([]);
});

test('a verification ends and goes on only as messages come to nothing, and what has ended stays as it was', async () => {
  const id = await thief.started();
  const ends = ['approved', 'canceled', 'expired', 'max_attempts', 'undeliverable', 'blocked'];
  expect(
    await thief.findAllowed('verifications', id, [
      ...ends.map((state) => `state = '${state}', finished_at = now()`),
      'finished_at = now()',
      `channels = '{voice}'`,
      `channels = '{}'`,
      'index_before = sha256(limiter_index)',
      'index_after = sha256(limiter_index)',
    ]),
  ).toEqual([]);
  await thief.world.call('POST', `/v1/verifications/${id}/cancel`, undefined, thief.shop);
  expect(
    await thief.findAllowed('verifications', id, [
      `state = 'pending', finished_at = NULL`,
      `state = 'undeliverable'`,
      'finished_at = NULL',
      `finished_at = '2020-01-01'`,
      ...CALL_AT_ONCE,
    ]),
  ).toEqual([]);
});

test('no number is said not to exist by a word, nor put right; three calls or messages that are out must have said so', async () => {
  const number = () =>
    thief.one<{ must: Date | null; said: string[] }>(
      `
        SELECT must_prove_since AS must, unreachable_for AS said
        FROM account_numbers
        WHERE account_id = $1
      `,
      [thief.bob.id],
    );
  for (const set of ['must_prove_since = now()', `unreachable_for = '{}'`, 'told_at = now()'])
    await expect(thief.login.query(`UPDATE account_numbers SET ${set}`)).rejects.toThrow(REFUSED);
  await expect(thief.login.query('SELECT announce_proofs($1)', [[thief.bob.id]])).rejects.toThrow(
    REFUSED,
  );

  const says = async (handoffs: { id: string }[], isReached = false) => {
    for (const { id } of handoffs)
      await thief.says('SELECT note_reach($1, $2)', [id, isReached], id);
  };
  const there = await thief.ding('sms');
  await thief.bob.phone.expectSms(/cellar/);
  await thief.recall(there);
  const rang = await thief.ding('voice');
  await (await thief.bob.phone.expectRing()).decline();
  await thief.bob.phone.expectSms(/cellar/);
  await thief.recall(rang);
  await thief.world.phones.settled();
  const arrived = await thief.world.rows<{ id: string }>(
    `SELECT id FROM handoffs WHERE account_id = $1 AND kind = 'deliver'`,
    [thief.bob.id],
  );
  expect(arrived.length).toBeGreaterThan(3); // the code of his number, two SMS, a call
  await says(arrived);
  expect(await number()).toEqual({ must: null, said: [] });

  // A message of which nothing is heard is one, however often it is said, and in whatever order they come in.
  await thief.bob.phone.trouble({ kind: 'callbacks-lost', events: ['sent', 'delivered'] });
  const silent: { id: string }[] = [];
  for (let times = 0; times < 2; times += 1) {
    await thief.world.pass(3_600_000);
    const id = await thief.ding('sms');
    await thief.bob.phone.expectSms(/cellar/);
    await thief.world.phones.settled();
    silent.push(
      await thief.one(
        `SELECT id FROM handoffs WHERE subject_id = (SELECT id FROM notifications WHERE call_id = $1)`,
        [id],
      ),
    );
    await thief.recall(id);
  }
  await says([...silent, ...silent, ...silent]);
  expect(await number()).toEqual({ must: null, said: silent.map(({ id }) => id) });
  await says(silent, true);
  expect(await number()).toEqual({ must: null, said: [] });
  await thief.world.phones.clearTroubles();
});

test('no Ding is confirmed or stopped, and none put in doubt that no key confirmed, without the capability of its call', async () => {
  const id = await thief.ding('voice');
  const ring = await thief.bob.phone.expectRing();
  const { capability_hash: kept } = await thief.one<{ capability_hash: Buffer }>(
    'SELECT capability_hash FROM handoffs WHERE subject_id = (SELECT id FROM legs WHERE call_id = $1)',
    [id],
  );
  for (const set of ['confirmed_at', 'stopped_at', 'doubted_at'])
    await expect(
      thief.says(`UPDATE ding_recipients SET ${set} = now() WHERE call_id = $1`, [id]),
    ).rejects.toThrow(REFUSED);
  for (const by of ['confirm_on_phone', 'stop_on_phone'])
    for (const shown of [kept, randomBytes(32), null])
      expect(await tryCapability(thief.login, shown, `SELECT ${by}(now()) AS is`)).toEqual([
        { is: false },
      ]);
  const confirmations = () =>
    thief.one('SELECT confirmed_by, stopped_at FROM ding_recipients WHERE call_id = $1', [id]);
  expect(await confirmations()).toEqual({ confirmed_by: null, stopped_at: null });
  await ring.answer(); // and the key does
  await ring.expectSaid(/cellar/);
  await ring.press('1');
  await ring.expectSaid(/confirmed/);
  await thief.world.phones.settled();
  expect(await confirmations()).toEqual({ confirmed_by: 'voice', stopped_at: null });
});
