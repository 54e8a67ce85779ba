import { createDecipheriv, createHmac, webcrypto } from 'node:crypto';
import { types } from 'node:util';
import type { Claimed } from '../../src/handoff/handoffs.repository.js';
import { Database } from '../../src/kernel/database.js';
import { Idempotency } from '../../src/kernel/idempotency.js';
import type { NumberRef } from '../../src/kernel/ids.js';
import { LimiterKeys } from '../../src/kernel/limiter-keys.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { LedgerRepository } from '../../src/ledger/ledger.repository.js';
import { CodePepper, HandoffCodes } from '../../src/plaintext/handoffs/codes.service.js';
import { Intake } from '../../src/plaintext/number.pipes.js';
import { Presentations } from '../../src/plaintext/presentation.js';
import {
  EPOCH_MS,
  readEpochId,
  OpenedEpoch,
  openEpoch,
  Sealer,
} from '../../src/plaintext/vault/epoch.js';
import { arrayBuffer, EXPORT_SUITE, Keyring } from '../../src/plaintext/vault/keyring.js';
import { NumberIndex } from '../../src/plaintext/vault/number-index.js';
import { NumbersRepository } from '../../src/plaintext/vault/numbers.repository.js';
import { Vault } from '../../src/plaintext/vault/vault.js';
import { account, type Person } from '../support/make.js';
import { numberPool } from '../support/numbers.js';
import { asLogin } from '../support/postgres.js';
import { World } from '../support/world.js';

// Real here: the role `api` alone, over HTTP, on its own login. The worker isn't there: where a
// step needs what it would have done, the test does it with the worker's keys, which api hasn't
// got. What is shown is the thief's case: all that api holds, a dump of all that it may read, and,
// on top of that, a stolen backup of what it may not.

const DAY_MS = 86_400_000;
let world: World;
let ann: Person;
let bob: Person;
const draw = numberPool(Date.now());

beforeAll(async () => {
  world = await World.start({ roles: ['api'] });
  ann = await account(world, 'Ann', draw().e164);
  bob = await account(world, 'Bob', draw().e164);
});
afterAll(() => world.close());

const secret = (name: string): Buffer => Buffer.from(world.env[name] as string, 'base64url');

/** What the worker would do at a hand-off. */
async function asWorker(verificationId: string): Promise<string> {
  const database = new Database(new Redacted(world.database.workerUrl), 'test', () => {});
  try {
    const rows = new NumbersRepository();
    const vault = new Vault(
      database,
      rows,
      new Keyring(new Redacted([secret('VAULT_PRIVATE_KEYS')])),
      new NumberIndex(new Redacted(secret('NUMBER_INDEX_KEY'))),
    );
    const [claimed] = await world.rows<{ id: string; number_ref: NumberRef }>(
      `
        UPDATE handoffs
        SET state = 'sending'
        WHERE subject_id = $1 AND state = 'queued'
        RETURNING id, number_ref
      `,
      [verificationId],
    );
    if (claimed === undefined) throw new Error('nothing is to be delivered');
    const receipt = await database.transaction((trx) =>
      new LedgerRepository().recordOpening(trx, claimed.id, 'carrier:twilio'),
    );
    await vault.open(claimed.number_ref, receipt);
    const sealer = new Sealer(database, world.clock, secret('VAULT_PUBLIC_KEY'));
    const codes = new HandoffCodes(
      rows,
      sealer,
      new CodePepper(new Redacted(secret('CODE_PEPPER'))),
    );
    const handoff = { purpose: 'verification', subjectId: verificationId } as Claimed;
    const code = await database.transaction((trx) => codes.make(trx, handoff));
    await sealer.onModuleDestroy();
    await world.rows(`UPDATE handoffs SET state = 'accepted' WHERE id = $1`, [claimed.id]);
    return code?.forCarrier() ?? '';
  } finally {
    await database.close();
  }
}

async function start(person: Person, number = person.number, key?: string): Promise<string> {
  const { status, body, text } = await world.call<{ id: string }>(
    'POST',
    '/v1/verifications',
    { number },
    { token: person.token, ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }) },
  );
  if (status !== 201) throw new Error(text);
  return body.id;
}

