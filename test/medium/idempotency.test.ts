import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { Database, type Transaction } from '../../src/kernel/database.js';
import { Idempotency, KEEPS_KEYS_MS } from '../../src/kernel/idempotency.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { signUp } from '../support/sign-up.js';

// Real: PostgreSQL by the login of `api`, one connection for each request. Fake: nothing.

const AT = new Date('2026-03-01T12:00:00Z');

describe('of requests with one Idempotency-Key', () => {
  let own: TestDatabase;
  let database: Database;
  let accountId: string;
  let made: string[];
  const idempotency = new Idempotency(new Redacted(new Uint8Array(randomBytes(32))));

  beforeAll(async () => {
    own = await createDatabase();
    database = new Database(new Redacted(own.apiUrl), 'test', () => {});
  });
  afterAll(async () => {
    await database.close();
    await own.drop();
  });
  beforeEach(async () => {
    made = [];
    accountId = await signUp(database.sql);
  });

  const make = (): Promise<string> => {
    const id = randomUUID();
    made.push(id);
    return Promise.resolve(id);
  };
  const request = (more: Partial<Parameters<Idempotency['once']>[1]> = {}) => ({
    accountId,
    key: 'k',
    route: 'POST /v1/teams',
    body: { name: 'Night' },
    at: AT,
    ...more,
  });
  const once = (
    more: Parameters<typeof request>[0] = {},
    create: (trx: Transaction) => Promise<string> = make,
  ) => database.transaction((trx) => idempotency.once(trx, request(more), () => create(trx)));

  test('the second answers with what the first made', async () => {
    const first = await once();
    expect(first).toEqual({ id: made[0], isReplay: false });
    expect(await once()).toEqual({ id: first.id, isReplay: true });
    expect(made).toHaveLength(1);
  });

  test('those without a key are each a new one', async () => {
    expect((await once({ key: undefined })).id).not.toBe((await once({ key: undefined })).id);
  });

  test('one with another body or at another address is refused, and makes nothing', async () => {
    await once();
    await expect(once({ body: { name: 'Day' } })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    await expect(once({ route: 'POST /v1/dings' })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    expect(made).toHaveLength(1);
  });

  test("another account's are its own", async () => {
    const first = await once();
    expect((await once({ accountId: await signUp(database.sql) })).id).not.toBe(first.id);
  });

  test('a twin that comes while the first is at work waits for it, and replays', async () => {
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    let started = (): void => {};
    const isStarted = new Promise<void>((resolve) => (started = resolve));
    const first = once({}, async () => {
      started();
      await held;
      return make();
    });
    await isStarted;
    const twin = once();
    await waiting(1); // it has met the first one's row, and PostgreSQL has put it to sleep
    expect(made).toHaveLength(0);
    letGo();
    const [{ id }, replay] = await Promise.all([first, twin]);
    expect(replay).toEqual({ id, isReplay: true });
    expect(made).toEqual([id]);
  });

  test('a twin takes over when the first fails, which leaves nothing behind', async () => {
    let fail = (): void => {};
    const held = new Promise<void>((_, reject) => (fail = () => reject(new Error('no'))));
    let started = (): void => {};
    const isStarted = new Promise<void>((resolve) => (started = resolve));
    const first = once({}, async () => {
      started();
      await held;
      return make();
    });
    await isStarted;
    const twin = once({ body: { name: 'even another body' } });
    await waiting(1);
    fail();
    await expect(first).rejects.toThrow('no');
    expect(await twin).toMatchObject({ isReplay: false });
    expect(made).toHaveLength(1);
  });

  test('eight at once make one thing', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => once()));
    expect(made).toHaveLength(1);
    expect(new Set(all.map(({ id }) => id))).toEqual(new Set(made));
    expect(all.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
  });

  test('a day later the key is free, and its row is gone with the next key of that account', async () => {
    const first = await once();
    const late = new Date(AT.getTime() + KEEPS_KEYS_MS);
    expect(await once({ at: new Date(late.getTime() - 1) })).toMatchObject({ isReplay: true });
    await once({ key: 'another', at: late });
    const { rows } = await count();
    expect(rows).toBe(1);
    expect((await once({ at: late })).id).not.toBe(first.id);
  });

  test('a number is known again after midnight by the key of yesterday, but another number is not', async () => {
    const [mine, mineTomorrow, other] = ['mine, today', 'mine, tomorrow', 'another'].map((text) =>
      Buffer.from(text),
    ) as [Buffer, Buffer, Buffer];
    await once({ body: { number: { fingerprints: [mine, Buffer.from('yesterday')] } } });
    expect(await once({ body: { number: { fingerprints: [mineTomorrow, mine] } } })).toMatchObject({
      isReplay: true,
    });
    await expect(
      once({ body: { number: { fingerprints: [other, other] } } }),
    ).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  test('nothing that was sent is kept: hashes under a key of ours, and an id', async () => {
    await once({ key: 'call +447700900123', body: { name: 'Secret' } });
    const { text } = await count();
    expect(text).not.toMatch(/7700900|Secret|call/);
    expect(text).not.toContain(Buffer.from('call +447700900123').toString('hex'));
    expect(text).not.toContain(createHash('sha256').update('call +447700900123').digest('hex'));
  });

  /** Until so many of our connections wait for a lock: an event in the database, asked for and not slept on. */
  async function waiting(connections: number): Promise<void> {
    for (;;) {
      const { rows } = await sql<{
        n: number;
      }>`
        SELECT count(*)::int AS n
        FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
      `.execute(database.sql);
      if ((rows[0]?.n ?? 0) >= connections) return;
    }
  }

  async function count(): Promise<{ rows: number; text: string }> {
    const { rows } = await sql<{
      row: string;
    }>`SELECT i::text AS row FROM idempotency_keys i WHERE account_id = ${accountId}`.execute(
      database.sql,
    );
    return { rows: rows.length, text: rows.map((one) => one.row).join('\n') };
  }
});
