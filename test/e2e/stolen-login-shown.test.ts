import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { eventually } from '../support/eventually.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numberPool } from '../support/numbers.js';
import { askCallerIds, sealed } from '../support/shown.js';
import { REFUSED, sha256, steal } from '../support/thief.js';
import { World } from '../support/world.js';

// Real: all three roles, PostgreSQL by each role's login, the queue, the carrier's SDK over HTTP. Fake: the network.
// The thief has `api`'s login at the database, and what each test says besides.

const MINUTE = 60_000;
const draw = numberPool(Date.now());
let world: World;
let thief: pg.Client;
let ann: Person;
let bob: Person;
let carl: Person;

beforeAll(async () => {
  world = await World.start();
  thief = await steal(world, 'apiUrl');
  ann = await account(world, 'Ann', draw().e164);
  bob = await account(world, 'Bob', draw().e164);
  carl = await account(world, 'Carl', draw().e164);
  await team(world, [ann, bob, carl]);
  for (const one of [ann, bob, carl]) await verify(world, one);
});
afterAll(async () => {
  await thief.end();
  await world.close();
});

const callerIds = (who: Person, path: string) => askCallerIds(world, who, path);
/** To whom a person's number was opened or shown: kinds of recipients, each once. */
const openedFor = async ({ id }: Person): Promise<string[]> => {
  const rows = await world.rows<{ kind: string }>(
    `SELECT DISTINCT split_part(body::json ->> 'recipient', ':', 1) AS kind FROM ledger_readable WHERE subject_id = $1`,
    [id],
  );
  return rows.map(({ kind }) => kind).sort();
};
const sealedFor = async ({ id }: Person): Promise<number> =>
  (
    await world.rows(
      'SELECT FROM presentations s JOIN participants p ON p.id = s.participant_id WHERE p.account_id = $1',
      [id],
    )
  ).length;

test("a day's key that is exchanged, or added, has nothing sealed to it, and the log says so", async () => {
  const kept = await world.rows<{
    day: string;
    public_key: Buffer;
    wrapped: Buffer;
    signature: Buffer;
  }>('SELECT day::text, public_key, wrapped, signature FROM presentation_keys ORDER BY day');
  const thiefs = Buffer.from(
    generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }).x as string,
    'base64url',
  );
  const [today, tomorrow] = kept;
  if (today === undefined || tomorrow === undefined) throw new Error('two keys expected');
  await expect(
    thief.query('UPDATE presentation_keys SET public_key = $1', [thiefs]),
  ).rejects.toThrow(REFUSED);
  const ding = { recipientIds: [bob.id], text: 'the cellar is under water', channel: 'app' };
  for (const [publicKey, signature] of [
    [thiefs, null],
    [thiefs, randomBytes(64)],
    [thiefs, today.signature],
    [tomorrow.public_key, tomorrow.signature], // a key of ours whose day it isn't
  ]) {
    await thief.query('DELETE FROM presentation_keys WHERE day = $1', [today.day]);
    await thief.query(
      'INSERT INTO presentation_keys (day, public_key, wrapped, signature) VALUES ($1, $2, $3, $4)',
      [today.day, publicKey, today.wrapped, signature],
    );
    const lines = world.logs.length;
    const { body } = await world.call<{ id: string }>('POST', '/v1/dings', ding, ann);
    await sealed(world);
    expect((await callerIds(bob, `dings/${body.id}`)).status).toBe(404);
    expect(await sealedFor(ann)).toBe(0);
    expect(
      world.logs.slice(lines).filter((line) => line.includes('"presentation_key_refused"')),
    ).toHaveLength(1);
    await world.call('POST', `/v1/dings/${body.id}/recall`, undefined, ann);
  }
  // With the row that was there all is as before.
  await thief.query('DELETE FROM presentation_keys WHERE day = $1', [today.day]);
  await thief.query(
    'INSERT INTO presentation_keys (day, public_key, wrapped, signature) VALUES ($1, $2, $3, $4)',
    [today.day, today.public_key, today.wrapped, today.signature],
  );
  const { body } = await world.call<{ id: string }>('POST', '/v1/dings', ding, ann);
  await sealed(world);
  expect((await callerIds(bob, `dings/${body.id}`)).body.callerIds).toMatchObject([
    { number: ann.number },
  ]);
  await world.call('POST', `/v1/dings/${body.id}/recall`, undefined, ann);
});

