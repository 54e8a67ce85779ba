import { randomBytes, randomUUID } from 'node:crypto';
import { CarrierThief } from '../support/carrier-thief.js';
import { eventually } from '../support/eventually.js';
import { numberPool } from '../support/numbers.js';
import { REFUSED, sha256, steal, tryCapability } from '../support/thief.js';

// Real: all three roles, PostgreSQL by the login of ingress, the queue, the carrier's SDK. Fake: the network.
// What waits, rings or is shown stays until it is over: ingress's login erases, ends and holds back nothing before.

const draw = numberPool(Date.now() + 1);
let thief: CarrierThief;
beforeAll(async () => {
  thief = await CarrierThief.start();
});
afterAll(() => thief?.close());
beforeEach(() => thief.world.pass(3_600_000));

const stop = (purpose: string, channel: string) =>
  thief.world.rows(
    `INSERT INTO stops (purpose, channel, reason, since) VALUES ($1, $2, 'a test', now())`,
    [purpose, channel],
  );
const lift = () => thief.world.rows('DELETE FROM stops');
/** Refused, whether by an error or by passing the row by. */
async function expectRefused(text: string, values: unknown[] = []): Promise<void> {
  const done = await thief.says(text, values).then(
    ({ rowCount }) => rowCount,
    (error: unknown) => {
      expect((error as Error).message).toMatch(REFUSED);
      return 0;
    },
  );
  expect([text, done]).toEqual([text, 0]);
}
const count = async (text: string, values: unknown[] = []): Promise<number> =>
  (await thief.world.rows(text, values)).length;

test('a code that is waited for is not erased, and what brings it not taken back', async () => {
  await stop('verification', 'sms');
  const { body } = await thief.world.call<{ id: string }>(
    'POST',
    '/v1/verifications',
    { number: draw().e164 },
    thief.shop,
  );
  const handoff = await thief.one<{ id: string }>('SELECT id FROM handoffs WHERE subject_id = $1', [
    body.id,
  ]);
  expect(
    await thief.findAllowed('handoffs', handoff.id, [
      `state = 'canceled', settled_at = now()`,
      `state = 'canceled', reason = 'canceled', settled_at = now()`,
      `reason = 'machine'`,
      'carrier_code = 21211',
    ]),
  ).toEqual([]);
  await lift();
  const sent = await thief.started();
  const codes = await count('SELECT FROM codes');
  expect(codes).toBeGreaterThan(0);
  await expectRefused('DELETE FROM codes');
  await expectRefused('DELETE FROM codes WHERE verification_id = $1', [sent]);
  expect(await count('SELECT FROM codes')).toBe(codes);
});

test('a code that a call is to speak is not erased while nothing is heard of that call', async () => {
  const number = draw().e164;
  await thief.world.rows(`UPDATE verify_services SET channels = '{sms,voice}'`);
  await thief.world.call('POST', '/v1/verifications', { number, channel: 'voice' }, thief.shop);
  const ring = await thief.world.phones.phone(number).expectRing();
  await thief.world.phones.settled();
  expect(await count('SELECT FROM spoken_codes')).toBe(1);
  await expectRefused('DELETE FROM spoken_codes');
  expect(await count('SELECT FROM spoken_codes')).toBe(1);
  await ring.decline();
  await eventually('it is erased', async () => (await count('SELECT FROM spoken_codes')) === 0);
});

test('a call does not end while a phone rings, and what it shows stays', async () => {
  const id = await thief.ding('voice');
  const ring = await thief.bob.phone.expectRing();
  await eventually(
    'it is shown',
    async () => (await count('SELECT FROM presentations WHERE call_id = $1', [id])) > 0,
  );
  await thief.world.phones.settled();
  await expectRefused('DELETE FROM presentations WHERE call_id = $1', [id]);
  for (const reason of ['finished', 'ended', 'time_limit', 'recalled'])
    await expectRefused('UPDATE calls SET ended_at = now(), end_reason = $2 WHERE id = $1', [
      id,
      reason,
    ]);
  expect(await count('SELECT FROM presentations WHERE call_id = $1', [id])).toBe(1);
  expect(await count('SELECT FROM calls WHERE id = $1 AND ended_at IS NULL', [id])).toBe(1);
  await ring.decline();
  await thief.bob.phone.expectSms(/cellar/);
  await thief.recall(id);
});

