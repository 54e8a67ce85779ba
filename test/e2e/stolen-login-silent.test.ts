import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { CarrierThief } from '../support/carrier-thief.js';
import { REFUSED, steal } from '../support/thief.js';

// Real: all three roles, PostgreSQL by each login, the queue, the carrier's SDK. Fake: the network.
// What is said of a call or message, its own carrier has said: by the login of ingress alone nothing is written, and no
// login ends what a phone is on, or keeps an SMS from going out.

let thief: CarrierThief;
beforeAll(async () => {
  thief = await CarrierThief.start();
});
afterAll(() => thief?.close());
beforeEach(() => thief.world.pass(3_600_000));

const NO_CARRIER = /that no carrier has told/;
const MAY_WRITE = `
  SELECT c.relname AS "table",
    has_table_privilege('dingline_ingress', c.oid, 'INSERT')
      OR has_any_column_privilege('dingline_ingress', c.oid, 'INSERT') AS "inserts",
    has_table_privilege('dingline_ingress', c.oid, 'DELETE') AS "deletes",
    (
      SELECT min(a.attname)
      FROM pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND has_column_privilege('dingline_ingress', c.oid, a.attnum, 'UPDATE')
    ) AS "updates"
  FROM pg_class c
  WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
`;
interface Writable {
  table: string;
  inserts: boolean;
  deletes: boolean;
  updates: string | null;
}

/** Ann's, to Bob, whose phone rings; and the leg and hand-off by which it does. */
async function ringing() {
  const id = await thief.ding('voice');
  const ring = await thief.bob.phone.expectRing();
  await thief.world.phones.settled();
  const row = await thief.one<{ leg: string; handoff: string; participant: string }>(
    `
      SELECT l.id AS leg, h.id AS handoff, l.participant_id AS participant
      FROM legs l
      JOIN handoffs h ON h.subject_id = l.id AND h.kind = 'deliver'
      WHERE l.call_id = $1
    `,
    [id],
  );
  return { id, ring, ...row };
}

test('by the login of ingress alone nothing is written, to whatever table it may write', async () => {
  const writable = (await thief.world.rows<Writable>(MAY_WRITE)).filter(
    ({ inserts, deletes, updates }) => inserts || deletes || updates !== null,
  );
  expect(writable.map(({ table }) => table).sort()).toEqual(
    expect.arrayContaining(['callbacks', 'calls', 'handoffs', 'legs', 'notifications']),
  );
  for (const { table, inserts, deletes, updates } of writable) {
    const statements = [
      // The first of them is asked before the second: what is to be written doesn't matter.
      ...(inserts ? [`INSERT INTO ${table} DEFAULT VALUES`] : []),
      ...(deletes ? [`DELETE FROM ${table}`] : []),
      ...(updates === null ? [] : [`UPDATE ${table} SET ${updates} = ${updates}`]),
    ];
    for (const statement of statements)
      await expect(thief.login.query(statement)).rejects.toThrow(
        inserts && statement.startsWith('INSERT')
          ? /no carrier has told|permission denied/
          : NO_CARRIER,
      );
  }
});

