import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import type pg from 'pg';
import { Passwords } from '../../src/accounts/passwords.service.js';
import { ownSql } from '../../src/kernel/build-sql.js';
import { migrate } from '../../src/kernel/migrate.js';
import { BOUNDS } from '../support/guess-settings.js';
import { OldDatabase } from '../support/old-database.js';

// Real: PostgreSQL, argon2id. A database as it was when `api` compared passwords and tokens itself.

const sha256 = (value: string | Buffer): Buffer => createHash('sha256').update(value).digest();

let database: OldDatabase;
let owner: pg.Client;

beforeEach(async () => {
  database = await OldDatabase.create('0013');
  ({ owner } = database);
});
afterEach(() => database.drop());

test('passwords, sessions and invite codes of before still open what they opened', async () => {
  const [ann, bob, teamId, callId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const token = randomBytes(32).toString('base64url');
  const stored = await hash('four quiet green pumps');
  for (const id of [ann, bob])
    await owner.query(
      `
        INSERT INTO accounts (id, login, password_hash, name, language, created_at)
        VALUES ($1::uuid, $1::text, $2, 'Ann', 'en', now())
      `,
      [id, stored],
    );
  await owner.query(
    `
      INSERT INTO sessions (id, account_id, token_hash, kind, created_at, expires_at)
      VALUES ($1, $2, $3, 'bearer', now(), now() + interval '1 day')
    `,
    [randomUUID(), ann, sha256(token)],
  );
  await owner.query(
    `INSERT INTO teams (id, name, invite_hash, created_at) VALUES ($1, 'Night shift', $2, now())`,
    [teamId, sha256('CODE')],
  );
  await owner.query(
    `
      INSERT INTO calls (id, purpose, created_at, ends_at)
      VALUES ($1, 'ding', now(), now() + interval '1 hour')
    `,
    [callId],
  );
  await owner.query(
    `
      INSERT INTO participants (id, call_id, account_id, role)
      VALUES ($1, $3, $2, 'initiator'), ($4, $3, $5, 'recipient')
    `,
    [randomUUID(), ann, callId, randomUUID(), bob],
  );

  await migrate(database.ownerUrl, BOUNDS);
  await owner.query(`SET search_path = ${ownSql().schema}, public`);

  const session = await owner.query<{ account: string }>(
    `SELECT account FROM find_session($1, 'bearer')`,
    [sha256(token)],
  );
  expect(session.rows).toEqual([{ account: ann }]);
  const { rows } = await owner.query<{ stretch: string }>(
    'SELECT stretch FROM password_stretch($1, NULL)',
    [ann],
  );
  const [right, wrong] = [
    await new Passwords().stretch(rows[0]?.stretch, 'four quiet green pumps', 'ann'),
    await new Passwords().stretch(rows[0]?.stretch, 'four quiet green pump', 'ann'),
  ];
  const signIn = async (key: Buffer): Promise<unknown[]> => {
    const device = sha256(randomBytes(32));
    const guess = await owner.query<{ id: string }>('SELECT guess_sign_in($1, $2, $3) AS id', [
      ann,
      key,
      device,
    ]);
    const signedIn = await owner.query<{ account: string }>(
      `SELECT account FROM sign_in($1, $2, 'bearer', $2)`,
      [guess.rows[0]?.id, device],
    );
    return signedIn.rows;
  };
  expect(await signIn(wrong)).toEqual([]);
  expect(await signIn(right)).toEqual([{ account: ann }]);
  await owner.query('BEGIN');
  await owner.query('SELECT identify_by_session($1)', [sha256(token)]);
  const joined = await owner.query<{ team: string }>('SELECT team FROM join_team($1)', [
    sha256('CODE'),
  ]);
  await owner.query('COMMIT');
  expect(joined.rows).toEqual([{ team: teamId }]);
  const call = await owner.query('SELECT initiator_id FROM calls WHERE id = $1', [callId]);
  expect(call.rows).toEqual([{ initiator_id: ann }]);
});
