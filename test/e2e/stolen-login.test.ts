import { randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { eventually } from '../support/eventually.js';
import { account, consent, PASSWORD, team, verify, type Person } from '../support/make.js';
import { numberPool } from '../support/numbers.js';
import { REFUSED, sha256, signInAs, steal as stealFrom, tryCapability } from '../support/thief.js';
import { World } from '../support/world.js';

// Real: all three roles, PostgreSQL by each role's login, the queue, the carrier's SDK over HTTP. Fake: the network.
// The thief has one role's login at the database and nothing else: no key, no session, no way to the roles' hosts.

let world: World;
let ann: Person;
let bob: Person;
let eve: Person;
let teamId: string;
const thieves: pg.Client[] = [];
const draw = numberPool(Date.now());

beforeAll(async () => {
  world = await World.start();
  ann = await account(world, 'Ann', draw().e164);
  bob = await account(world, 'Bob', draw().e164);
  eve = await account(world, 'Eve', draw().e164);
  teamId = await team(world, [ann, bob]);
});
afterAll(async () => {
  for (const thief of thieves) await thief.end();
  await world.close();
});

async function steal(login: Parameters<typeof stealFrom>[1]): Promise<pg.Client> {
  const client = await stealFrom(world, login);
  thieves.push(client);
  return client;
}

describe("api's login alone", () => {
  let thief: pg.Client;
  beforeAll(async () => {
    thief = await steal('apiUrl');
  });
  const attempt = (text: string, values: unknown[] = []): Promise<pg.QueryResult> =>
    thief.query(text, values);

  test('is nobody: no session can be made, read or moved to another', async () => {
    const token = randomBytes(32).toString('base64url');
    await expect(
      attempt(
        `
          INSERT INTO sessions (id, account_id, token_hash, kind, created_at, expires_at)
          VALUES ($1, $2, $3, 'bearer', now(), 'infinity')
        `,
        [randomUUID(), ann.id, sha256(sha256(token))],
      ),
    ).rejects.toThrow(REFUSED);
    await expect(attempt('SELECT token_hash FROM sessions')).rejects.toThrow(REFUSED);
    await expect(attempt('UPDATE sessions SET account_id = $1', [ann.id])).rejects.toThrow(REFUSED);
    await expect(attempt("UPDATE sessions SET expires_at = 'infinity'")).rejects.toThrow(REFUSED);
    expect((await world.call('GET', '/v1/me', undefined, { token })).status).toBe(401);
  });

  test("ends nobody's session, and changes no password by a session of which it knows the id", async () => {
    await expect(attempt('DELETE FROM sessions')).rejects.toThrow(REFUSED);
    const { rows } = await attempt('SELECT id FROM sessions WHERE account_id = $1', [ann.id]);
    const [{ id }] = rows as [{ id: string }];
    await attempt('SELECT end_session($1)', [id]);
    await attempt('SELECT end_other_sessions($1)', [randomUUID()]);
    const noted = await attempt('SELECT guess_password($1, $2) AS guess', [id, randomBytes(32)]);
    expect(noted.rows).toEqual([{ guess: null }]);
    const changed = await attempt(`SELECT change_password($1, $2, 'none', $3) AS is`, [
      id,
      randomUUID(),
      randomBytes(32),
    ]);
    const closed = await attempt('SELECT close_account($1, $2) AS is', [id, randomUUID()]);
    expect(closed.rows).toEqual([{ is: false }]);
    for (const call of ['close_out($1)', 'take_out($1, $1)'])
      await expect(attempt(`SELECT ${call}`, [ann.id])).rejects.toThrow(REFUSED);
    await expect(attempt('SELECT erase_closed(now(), 10)')).rejects.toThrow(REFUSED);
    expect(changed.rows).toEqual([{ is: false }]);
    await expect(attempt('SELECT knows_password($1, $2)', [id, randomUUID()])).rejects.toThrow(
      REFUSED,
    );
    await expect(attempt('SELECT is_guess_right($1)', [randomUUID()])).rejects.toThrow(REFUSED);
    expect((await world.call('GET', '/v1/me', undefined, ann)).status).toBe(200);
  });

  test('with a session of its own guesses the password by that one alone, ten times an hour', async () => {
    const carl = await account(world, 'Carl', draw().e164);
    const { rows } = await attempt('SELECT id FROM sessions WHERE account_id = $1', [ann.id]);
    const [{ id: foreign }] = rows as [{ id: string }];
    const { Passwords } = await import('../../src/accounts/passwords.service.js');
    const stretch = await attempt('SELECT stretch FROM password_stretch($1, NULL)', [carl.login]);
    const right = await new Passwords().stretch(
      (stretch.rows[0] as { stretch: string }).stretch,
      PASSWORD,
      'a thief',
    );
    await attempt('BEGIN');
    await attempt('SELECT identify_by_session($1)', [sha256(carl.token)]);
    const noted = await attempt('SELECT guess_password($1, $2) AS guess', [foreign, right]);
    await attempt('ROLLBACK');
    expect(noted.rows).toEqual([{ guess: null }]);
  });

  test('can neither read nor exchange a password, and wrong ones are counted for it too', async () => {
    await expect(attempt('SELECT key_hash FROM account_passwords')).rejects.toThrow(REFUSED);
    await expect(
      attempt('UPDATE account_passwords SET key_hash = $1', [sha256('mine')]),
    ).rejects.toThrow(REFUSED);
    await expect(attempt('UPDATE secret_bounds SET most = 1000000')).rejects.toThrow(REFUSED);
    const signIn = (stretched: Buffer) => signInAs(thief, bob.login, stretched);
    for (let tries = 0; tries < 100; tries++)
      expect((await signIn(randomBytes(32))).rowCount).toBe(0);
    const { rows } = await attempt('SELECT stretch FROM password_stretch($1, NULL)', [bob.login]);
    const { Passwords } = await import('../../src/accounts/passwords.service.js');
    const right = await new Passwords().stretch(
      (rows[0] as { stretch: string }).stretch,
      PASSWORD,
      'a thief',
    );
    expect((await signIn(right)).rowCount).toBe(0); // too many came before it
    await world.pass(3_600_000);
    expect((await signIn(right)).rowCount).toBe(1); // whoever knows it is Bob
  });

  test('changes nobody: not their name, their team, nor what they agreed to', async () => {
    await attempt("UPDATE accounts SET name = 'Mallory'");
    const me = await world.call<{ name: string }>('GET', '/v1/me', undefined, ann);
    expect(me.body.name).toBe('Ann');
    await expect(
      attempt(
        `INSERT INTO team_members (team_id, account_id, role, joined_at) VALUES ($1, $2, 'member', now())`,
        [teamId, eve.id],
      ),
    ).rejects.toThrow(REFUSED);
    await expect(attempt("UPDATE team_members SET role = 'owner'")).rejects.toThrow(REFUSED);
    await expect(attempt('DELETE FROM team_members')).rejects.toThrow(REFUSED);
    await expect(
      attempt('UPDATE teams SET invite_hash = $1', [sha256(sha256('CODE'))]),
    ).rejects.toThrow(REFUSED);
    await expect(attempt('SELECT invite_hash FROM teams')).rejects.toThrow(REFUSED);
    await expect(
      attempt(
        `
          INSERT INTO consent_events (
            account_id, team_id, purpose, action, version, text_sha256, language, at
          )
          SELECT $1, $2, 'ring', 'granted', version, text_sha256, language, now()
          FROM consent_events
          LIMIT 1
        `,
        [ann.id, teamId],
      ),
    ).rejects.toThrow(REFUSED);
    // What the functions do, they do for whoever has shown a secret: here that is nobody.
    expect((await attempt('SELECT * FROM lock_team($1)', [teamId])).rowCount).toBe(0);
    await attempt('SELECT leave_team($1)', [teamId]);
    const replaced = await attempt('SELECT * FROM replace_invite($1, $2, 1, NULL)', [
      teamId,
      sha256('CODE'),
    ]);
    expect(replaced.rowCount).toBe(0);
    const removed = await attempt('SELECT remove_member($1, $2) AS is', [teamId, bob.id]);
    expect(removed.rows).toEqual([{ is: false }]);
    await expect(attempt('SELECT withdraw_consents($1, $2)', [teamId, bob.id])).rejects.toThrow(
      REFUSED,
    );
    await expect(
      attempt(`SELECT make_team($1, 'Mine', $2)`, [randomUUID(), sha256('CODE')]),
    ).rejects.toThrow(REFUSED);
    const read = await world.call<{ members: unknown[] }>(
      'GET',
      `/v1/teams/${teamId}`,
      undefined,
      ann,
    );
    expect(read.body.members).toHaveLength(2);
  });

  test('with a session of its own: what is shown in one transaction says nothing in the next', async () => {
    const shown = async (): Promise<string | null> => {
      const { rows } = await attempt('SELECT identified_account() AS account');
      return (rows[0] as { account: string | null }).account;
    };
    await attempt('BEGIN');
    await attempt('SELECT identify_by_session($1)', [sha256(eve.token)]);
    expect(await shown()).toBe(eve.id);
    const { rows } = await attempt(`SELECT current_setting('dingline.identity') AS kept`);
    const { kept } = rows[0] as { kept: string };
    // Nor is another than Eve shown by what she has.
    await attempt(`SELECT set_config('dingline.identity', $1, true)`, [
      kept.replace(eve.id, ann.id),
    ]);
    expect(await shown()).toBeNull();
    await attempt('COMMIT');
    expect(await shown()).toBeNull();
    await attempt('BEGIN');
    await attempt(`SELECT set_config('dingline.identity', $1, false)`, [kept]);
    expect(await shown()).toBeNull();
    await attempt('ROLLBACK');
    await expect(attempt('SELECT set_identity($1)', [ann.id])).rejects.toThrow(REFUSED);
    await expect(attempt('SELECT identity_code($1)', [ann.id])).rejects.toThrow(REFUSED);
    await expect(attempt('SELECT key FROM identity_key')).rejects.toThrow(REFUSED);
  });

  test('goes by a time that it can not move', async () => {
    await expect(
      attempt(
        `CREATE OR REPLACE FUNCTION public.db_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'`,
      ),
    ).rejects.toThrow(REFUSED);
    await expect(attempt('CREATE SCHEMA mine')).rejects.toThrow(REFUSED);
  });
});

describe("ingress's login alone", () => {
  let thief: pg.Client;
  const TEXT = 'the attic is full of smoke';
  beforeAll(async () => {
    thief = await steal('ingressUrl');
    for (const one of [ann, bob, eve]) await verify(world, one);
  });

  test("reads no text and no name, but by a call's own capability, which no row holds", async () => {
    for (const table of ['dings', 'verify_services', 'accounts', 'teams'])
      await expect(thief.query(`SELECT * FROM ${table}`)).rejects.toThrow(REFUSED);
    await expect(thief.query('SELECT text FROM dings')).rejects.toThrow(REFUSED);
    await expect(thief.query('SELECT name FROM accounts')).rejects.toThrow(REFUSED);

    const { status } = await world.call(
      'POST',
      '/v1/dings',
      { recipientIds: [bob.id], text: TEXT, channel: 'voice' },
      ann,
    );
    expect(status).toBe(201);
    const call = await bob.phone.expectRing({ from: 'withheld' });
    const { rows } = await thief.query<{ capability_hash: Buffer }>(
      'SELECT capability_hash FROM handoffs WHERE capability_hash IS NOT NULL',
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { capability_hash: kept } of rows)
      for (const by of ['ding_on_phone', 'conference_on_phone'])
        expect(await tryCapability(thief, kept, `SELECT * FROM ${by}()`)).toEqual([]);
    await expect(thief.query('SELECT * FROM ding_words($1)', [randomUUID()])).rejects.toThrow(
      REFUSED,
    );
    await call.answer(); // and the call itself has its words
    await call.expectSaid(new RegExp(TEXT));
    await call.press('1');
  });

  test('unsays no confirmation', async () => {
    await eventually(
      'the Ding is confirmed',
      async () =>
        (await world.rows('SELECT FROM ding_recipients WHERE confirmed_at IS NOT NULL')).length > 0,
    );
    const api = await steal('apiUrl');
    for (const login of [thief, api])
      for (const set of [
        'confirmed_at = NULL',
        `confirmed_at = 'infinity'`,
        `confirmed_by = 'app'`,
      ])
        await expect(
          login.query(`UPDATE ding_recipients SET ${set} WHERE confirmed_at IS NOT NULL`),
        ).rejects.toThrow(login === api ? /only move forward/ : REFUSED);
  });
});

/** By which the worker could tell that it was fooled. */
const traces = async (): Promise<unknown> =>
  (
    await world.rows(
      'SELECT (SELECT count(*) FROM ledger_entries) AS entries, (SELECT count(*) FROM presentations) AS shown, (SELECT count(*) FROM handoffs) AS handoffs',
    )
  )[0];

describe.each(['apiUrl', 'ingressUrl'] as const)('by the login %s alone', (login) => {
  let thief: pg.Client;
  let dingId: string;
  beforeAll(async () => {
    thief = await steal(login);
    if (!(await isVerified(bob))) for (const one of [ann, bob, eve]) await verify(world, one);
    const ding = await world.call<{ id: string }>(
      'POST',
      '/v1/dings',
      { recipientIds: [bob.id], text: 'the cellar is under water', channel: 'app' },
      ann,
    );
    dingId = ding.body.id;
    await eventually(
      'the number is sealed for the app',
      async () =>
        (
          await world.rows(`SELECT FROM handoffs WHERE subject_id = $1 AND state = 'accepted'`, [
            dingId,
          ])
        ).length > 0,
    );
  });

  async function isVerified({ id }: Person): Promise<boolean> {
    return (await world.rows('SELECT FROM account_numbers WHERE account_id = $1', [id])).length > 0;
  }

  const insertCall = (id: string, values: string): [string, unknown[]] => [
    `
      INSERT INTO calls (id, purpose, created_at, ends_at${values === '' ? '' : ', initiator_id'})
      VALUES ($1, 'ding', now(), now() + interval '1 hour'${values})
    `,
    [id],
  ];
  const insertHandoff = (
    kind: string,
    purpose: string,
    subject: string,
    person: string,
    ofWhom: string,
  ): [string, unknown[]] => [
    `
      INSERT INTO handoffs (
        id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before,
        not_after, created_at
      )
      SELECT
        $1, $2, 'sms', $3, $4, $5, number_ref, 'en', 'queued', now() - interval '1 year',
        now() + interval '1 year', now()
      FROM account_numbers
      WHERE account_id = $6
    `,
    [randomUUID(), purpose, kind, subject, person, ofWhom],
  ];
  const insertParticipant = (callId: string, who: Person, role: string): [string, unknown[]] => [
    'INSERT INTO participants (id, call_id, account_id, role) VALUES ($1, $2, $3, $4)',
    [randomUUID(), callId, who.id, role],
  ];
  const pendingVerification = async (of: Person): Promise<string> => {
    const number = draw().e164;
    const started = await world.call<{ id: string }>('POST', '/v1/verifications', { number }, of);
    await world.phones.phone(number).expectSms(/code/);
    return started.body.id;
  };

  test("nobody's call is made up, nobody is added to one, and no number is shown or rung by it", async () => {
    const before = await traces();
    const callId = randomUUID();
    const attacks: [string, unknown[]][] = [
      insertCall(callId, ''),
      insertCall(callId, `, '${ann.id}'`),
      insertParticipant(dingId, eve, 'recipient'),
      insertParticipant(dingId, eve, 'initiator'),
      [
        `
          INSERT INTO legs (id, call_id, participant_id, state, created_at)
          SELECT $1, call_id, id, 'queued', now()
          FROM participants
          WHERE call_id = $2 AND role = 'recipient'
        `,
        [randomUUID(), dingId],
      ],
      [
        `
          INSERT INTO notifications (
            id, call_id, participant_id, channel, state, created_at, expires_at, begun_at
          )
          SELECT $1, call_id, id, 'app', 'accepted', now(), 'infinity', now()
          FROM participants
          WHERE call_id = $2
        `,
        [randomUUID(), dingId],
      ],
      // The very hand-off by which a number is shown: of a call of their own, and of one that is none.
      insertHandoff('present', 'ding', dingId, ann.id, ann.id),
      insertHandoff('present', 'ding', dingId, bob.id, bob.id),
      insertHandoff('present', 'ding', callId, ann.id, ann.id),
      insertHandoff('deliver', 'ding', dingId, bob.id, bob.id),
    ];
    for (const [text, values] of attacks)
      await expect(thief.query(text, values)).rejects.toThrow(REFUSED);
    expect(await traces()).toEqual(before);
  });

  test('no code goes to another phone than the one that it was asked for', async () => {
    const verificationId = await pendingVerification(ann);
    for (const person of [ann, eve])
      await expect(
        thief.query(...insertHandoff('deliver', 'verification', verificationId, person.id, eve.id)),
      ).rejects.toThrow(REFUSED);
    await expect(
      thief.query(
        'UPDATE handoffs SET number_ref = (SELECT number_ref FROM account_numbers LIMIT 1)',
      ),
    ).rejects.toThrow(REFUSED);
    await world.call('POST', `/v1/verifications/${verificationId}/cancel`, undefined, ann);
  });

  test('what has ended stays ended, and what was settled is not queued again', async () => {
    await world.call('POST', `/v1/dings/${dingId}/recall`, undefined, ann);
    for (const [text, values] of [
      ['UPDATE calls SET ended_at = NULL, end_reason = NULL WHERE id = $1', [dingId]],
      [`UPDATE calls SET ended_at = 'infinity' WHERE id = $1`, [dingId]],
      [`UPDATE handoffs SET state = 'queued' WHERE subject_id = $1`, [dingId]],
      [`UPDATE handoffs SET state = 'sending' WHERE subject_id = $1`, [dingId]],
      [`UPDATE notifications SET state = 'accepted' WHERE call_id = $1`, [dingId]],
    ] as const)
      await expect(thief.query(text, [...values])).rejects.toThrow(
        /permission denied|only move forward|no carrier has told/,
      );
  });
});

test('a member with a session of their own is shown and rung for nobody who has not agreed', async () => {
  const thief = await steal('apiUrl');
  const callId = randomUUID();
  const asEve = async (text: string, values: unknown[]): Promise<void> => {
    await thief.query('BEGIN');
    await thief.query('SELECT identify_by_session($1)', [sha256(eve.token)]);
    await thief.query(
      `
        INSERT INTO calls (id, purpose, created_at, ends_at)
        VALUES ($1, 'ding', now(), now() + interval '1 hour')
      `,
      [callId],
    );
    try {
      await expect(thief.query(text, values)).rejects.toThrow(REFUSED);
    } finally {
      await thief.query('ROLLBACK');
    }
  };
  const participant =
    'INSERT INTO participants (id, call_id, account_id, role) VALUES ($1, $2, $3, $4)';
  await asEve(participant, [randomUUID(), callId, bob.id, 'initiator']);
  await asEve(participant, [randomUUID(), callId, bob.id, 'recipient']); // they share no team
  await asEve(
    `
      INSERT INTO handoffs (
        id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before,
        not_after, created_at
      )
      SELECT
        $1, 'ding', 'sms', 'present', $2, $3, number_ref, 'en', 'queued', now(),
        now() + interval '1 year', now()
      FROM account_numbers
      WHERE account_id = $4
    `,
    [randomUUID(), callId, eve.id, bob.id],
  );
});

test('a session that ends while its request runs changes nothing more', async () => {
  const carl = await account(world, 'Carl', draw().e164);
  await consent(world, bob, teamId);
  await world.rows('DELETE FROM sessions WHERE account_id = $1', [carl.id]);
  const change = await world.call('PATCH', '/v1/me', { name: 'Karl' }, carl);
  expect(change.status).toBe(401);
});