describe("with all that api's process holds, for an hour in which Ann is there and Bob is not", () => {
  /** In Ann's name, whose token passes through `api`. */
  async function asAnn(text: string, values: unknown[]): Promise<void> {
    await thief.query('BEGIN');
    try {
      await thief.query('SELECT identify_by_session($1)', [sha256(ann.token)]);
      await thief.query(text, values);
    } finally {
      await thief.query('ROLLBACK');
    }
  }
  const present = (subjectId: string, whose: Person, purpose: string): [string, unknown[]] => [
    `
      INSERT INTO handoffs (
        id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before,
        not_after, created_at
      )
      SELECT
        $1, $2, 'sms', 'present', $3, account_id, number_ref, 'en', 'queued', now() - interval '1 year',
        now() + interval '1 year', now()
      FROM account_numbers
      WHERE account_id = $4
    `,
    [randomUUID(), purpose, subjectId, whose.id],
  ];
  const legOf = async (callId: string, who: Person): Promise<string> => {
    const [leg] = await world.rows<{ id: string }>(
      'SELECT l.id FROM legs l JOIN participants p ON p.id = l.participant_id WHERE l.call_id = $1 AND p.account_id = $2',
      [callId, who.id],
    );
    return leg?.id as string;
  };
  const join = async (who: Person): Promise<void> => {
    const ring = await who.phone.expectRing();
    await ring.answer();
    await ring.press('1');
    await ring.expectInRoom();
    await world.phones.settled();
    await sealed(world);
  };

  test("Bob's number stays closed, also when Ann invites him and he does not answer", async () => {
    await world.pass(61 * MINUTE);
    for (let round = 0; round < 3; round += 1) {
      const { body } = await world.call<{ id: string }>(
        'POST',
        '/v1/conferences',
        { accountIds: [bob.id, carl.id] },
        ann,
      );
      const rings = await Promise.all([bob, carl].map((one) => one.phone.expectRing()));
      await join(ann);
      const [bobs, anns] = [await legOf(body.id, bob), await legOf(body.id, ann)];
      for (const [text, values] of [
        ['UPDATE legs SET joined_at = now() WHERE id = $1', [bobs]],
        [`UPDATE legs SET state = 'answered' WHERE id = $1`, [bobs]],
        [
          'UPDATE legs SET participant_id = (SELECT participant_id FROM legs WHERE id = $2) WHERE id = $1',
          [anns, bobs],
        ],
        ['INSERT INTO presentations SELECT * FROM presentations', []],
        present(bobs, bob, 'conference'),
        present(anns, bob, 'conference'),
        present(body.id, bob, 'conference'),
        present(body.id, bob, 'ding'),
      ] as [string, unknown[]][]) {
        await expect(thief.query(text, values)).rejects.toThrow(REFUSED);
        await expect(asAnn(text, values)).rejects.toThrow(REFUSED);
      }
      for (const ring of rings) await ring.letRingOut();
      await world.pass(20 * MINUTE);
      await world.call('POST', `/v1/conferences/${body.id}/end`, undefined, ann);
      await world.phones.settled();
      await sealed(world);
    }
    expect(await openedFor(bob)).toEqual(['carrier']);
    expect(await openedFor(carl)).toEqual(['carrier']);
    expect(await sealedFor(bob)).toBe(0);
    expect(await openedFor(ann)).toContain('participants');
  });

  test('and is sealed for the others once he joins, by what the carrier says to ingress', async () => {
    await world.pass(61 * MINUTE);
    const { body } = await world.call<{ id: string }>(
      'POST',
      '/v1/conferences',
      { accountIds: [bob.id, carl.id] },
      ann,
    );
    const carls = await carl.phone.expectRing();
    await join(ann);
    expect(await sealedFor(bob)).toBe(0);
    await join(bob);
    expect(await sealedFor(bob)).toBe(1);
    expect((await callerIds(ann, `conferences/${body.id}`)).body.callerIds).toMatchObject([
      { number: bob.number },
    ]);
    await carls.decline();
    await world.call('POST', `/v1/conferences/${body.id}/end`, undefined, ann);
    await eventually('the room to be empty', async () => (await world.phones.rooms()).length === 0);
  });
});

test.each(['apiUrl', 'ingressUrl', 'workerUrl'] as const)(
  'no entry of the ledger is forged or backdated by the login %s alone',
  async (login) => {
    const entries = async () =>
      (await world.rows<{ n: string }>('SELECT count(*) AS n FROM ledger_entries'))[0]?.n;
    const client = await steal(world, login);
    try {
      const before = await entries();
      const [handoff] = await world.rows<{ id: string }>(
        `SELECT id FROM handoffs WHERE kind = 'deliver' AND state = 'accepted' LIMIT 1`,
      );
      for (const [text, values] of [
        [
          `INSERT INTO ledger_entries (id, commitment, at) VALUES ($1, sha256(''), '2020-01-01')`,
          [randomUUID()],
        ],
        [
          `INSERT INTO ledger_readable SELECT id, $1, '', '{}' FROM ledger_entries LIMIT 1`,
          [bob.id],
        ],
        [`SELECT write_ledger('{}')`, []],
        ['INSERT INTO caller_id_looks SELECT * FROM caller_id_looks', []],
        ['DELETE FROM caller_id_looks', []],
      ] as [string, unknown[]][])
        await expect(client.query(text, values)).rejects.toThrow(/permission denied/);
      // Of what it has not in hand, the worker has none; without a session nobody has looked.
      const opening = client.query('SELECT record_opening($1, $2) AS entry', [
        handoff?.id,
        'carrier:twilio',
      ]);
      if (login === 'workerUrl') expect((await opening).rows).toEqual([{ entry: null }]);
      else await expect(opening).rejects.toThrow(/permission denied/);
      const look = client.query(
        'SELECT record_look(call_id, id) AS entry FROM participants LIMIT 1',
      );
      if (login === 'apiUrl') expect((await look).rows).toEqual([{ entry: null }]);
      else await expect(look).rejects.toThrow(/permission denied/);
      expect(await entries()).toBe(before);
    } finally {
      await client.end();
    }
  },
);
