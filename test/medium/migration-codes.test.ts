import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { ownSql } from '../../src/kernel/build-sql.js';
import { migrate } from '../../src/kernel/migrate.js';
import { BOUNDS } from '../support/guess-settings.js';
import { OldDatabase } from '../support/old-database.js';

// Real: PostgreSQL. A database as it was when `api` made the codes, and read the digests of apps' secrets.

const sha256 = (value: string | Buffer): Buffer => createHash('sha256').update(value).digest();
interface Answer {
  guess?: string;
  state?: string;
}
const hex = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`;

let database: OldDatabase;
let owner: pg.Client;

beforeEach(async () => {
  database = await OldDatabase.create('0021');
  ({ owner } = database);
});
afterEach(() => database.drop());

async function insert(table: string, row: Record<string, unknown>): Promise<void> {
  const names = Object.keys(row);
  await owner.query(
    `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map((_, i) => `$${i + 1}`).join(', ')})`,
    Object.values(row),
  );
}

test('codes that were out still check right, by whoever asked for them; a number that was proved stays its account’s', async () => {
  const [ann, shop, service, now] = [randomUUID(), randomUUID(), randomUUID(), new Date()];
  const [token, secret] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('hex')];
  const later = new Date(now.getTime() + 600_000);
  await insert('accounts', { id: ann, login: 'ann', name: 'Ann', language: 'en', created_at: now });
  await insert('sessions', {
    id: randomUUID(),
    account_id: ann,
    token_hash: sha256(sha256(token)),
    kind: 'bearer',
    created_at: now,
    expires_at: later,
  });
  await insert('apps', { id: shop, name: 'Shop', created_at: now });
  await insert('app_secrets', { secret_hash: sha256(secret), app_id: shop, created_at: now });
  await insert('verify_services', {
    id: service,
    app_id: shop,
    is_default: true,
    name: 'Shop',
    created_at: now,
  });
  const started = async (more: Record<string, unknown>) => {
    const [id, ref, submitted] = [randomUUID(), randomUUID(), randomBytes(32)];
    const sealed = randomBytes(61);
    await insert('numbers', { id: ref, sealed, number_index: randomBytes(32), created_at: now });
    await insert('verifications', {
      id,
      number_ref: ref,
      limiter_index: randomBytes(32),
      language: 'en',
      state: 'pending',
      code_hash: submitted,
      created_at: now,
      expires_at: later,
      ...more,
    });
    if (more['is_test'] !== true)
      await insert('codes', { verification_id: id, sealed: randomBytes(61) });
    return { id, ref, submitted };
  };
  const [own, apps, test, over] = [
    await started({ account_id: ann }),
    await started({ service_id: service }),
    await started({ service_id: service, is_test: true }),
    await started({ service_id: service, state: 'expired', code_hash: null }),
  ];
  const proved = { number_ref: over.ref, number_index: randomBytes(32), verified_at: now };
  const bob = randomUUID();
  await insert('accounts', { id: bob, login: 'bob', name: 'Bob', language: 'en', created_at: now });
  await insert('account_numbers', { account_id: bob, ...proved });

  await migrate(database.ownerUrl, BOUNDS);
  await owner.query(`SET search_path = ${ownSql().schema}, public`);

  const check = async (
    { id, submitted }: { id: string; submitted: Buffer },
    secretOfStarter: string,
    starter: string,
  ): Promise<unknown> => {
    const request = {
      id,
      secret_digest: hex(sha256(secretOfStarter)),
      starter_ids: [starter],
      submitted: hex(submitted),
      wrong_keys: [hex(randomBytes(32))],
      is_by_address: false,
      wrong_rules: { maxes: [10], windows: [60] },
    };
    const answer = async (name: string, one: object): Promise<Answer | undefined> => {
      const { rows } = await owner.query<{ answers: Answer[] }>(`SELECT ${name}($1) AS answers`, [
        JSON.stringify([one]),
      ]);
      return rows[0]?.answers[0];
    };
    const noted = await answer('guess_codes', request);
    return (await answer('compare_codes', { guess: noted?.guess }))?.state;
  };
  expect(await check({ ...own, submitted: sha256(own.submitted) }, token, ann)).toBe('pending');
  expect(await check(own, token, ann)).toBe('approved');
  expect(await check(apps, secret, service)).toBe('approved');
  expect(await check(test, secret, service)).toBe('approved');
  const { rows } = await owner.query(
    'SELECT account_id, number_ref FROM account_numbers ORDER BY account_id = $1',
    [ann],
  );
  expect(rows).toEqual([
    { account_id: bob, number_ref: over.ref },
    { account_id: ann, number_ref: own.ref },
  ]);
});