test('a capability is shown by the digest of what stands in an address, and forged by nothing that is in a row', async () => {
  const { id, ring, handoff } = await ringing();
  const { hash } = await thief.one<{ hash: Buffer }>(
    'SELECT capability_hash AS hash FROM handoffs WHERE id = $1',
    [handoff],
  );
  const shown = await thief.login.query('SELECT show_capability($1) AS of', [hash]);
  expect(shown.rows).toEqual([{ of: null }]);
  for (const claim of [
    handoff,
    `${handoff} ${'0'.repeat(64)}`,
    `${handoff} ${hash.toString('hex')}`,
  ]) {
    await thief.login.query('BEGIN');
    await thief.login.query(`SELECT set_config('dingline.called', $1, true)`, [claim]);
    const called = await thief.login.query('SELECT called_handoff() AS of');
    expect(called.rows).toEqual([{ of: null }]);
    await thief.login.query('ROLLBACK');
  }
  // What one transaction has shown says nothing in the next.
  await thief.login.query('BEGIN');
  await thief.login.query('SELECT public.overhear($1)', [handoff]);
  const now = await thief.login.query(
    `SELECT called_handoff() AS of, current_setting('dingline.called') AS claim`,
  );
  expect(now.rows).toMatchObject([{ of: handoff }]);
  await thief.login.query('COMMIT');
  await thief.login.query('BEGIN');
  await thief.login.query(`SELECT set_config('dingline.called', $1, true)`, [
    (now.rows[0] as { claim: string }).claim,
  ]);
  expect((await thief.login.query('SELECT called_handoff() AS of')).rows).toEqual([{ of: null }]);
  await thief.login.query('ROLLBACK');
  await ring.decline();
  await thief.bob.phone.expectSms(/cellar/);
  await thief.recall(id);
});

test('whoever has overheard one call says nothing of another', async () => {
  const sms = await thief.ding('sms');
  await thief.bob.phone.expectSms(/cellar/);
  await thief.world.phones.settled();
  const { handoff: heard } = await thief.one<{ handoff: string }>(
    `
      SELECT h.id AS handoff
      FROM notifications n
      JOIN handoffs h ON h.subject_id = n.id
      WHERE n.call_id = $1
    `,
    [sms],
  );
  await thief.world.pass(3_600_000);
  const { id, ring, leg, handoff, participant } = await ringing();
  const verification = await thief.started();
  const statements: [string, unknown[]][] = [
    [`UPDATE legs SET state = 'ended', reason = 'declined', ended_at = now() WHERE id = $1`, [leg]],
    [`UPDATE legs SET is_machine = true WHERE id = $1`, [leg]],
    [`UPDATE handoffs SET delivery = 'ended' WHERE id = $1`, [handoff]],
    [
      `INSERT INTO callbacks (handoff_id, event, state, received_at) VALUES ($1, 'made up', 'ended', now())`,
      [handoff],
    ],
    [`UPDATE verifications SET index_before = NULL WHERE id = $1`, [verification]],
    [
      `
        INSERT INTO notifications (id, call_id, participant_id, channel, state, created_at, expires_at)
        VALUES ($1, $2, $3, 'sms', 'queued', now(), now())
      `,
      [randomUUID(), id, participant],
    ],
    [
      `
        INSERT INTO handoffs (
          id, purpose, channel, kind, subject_id, account_id, target_id, language, state, not_before, not_after,
          created_at
        )
        SELECT
          $2, purpose, channel, 'hang_up', subject_id, account_id, id, 'en', 'queued', now(), now(), now()
        FROM handoffs
        WHERE id = $1
      `,
      [handoff, randomUUID()],
    ],
  ];
  for (const [text, values] of statements)
    await expect(thief.says(text, values, heard)).rejects.toThrow(NO_CARRIER);
  await ring.answer();
  await ring.press('1');
  await ring.expectSaid(/confirmed/);
  const doubt = `UPDATE ding_recipients SET doubted_at = now() WHERE participant_id = $1`;
  await expect(thief.says(doubt, [participant], heard)).rejects.toThrow(NO_CARRIER);
  for (const one of [sms, id]) await thief.recall(one);
});

test('what a phone is on is ended by no other login, so that a recall still hangs it up', async () => {
  const { id, ring, leg } = await ringing();
  const api = await steal(thief.world, 'apiUrl');
  for (const set of [`state = 'ended', reason = 'declined', ended_at = now()`, 'left_at = now()'])
    await expect(api.query(`UPDATE legs SET ${set} WHERE id = $1`, [leg])).rejects.toThrow(REFUSED);
  await api.end();
  expect((await thief.recall(id)).status).toBe(200);
  await ring.expectEnded();
});

