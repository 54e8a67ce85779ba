import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { AccountsRepository, NOTICE_KINDS } from '../../src/accounts/accounts.repository.js';
import { ProofRules } from '../../src/accounts/proof.js';
import { Database } from '../../src/kernel/database.js';
import { newId, type NumberRef } from '../../src/kernel/ids.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { moveNumber } from '../support/number-moves.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { signUp } from '../support/sign-up.js';

// Real: PostgreSQL by the login of `api`. Fake: the sealed numbers, which are never opened here.

const AT = new Date('2026-03-01T12:00:00Z');

describe('a proved number', () => {
  let own: TestDatabase;
  let database: Database;
  let owner: Database;
  let ann: string;
  let bob: string;
  const accounts = new AccountsRepository(new ProofRules(365 * 86_400_000));

  beforeAll(async () => {
    own = await createDatabase();
    database = new Database(new Redacted(own.apiUrl), 'test', () => {});
    owner = new Database(new Redacted(own.ownerUrl), 'test', () => {});
  });
  afterAll(async () => {
    await database.close();
    await owner.close();
    await own.drop();
  });
  beforeEach(async () => {
    [ann, bob] = [await signUp(database.sql), await signUp(database.sql)];
  });

  async function sealed(): Promise<NumberRef> {
    const ref = newId() as NumberRef;
    await sql`
      INSERT INTO numbers (id, sealed, created_at)
      VALUES (${ref}, ${Buffer.concat([Buffer.of(1), randomBytes(60)])}, ${AT})
    `.execute(owner.sql);
    return ref;
  }
  const prove = async (accountId: string, numberIndex: Buffer, now = AT) =>
    moveNumber(owner, { accountId, numberRef: await sealed(), numberIndex, now });
  const indexOf = async (id: string) => (await accounts.findNumber(database.sql, id))?.numberIndex;
  const noticesOf = async (id: string) =>
    (await accounts.listNewestNotices(database.sql, id, 10)).map(({ kind, at }) => ({ kind, at }));

  test('belongs to the account that proved it, and nobody is told', async () => {
    const number = randomBytes(32);
    expect(await prove(ann, number)).toEqual({ former: null, lost: [] });
    expect(await indexOf(ann)).toEqual(number);
    expect(await noticesOf(ann)).toEqual([]);
  });

  test('moves to the second account that proves it, and the first is told', async () => {
    const number = randomBytes(32);
    const later = new Date(AT.getTime() + 60_000);
    await prove(ann, number);
    expect(await prove(bob, number, later)).toEqual({ former: ann, lost: [ann] });
    expect(await indexOf(ann)).toBeUndefined();
    expect(await indexOf(bob)).toEqual(number);
    expect(await noticesOf(ann)).toEqual([{ kind: 'number_moved', at: later }]);
    expect(await noticesOf(bob)).toEqual([]);
  });

  test('takes the place of the one that the account had, which is free then', async () => {
    const [old, next] = [randomBytes(32), randomBytes(32)];
    await prove(ann, old);
    expect(await prove(ann, next)).toEqual({ former: null, lost: [ann] });
    expect(await indexOf(ann)).toEqual(next);
    expect(await prove(bob, old)).toEqual({ former: null, lost: [] });
    expect(await noticesOf(ann)).toEqual([{ kind: 'number_changed', at: AT }]);
  });

  test('has notices of the kinds that the table checks', async () => {
    const { rows } = await sql<{ definition: string }>`
      SELECT pg_get_constraintdef(oid) AS definition
      FROM pg_constraint
      WHERE conname = 'notices_kind_check'
    `.execute(owner.sql);
    const checked = [...(rows[0]?.definition ?? '').matchAll(/'(\w+)'/g)].map(([, kind]) => kind);
    expect(checked.sort()).toEqual([...NOTICE_KINDS].sort());
  });

  test("proved again by its owner is nobody's loss", async () => {
    const number = randomBytes(32);
    await prove(ann, number);
    expect(await prove(ann, number, new Date(AT.getTime() + 1_000))).toEqual({
      former: null,
      lost: [],
    });
    expect((await accounts.findNumber(database.sql, ann))?.verifiedAt).toEqual(
      new Date(AT.getTime() + 1_000),
    );
    expect(await noticesOf(ann)).toEqual([]);
  });

  test("that several accounts prove at the same moment is one account's afterwards, and each of the others that had it is told", async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => signUp(database.sql)));
    const number = randomBytes(32);
    const moved = await Promise.all(people.map((id) => prove(id, number)));
    const formers = moved.map(({ former }) => former);
    const owners = (
      await Promise.all(people.map(async (id) => ((await indexOf(id)) === undefined ? [] : [id])))
    ).flat();
    expect(owners).toHaveLength(1);
    expect(formers.filter((former) => former === null)).toHaveLength(1);
    expect(new Set([...formers, ...owners])).toEqual(new Set([null, ...people]));
    for (const id of people) expect(await noticesOf(id)).toHaveLength(owners[0] === id ? 0 : 1);
  });

  test('is lost by whoever had it, and by whoever proves another in its place, and by nobody else', async () => {
    const [x, y, z] = [randomBytes(32), randomBytes(32), randomBytes(32)];
    const lost = [];
    for (const [who, what] of [
      [ann, x],
      [ann, x],
      [bob, y],
      [ann, z],
      [ann, y], // bob's, in place of one
    ] as const)
      lost.push((await prove(who, what)).lost);
    expect(lost).toEqual([[], [], [], [ann], [bob, ann]]);
  });

  test("two accounts that take each other's at the same moment do not wait for one another for ever", async () => {
    for (let round = 0; round < 10; round++) {
      const [x, y] = [randomBytes(32), randomBytes(32)];
      await prove(ann, x);
      await prove(bob, y);
      await Promise.all([prove(ann, y), prove(bob, x)]);
      const after = [await indexOf(ann), await indexOf(bob)];
      // Whoever came second took what the other had just got, or its own place was taken: each
      // number has one owner at most.
      expect(new Set(after.map((index) => index?.toString('hex'))).size).toBe(2);
    }
  });
});

test("the hold on a login is the database's: of two that sign up at once one gets it", async () => {
  const own = await createDatabase();
  const database = new Database(new Redacted(own.apiUrl), 'test', () => {});
  const accounts = new AccountsRepository(new ProofRules(365 * 86_400_000));
  const got = await Promise.all(
    Array.from({ length: 6 }, () =>
      accounts.insert(database.sql, {
        login: 'ann',
        stretch: 'none',
        stretched: randomBytes(32),
        name: 'Ann',
        language: 'en',
      }),
    ),
  );
  expect(got.filter((outcome) => outcome !== 'taken')).toHaveLength(1);
  const client = new pg.Client({ connectionString: own.ownerUrl });
  await client.connect();
  expect((await client.query('SELECT FROM accounts')).rowCount).toBe(1);
  await client.end();
  await database.close();
  await own.drop();
});