/** Every row of every column that the login may read. */
async function dumpFor(url: string): Promise<Record<string, Record<string, unknown>[]>> {
  return asLogin(url, async (client) => {
    const { rows } = await client.query<{ table: string; columns: string[] }>(`
      SELECT c.relname AS table, array_agg(a.attname::text) AS columns
      FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'public'
        AND c.relkind = 'r'
        AND a.attnum > 0
        AND NOT a.attisdropped
        AND has_column_privilege(c.oid, a.attnum, 'SELECT')
      GROUP BY c.relname
    `);
    const dump: Record<string, Record<string, unknown>[]> = {};
    for (const { table, columns } of rows)
      dump[table] = (
        await client.query<Record<string, unknown>>(
          `SELECT ${columns.map((name) => `"${name}"`).join(', ')} FROM "${table}"`,
        )
      ).rows;
    return dump;
  });
}

describe('api alone', () => {
  test('serves all that it describes', async () => {
    const { body } = await world.call<{ paths: Record<string, Record<string, unknown>> }>(
      'GET',
      '/openapi.json',
    );
    const operations = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method.toUpperCase(), path] as const),
    );
    expect(operations.length).toBeGreaterThan(15);
    for (const [method, path] of operations) {
      const { status, text } = await world.call(
        method,
        path.replace(/\{\w+\}/g, '018f0000-0000-7000-8000-000000000000'),
        method === 'GET' || method === 'DELETE' ? undefined : {},
        method === 'DELETE' ? {} : bob,
      );
      if (status >= 500) throw new Error(`${method} ${path}: ${text}`);
    }
    const id = await start(ann);
    expect(
      (await world.call('POST', `/v1/verifications/${id}/check`, { code: '000000x' }, ann)).status,
    ).toBe(400);
    const code = await asWorker(id);
    const wrong = code === '000000' ? '000001' : '000000';
    expect(
      (await world.call('POST', `/v1/verifications/${id}/check`, { code: wrong }, ann)).body,
    ).toMatchObject({ isCorrect: false, state: 'pending' });
    expect(
      (await world.call('POST', `/v1/verifications/${id}/check`, { code }, ann)).body,
    ).toMatchObject({ isCorrect: true, state: 'approved' });
    const { body: ledger } = await world.call<{ entries: { body: string }[] }>(
      'GET',
      '/v1/ledger',
      undefined,
      ann,
    );
    expect(ledger.entries.map((one) => JSON.parse(one.body) as object)).toEqual([
      expect.objectContaining({
        subjectId: ann.id,
        recipient: 'carrier:twilio',
        purpose: 'verification',
      }),
    ]);
    expect(
      (await world.call<{ entries: object[] }>('GET', '/v1/ledger', undefined, bob)).body.entries,
    ).toEqual([]);
  });

  test('knows a request by its number when it is sent again with its key, the next day too', async () => {
    const [number, other] = [draw().e164, draw().e164];
    const id = await start(bob, number, 'k1');
    world.clock.advance(90_000);
    expect(await start(bob, number, 'k1')).toBe(id);
    const reused = await world.call(
      'POST',
      '/v1/verifications',
      { number: other },
      { token: bob.token, headers: { 'idempotency-key': 'k1' } },
    );
    expect(reused.body).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
    world.clock.advance(DAY_MS - 120_000);
    expect(await start(bob, number, 'k1')).toBe(id);
  });

  test('has no carrier secret, no private key, no index key', () => {
    const { api } = world.settings;
    const known = Object.values(api as object)
      .map((value: unknown) => (value instanceof Redacted ? value.reveal() : value) as unknown)
      .map((value) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('base64url') : String(value),
      );
    for (const name of [
      'VAULT_PUBLIC_KEY',
      'LIMITER_KEY',
      'CODE_PEPPER',
      'PRESENTATION_KEY',
      'PRESENTATION_SIGNING_KEY',
    ])
      expect(known).toContain(world.env[name]);
    for (const name of [
      'VAULT_PRIVATE_KEYS',
      'NUMBER_INDEX_KEY',
      'WEBHOOK_KEY',
      'INGRESS_PROBE_KEY',
      'CARRIER_AUTH_TOKEN',
      'CARRIER_WEBHOOK_TOKENS',
      'CARRIER_ACCOUNT_SID',
      'CARRIER_SENDER_NUMBER',
      'WORKER_DATABASE_URL',
      'INGRESS_DATABASE_URL',
    ])
      expect(known).not.toContain(world.env[name]);
  });

  test.each([
    'SELECT sealed FROM numbers',
    'SELECT * FROM numbers',
    'SELECT length(sealed) FROM numbers',
    'SELECT n FROM numbers n',
    'COPY numbers TO STDOUT',
    `INSERT INTO numbers (id, sealed, created_at) VALUES (gen_random_uuid(), '', now()) RETURNING sealed`,
    'DELETE FROM numbers RETURNING sealed',
    'DELETE FROM numbers WHERE length(sealed) > 0',
    `UPDATE numbers SET sealed = ''`,
    'UPDATE numbers SET number_index = NULL',
    'SELECT sealed FROM codes',
    'SELECT hash FROM codes',
    'SELECT * FROM codes',
    'DELETE FROM codes RETURNING sealed',
    `UPDATE codes SET sealed = ''`,
    'SELECT enc FROM epochs',
    'SELECT capability_hash FROM handoffs',
    'SELECT * FROM test_numbers',
    'CREATE TABLE mine (x int)',
    'ALTER TABLE numbers OWNER TO dingline_api',
    'SET ROLE dingline_worker',
    `CREATE FUNCTION mine() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'`,
    `SELECT pg_read_file('PG_VERSION')`,
  ])('is refused %s by PostgreSQL', async (statement) => {
    await asLogin(world.database.apiUrl, (client) =>
      expect(client.query(statement)).rejects.toMatchObject({ code: '42501' }),
    );
    if (!/capability_hash/.test(statement))
      // by which ingress finds the hand-off of a callback
      await asLogin(world.database.ingressUrl, (client) =>
        expect(client.query(statement)).rejects.toMatchObject({ code: '42501' }),
      );
  });
});

