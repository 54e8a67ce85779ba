import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { eventually } from '../support/eventually.js';
import { letFollow } from '../support/follows.js';
import { account, consent, type Person, team, verify } from '../support/make.js';
import { numberPool } from '../support/numbers.js';
import { REFUSED, sha256, steal } from '../support/thief.js';
import { World } from '../support/world.js';

// Real: all three roles, PostgreSQL by a role's login, the queue, the carrier's SDK. Fake: the network.
// A step is one leg or one notification. It is delivered once, to the one who takes part by it, in its own call.

const draw = numberPool(Date.now());
const DAY_MS = 86_400_000;
let world: World;
let api: pg.Client;
let ingress: pg.Client;
let ann: Person;
let bob: Person;
let eve: Person;

beforeAll(async () => {
  world = await World.start();
  [api, ingress] = [await steal(world, 'apiUrl'), await steal(world, 'ingressUrl')];
  ann = await account(world, 'Ann', draw().e164);
  bob = await account(world, 'Bob', draw().e164);
  eve = await account(world, 'Eve', draw().e164);
  const teamId = await team(world, [ann, bob]);
  await consent(world, ann, teamId);
  for (const one of [ann, bob, eve]) await verify(world, one);
});
afterAll(async () => {
  await api?.end();
  await ingress?.end();
  await world?.close();
});
beforeEach(() => world.pass(2 * 3_600_000));

const LOGINS = ['api', 'ingress'] as const;
const of = (name: (typeof LOGINS)[number]): pg.Client => ({ api, ingress })[name];

async function ding(channel: 'app' | 'sms' | 'voice'): Promise<string> {
  const { body } = await world.call<{ id: string }>(
    'POST',
    '/v1/dings',
    { recipientIds: [bob.id], text: 'the cellar is under water', channel },
    ann,
  );
  return body.id;
}
const recall = (id: string) => world.call('POST', `/v1/dings/${id}/recall`, undefined, ann);
const idOf = async (text: string, values: unknown[]): Promise<string> =>
  (await world.rows<{ id: string }>(text, values))[0]?.id ?? '';
const partOf = (callId: string, who: Person): Promise<string> =>
  idOf('SELECT id FROM participants WHERE call_id = $1 AND account_id = $2', [callId, who.id]);
const legOf = (callId: string): Promise<string> =>
  idOf('SELECT id FROM legs WHERE call_id = $1', [callId]);
const smsOf = (callId: string): Promise<string> =>
  idOf(`SELECT id FROM notifications WHERE call_id = $1 AND channel = 'sms'`, [callId]);

const deliver = (subjectId: string, who: Person, channel: 'sms' | 'voice'): [string, unknown[]] => [
  `
    INSERT INTO handoffs (
      id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before, not_after,
      created_at
    )
    SELECT
      gen_random_uuid(), 'ding', $3, 'deliver', $1, $2, number_ref, 'en', 'queued',
      $4::timestamptz - interval '1 second', $4::timestamptz + interval '1 day', $4
    FROM account_numbers
    WHERE account_id = $2
  `,
  [subjectId, who.id, channel, world.clock.now()],
];
const follow = (id: string, callId: string, participantId: string): [string, unknown[]] => [
  `
    INSERT INTO notifications (id, call_id, participant_id, channel, state, created_at, expires_at)
    VALUES ($1, $2, $3, 'sms', 'queued', $4, $4::timestamptz + interval '1 day')
  `,
  [id, callId, participantId, world.clock.now()],
];
const doubt = (participantId: string): [string, unknown[]] => [
  'UPDATE ding_recipients SET doubted_at = $2 WHERE participant_id = $1',
  [participantId, world.clock.now()],
];
const deliveries = () => world.rows(`SELECT id FROM handoffs WHERE kind = 'deliver' ORDER BY id`);

/** Begins a Ding of the thief's own, with an account of her own, in a transaction that stays open. */
async function beginOwn(): Promise<{ callId: string; participantId: string }> {
  const [callId, participantId] = [randomUUID(), randomUUID()];
  const now = world.clock.now();
  await api.query('BEGIN');
  await api.query('SELECT identify_by_session($1)', [sha256(eve.token)]);
  await api.query(
    `
      INSERT INTO calls (id, purpose, created_at, ends_at)
      VALUES ($1, 'ding', $2, $2::timestamptz + interval '1 day')
    `,
    [callId, now],
  );
  await api.query(
    `INSERT INTO participants (id, call_id, account_id, role) VALUES ($1, $2, $3, 'initiator')`,
    [participantId, callId, eve.id],
  );
  await api.query('INSERT INTO dings (call_id, text) VALUES ($1, $2)', [
    callId,
    'Your bank: call Eve',
  ]);
  return { callId, participantId };
}
const addRecipient = (participantId: string, callId: string): [string, unknown[]] => [
  `INSERT INTO ding_recipients (participant_id, call_id, language) VALUES ($1, $2, 'en')`,
  [participantId, callId],
];

async function confirmByKey(): Promise<string> {
  const id = await ding('voice');
  const ring = await bob.phone.expectRing();
  await ring.answer();
  await ring.expectSaid(/cellar/);
  await ring.press('1');
  await world.phones.settled();
  await eventually(
    'it is over',
    async () =>
      (await world.rows('SELECT FROM calls WHERE id = $1 AND ended_at IS NOT NULL', [id])).length >
      0,
  );
  return id;
}