test.each(['apiUrl', 'ingressUrl', 'workerUrl'] as const)(
  'by the login %s no SMS is written that nobody hands off',
  async (login) => {
    const { id, ring, participant, handoff } = await ringing();
    const own = login === 'ingressUrl' ? thief.login : await steal(thief.world, login);
    const values = [randomUUID(), id, participant];
    const write = (): Promise<pg.QueryResult> =>
      own.query(
        `
          INSERT INTO notifications (id, call_id, participant_id, channel, state, created_at, expires_at)
          VALUES ($1, $2, $3, 'sms', 'queued', now(), now())
        `,
        values,
      );
    await expect(
      login === 'ingressUrl' ? thief.whenCalled(write, handoff) : write(),
    ).rejects.toThrow(REFUSED);
    if (login !== 'ingressUrl') await own.end();
    await ring.decline();
    await thief.bob.phone.expectSms(/cellar/); // theirs, by the call's end
    await thief.recall(id);
  },
);

test('what a worker has taken up is put back to the queue by nobody else, so that no phone rings twice', async () => {
  const { id, ring, handoff } = await ringing();
  const worker = await steal(thief.world, 'workerUrl');
  for (const set of [
    `state = 'queued', worker = NULL, not_before = now()`,
    `capability_hash = sha256(sha256('mine'))`,
    `capability_hash = sha256(sha256('mine')), state = 'sending'`,
  ])
    await expect(
      worker.query(`UPDATE handoffs SET ${set} WHERE id = $1`, [handoff]),
    ).rejects.toThrow(REFUSED);
  // Also while it is on its way: its carrier has not answered yet.
  await thief.world.rows('ALTER TABLE handoffs DISABLE TRIGGER USER');
  await thief.world.rows(`UPDATE handoffs SET state = 'sending' WHERE id = $1`, [handoff]);
  await thief.world.rows('ALTER TABLE handoffs ENABLE TRIGGER USER');
  await expect(
    worker.query(`UPDATE handoffs SET state = 'queued' WHERE id = $1`, [handoff]),
  ).rejects.toThrow(REFUSED);
  await thief.world.rows(`UPDATE handoffs SET state = 'accepted' WHERE id = $1`, [handoff]);
  await worker.end();
  await ring.decline();
  await thief.bob.phone.expectSms(/cellar/);
  await thief.recall(id);
});

test.each([
  ['ended', `UPDATE calls SET ended_at = now(), end_reason = 'ended' WHERE id = $1`],
  [
    'emptied',
    `UPDATE participants SET removed_at = now() WHERE call_id = $1 AND role <> 'initiator'`,
  ],
])(
  'a conference that is %s by the login of api leaves nobody on the phone',
  async (_, statement) => {
    const { status, body } = await thief.world.call<{ id: string }>(
      'POST',
      '/v1/conferences',
      { accountIds: [thief.bob.id, thief.carl.id] },
      thief.ann,
    );
    expect(status).toBe(201);
    const [ring, ...others] = await Promise.all(
      [thief.bob, thief.ann, thief.carl].map(({ phone }) => phone.expectRing()),
    );
    const ding = `SELECT id FROM handoffs WHERE purpose = 'ding' LIMIT 1`;
    const room = `UPDATE conferences SET carrier_ref = 'CF00' WHERE call_id = $1`;
    await expect(
      thief.says(room, [body.id], (await thief.one<{ id: string }>(ding)).id),
    ).rejects.toThrow(NO_CARRIER);
    await ring?.answer();
    await ring?.press('1');
    await ring?.expectInRoom();
    await thief.world.phones.settled();
    const api = await steal(thief.world, 'apiUrl');
    await api.query(statement, [body.id]);
    await api.end();
    await ring?.expectEnded();
    await thief.world.call('POST', `/v1/conferences/${body.id}/end`, undefined, thief.ann);
    for (const other of others) await other.expectEnded();
  },
);