describe('a thief of all that api holds and may read', () => {
  let older: string;
  let newest: string;

  /** Every 32 bytes that can be reached from the settings and from the parts that handle numbers. */
  async function keysHeld(): Promise<Buffer[]> {
    const nest = world.apps.get('api')?.app;
    if (nest === undefined) throw new Error('api is down');
    const keys = new Map<string, Buffer>();
    const been = new Set<unknown>();
    const walk = async (value: unknown, depth: number): Promise<void> => {
      if (value === null || typeof value !== 'object' || been.has(value) || depth > 8) return;
      been.add(value);
      if (value instanceof Redacted) return walk(value.reveal(), depth);
      if (types.isPromise(value)) return walk(await value.catch(() => undefined), depth);
      if (types.isUint8Array(value) || types.isAnyArrayBuffer(value)) {
        const bytes = Buffer.from(value as Uint8Array);
        if (bytes.length === 32) keys.set(bytes.toString('hex'), bytes);
        return;
      }
      if (types.isCryptoKey(value) && value.type === 'private') {
        const exported = await webcrypto.subtle.exportKey('jwk', value);
        return walk(Buffer.from(exported.d as string, 'base64url'), depth);
      }
      const inside =
        value instanceof Map
          ? [...value.values()]
          : Reflect.ownKeys(value).map((name) => (value as Record<PropertyKey, unknown>)[name]);
      for (const one of inside) await walk(one, depth + 1);
    };
    for (const part of [Sealer, LimiterKeys, Presentations, Intake, Idempotency])
      await walk(nest.get<object>(part, { strict: false }), 0);
    await walk(world.settings.api, 0);
    for (const { wrapped, day } of await world.rows<{ wrapped: Buffer; day: string }>(
      'SELECT wrapped, day::text FROM limiter_keys',
    ))
      await walk(unwrap(secret('LIMITER_KEY'), day, wrapped), 0);
    for (const { wrapped, day } of await world.rows<{ wrapped: Buffer; day: string }>(
      'SELECT wrapped, day::text FROM presentation_keys',
    ))
      await walk(unwrap(secret('PRESENTATION_KEY'), day, wrapped), 0);
    return [...keys.values()];
  }
  function unwrap(key: Buffer, day: string, wrapped: Buffer): Buffer {
    const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(0, 12))
      .setAAD(Buffer.from(day))
      .setAuthTag(wrapped.subarray(-16));
    return Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]);
  }

  /** All that the keys open of a backup's sealed rows: as keys of epochs, and as private keys that epochs are for. */
  async function opened(keys: readonly Buffer[]): Promise<Set<string>> {
    const [epochs, rows] = [
      await world.rows<{ id: string; key_version: string; enc: Buffer }>(
        'SELECT id, key_version, enc FROM epochs',
      ),
      await world.rows<{ id: string; sealed: Buffer; purpose: 'number' | 'code' }>(
        `
          SELECT id, sealed, 'number' AS purpose
          FROM numbers
          UNION ALL
          SELECT verification_id, sealed, 'code'
          FROM codes
        `,
      ),
    ];
    const found = new Set<string>();
    for (const { id, key_version: keyVersion, enc } of epochs)
      for (const key of keys) {
        const ring = {
          privateKey: () => EXPORT_SUITE.kem.importKey('raw', arrayBuffer(key), false),
        } as unknown as Keyring;
        for (const epoch of [
          new OpenedEpoch(id, keyVersion, key),
          await openEpoch(ring, { id, keyVersion, enc }),
        ])
          for (const row of rows.filter((one) => readEpochId(one.sealed) === id))
            try {
              found.add(epoch.open(row.id, row.purpose, row.sealed).toString());
            } catch {
              /* not with this key */
            }
      }
    return found;
  }

  const hashes = (keys: readonly Buffer[], text: string): string[] =>
    keys.map((key) => createHmac('sha256', key).update(text).digest('hex'));
  const everything = async (): Promise<string> =>
    JSON.stringify(await dumpFor(world.database.apiUrl), (_, value: unknown) =>
      (value as { type?: string } | null)?.type === 'Buffer'
        ? Buffer.from((value as { data: number[] }).data).toString('hex')
        : value,
    );

  beforeAll(async () => {
    older = draw().e164;
    await asWorker(await start(bob, older)); // its permanent index is there to be read
    world.clock.advance(EPOCH_MS);
    newest = draw().e164;
    await start(bob, newest); // in an epoch that has not ended
  });

  test('reads no number in the dump', async () => {
    const dump = await everything();
    expect(dump).toContain(bob.id);
    for (const number of [ann.number, older, newest]) {
      const digits = number.slice(1);
      for (const form of [
        digits,
        digits.slice(2),
        Buffer.from(digits).toString('base64').slice(0, 12),
        Buffer.from(number).toString('hex'),
        Buffer.from(digits).toString('hex'),
      ])
        expect(dump).not.toContain(form);
    }
  });

  test('opens what the unfinished epoch sealed, and no other number or code of a stolen backup', async () => {
    const keys = await keysHeld();
    expect(keys.length).toBeGreaterThan(8);
    const found = await opened(keys);
    expect(found).toContain(newest); // as the README says; and it shows that the search finds what can be found
    for (const number of [ann.number, older]) expect(found).not.toContain(number);
    expect([...found].filter((text) => text.startsWith('+'))).toEqual([newest]);
    world.clock.advance(EPOCH_MS);
    await start(ann, draw().e164).catch(() => undefined); // the epoch ends
    expect(await opened(await keysHeld())).not.toContain(newest);
    const all = await opened([secret('VAULT_PRIVATE_KEYS')]);
    for (const number of [ann.number, older, newest]) expect(all).toContain(number);
  });

  test("can't try out numbers against the permanent index", async () => {
    const dump = await everything();
    const [index] = hashes([secret('NUMBER_INDEX_KEY')], older) as [string];
    expect(dump).toContain(index);
    for (const hash of hashes(await keysHeld(), older)) expect(dump).not.toContain(hash);
  });

  test("can try out numbers of the limiter's two days, and none after them", async () => {
    const text = `number:${older}`;
    const dump = await everything();
    expect(hashes(await keysHeld(), text).some((hash) => dump.includes(hash))).toBe(true); // named in the README
    world.clock.advance(2 * DAY_MS);
    await start(bob, draw().e164); // a new day's key is there, the old one gone
    await world.apps.get('api')?.app.get(LimiterKeys, { strict: false }).refresh();
    const [keys, later] = [await keysHeld(), await everything()];
    for (const hash of hashes(keys, text)) expect(later).not.toContain(hash);
  });
});