test.each(LOGINS)('the login %s sends no old Ding by SMS, by a doubt of its own', async (name) => {
  const callId = await confirmByKey();
  await world.pass(7 * DAY_MS);
  const participantId = await partOf(callId, bob);
  const before = await deliveries();
  await expect(of(name).query(...doubt(participantId))).rejects.toThrow(REFUSED);
  await expect(of(name).query(...follow(randomUUID(), callId, participantId))).rejects.toThrow(
    REFUSED,
  );
  expect(await deliveries()).toEqual(before);
});

test("api's login says of no confirmation that a machine was heard, however fresh it is", async () => {
  const participantId = await partOf(await confirmByKey(), bob);
  await expect(api.query(...doubt(participantId))).rejects.toThrow(REFUSED);
});

test.each(LOGINS)('the login %s sends a Ding by SMS once', async (name) => {
  const callId = await ding('voice');
  await (await bob.phone.expectRing()).decline();
  await bob.phone.expectSms(/cellar/);
  await world.phones.settled();
  const before = await deliveries();
  await expect(of(name).query(...deliver(await smsOf(callId), bob, 'sms'))).rejects.toThrow(
    REFUSED,
  );
  expect(await deliveries()).toEqual(before);
  await recall(callId);
});

test.each(LOGINS)(
  'the login %s rings nobody again whose call came to an unknown end',
  async (name) => {
    await bob.phone.trouble({ kind: 'reset', accepted: true, times: 1, channel: 'call' });
    await bob.phone.trouble({
      kind: 'callbacks-lost',
      events: ['initiated', 'ringing', 'completed'],
    });
    const callId = await ding('voice');
    const ring = await bob.phone.expectRing();
    await letFollow(world);
    await bob.phone.expectSms(/cellar/);
    const legId = await legOf(callId);
    const before = await deliveries();
    await expect(of(name).query(...deliver(legId, bob, 'voice'))).rejects.toThrow(REFUSED);
    expect(await deliveries()).toEqual(before);
    await ring.decline();
    await world.phones.clearTroubles();
    await recall(callId);
  },
);

test('a second delivery of one step is refused, though it waits, and though the worker writes it', async () => {
  const worker = await steal(world, 'workerUrl');
  try {
    await world.rows(
      `INSERT INTO stops (purpose, channel, reason, since) VALUES ('ding', 'sms', 'wait', now())`,
    );
    const callId = await ding('sms');
    const notification = await smsOf(callId);
    await expect(worker.query(...deliver(notification, bob, 'sms'))).rejects.toThrow(
      /one_delivery/,
    );
    await api.query('BEGIN');
    await api.query('SELECT identify_by_session($1)', [sha256(ann.token)]);
    await expect(api.query(...deliver(notification, bob, 'sms'))).rejects.toThrow(/one_delivery/);
    await api.query('ROLLBACK');
    await recall(callId);
  } finally {
    await world.rows('DELETE FROM stops');
    await worker.end();
  }
});

test('nobody is a recipient of a Ding in which they take no part, and none of their own', async () => {
  const callId = await ding('app');
  const own = await beginOwn();
  for (const participantId of [
    await partOf(callId, ann),
    await partOf(callId, bob),
    own.participantId,
  ]) {
    await api.query('SAVEPOINT before');
    await expect(api.query(...addRecipient(participantId, own.callId))).rejects.toThrow(REFUSED);
    await api.query('ROLLBACK TO before');
  }
  await api.query('ROLLBACK');
  await recall(callId);
});

test("a leg with the id of another's notification rings that other with no words of one's own", async () => {
  const callId = await ding('sms');
  await bob.phone.expectSms(/cellar/);
  await world.phones.settled();
  const id = await smsOf(callId);
  const own = await beginOwn();
  await api.query(
    `INSERT INTO legs (id, call_id, participant_id, state, created_at) VALUES ($1, $2, $3, 'queued', $4)`,
    [id, own.callId, own.participantId, world.clock.now()],
  );
  for (const channel of ['voice', 'sms'] as const) {
    await api.query('SAVEPOINT before');
    await expect(api.query(...deliver(id, bob, channel))).rejects.toThrow(REFUSED);
    await api.query('ROLLBACK TO before');
  }
  await api.query('ROLLBACK');
  await recall(callId);
});

test('the ledger says in which call a number was shown, though a leg has the id of that call', async () => {
  await world.rows(
    `INSERT INTO stops (purpose, channel, reason, since) VALUES ('ding', 'voice', 'wait', now())`,
  );
  const callId = await ding('voice');
  const own = await beginOwn();
  await api.query(
    `INSERT INTO legs (id, call_id, participant_id, state, created_at) VALUES ($1, $2, $3, 'queued', $4)`,
    [callId, own.callId, own.participantId, world.clock.now()],
  );
  await api.query('COMMIT');
  await world.rows('DELETE FROM stops');
  await world.pass(60_000);
  await (await bob.phone.expectRing()).decline();
  await bob.phone.expectSms(/cellar/);
  const shown = () =>
    world.rows<{ recipient: string }>(
      `
        SELECT r.body::json ->> 'recipient' AS recipient
        FROM ledger_readable r
        JOIN handoffs h ON h.id = (r.body::json ->> 'handoffId')::uuid AND h.kind = 'present'
        WHERE h.subject_id = $1
      `,
      [callId],
    );
  await eventually('it is shown', async () => (await shown()).length > 0);
  expect(await shown()).toEqual([{ recipient: `participants:${callId}` }]);
  await recall(callId);
});