test('what waits to go out does not end, and is no reason for an SMS', async () => {
  await stop('ding', 'sms');
  await stop('ding', 'voice');
  const [call, sms] = [await thief.ding('voice'), await thief.ding('sms')];
  const leg = await thief.one<{ id: string }>('SELECT id FROM legs WHERE call_id = $1', [call]);
  expect(
    await thief.findAllowed('legs', leg.id, [
      `state = 'ended', reason = 'declined', ended_at = now()`,
      `reason = 'unknown'`,
      'left_at = now()',
      'is_machine = true',
    ]),
  ).toEqual([]);
  const note = await thief.one<{ id: string }>('SELECT id FROM notifications WHERE call_id = $1', [
    sms,
  ]);
  expect(
    await thief.findAllowed('notifications', note.id, [
      `state = 'ended', reason = 'undelivered', ended_at = now()`,
      `reason = 'expired'`,
    ]),
  ).toEqual([]);
  for (const id of [call, sms]) await thief.recall(id);
  await lift();
});

const control = (kind: string, targetId: string): [string, unknown[]] => [
  `
    INSERT INTO handoffs (
      id, purpose, channel, kind, subject_id, account_id, target_id, language, state, not_before, not_after, created_at
    )
    SELECT
      $3, purpose, 'voice', $2, subject_id, account_id, id, 'en', 'queued', '2100-01-01', '2100-01-02', '2100-01-01'
    FROM handoffs
    WHERE id = $1
  `,
  [targetId, kind, randomUUID()],
];

test('a call that goes on is hung up by no word of ingress, and one that is over once', async () => {
  const id = await thief.ding('voice');
  const ring = await thief.bob.phone.expectRing();
  await thief.world.phones.settled();
  const { id: target } = await thief.one<{ id: string }>(
    `
      SELECT h.id
      FROM handoffs h
      JOIN legs l ON l.id = h.subject_id
      WHERE l.call_id = $1 AND h.kind = 'deliver'
    `,
    [id],
  );
  const controls = () => count('SELECT FROM handoffs WHERE target_id = $1', [target]);
  for (const kind of ['hang_up', 'mute', 'unmute']) await expectRefused(...control(kind, target));
  expect(await controls()).toBe(0);

  // By the login of api one may be asked for, which ends a call; it is due now, and there is one.
  const api = await steal(thief.world, 'apiUrl');
  await api.query('BEGIN');
  await api.query(...control('hang_up', target));
  const { rows } = await api.query<{ at: Date; until: Date }>(
    'SELECT not_before AS at, not_after AS until FROM handoffs WHERE target_id = $1',
    [target],
  );
  const now = thief.world.clock.now().getTime();
  expect(Math.abs((rows[0]?.at.getTime() ?? 0) - now)).toBeLessThan(120_000);
  expect((rows[0]?.until.getTime() ?? 0) - now).toBeLessThan(25 * 3_600_000);
  await expect(api.query(...control('hang_up', target))).rejects.toThrow(/one_hang_up/);
  await api.query('ROLLBACK');
  await api.end();

  await thief.recall(id); // which hangs up
  await ring.expectEnded();
  await thief.world.phones.settled();
  expect(await controls()).toBe(1);
  for (let times = 0; times < 3; times += 1) await expectRefused(...control('hang_up', target));
  expect(await controls()).toBe(1);
});

test('a leg is muted by nobody who does not show the capability of a call in its room', async () => {
  const id = await thief.ding('voice');
  const ring = await thief.bob.phone.expectRing();
  await thief.world.phones.settled();
  const leg = await thief.one<{ id: string; hash: Buffer }>(
    `
      SELECT l.id, h.capability_hash AS hash
      FROM legs l
      JOIN handoffs h ON h.subject_id = l.id
      WHERE l.call_id = $1
    `,
    [id],
  );
  expect(
    await thief.findAllowed('legs', leg.id, [
      'is_muted = true, mute_sequence = 2147483647',
      'mute_sequence = 2147483647',
    ]),
  ).toEqual([]);
  for (const shown of [leg.hash, sha256(leg.hash), randomBytes(32), null])
    expect(
      await tryCapability(thief.login, shown, 'SELECT note_muted($1, true, 2147483647) AS is', [
        leg.id,
      ]),
    ).toEqual([{ is: false }]);
  expect(
    await thief.one('SELECT is_muted, mute_sequence FROM legs WHERE id = $1', [leg.id]),
  ).toEqual({ is_muted: false, mute_sequence: -1 });
  await ring.decline();
  await thief.bob.phone.expectSms(/cellar/);
  await thief.recall(id);
});
