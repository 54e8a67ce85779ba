import type { Database, Executor, Transaction } from '../../src/kernel/database.js';

// tsc checks this file: each `@ts-expect-error` is an error by itself as soon as the line under it compiles.

/** Stands for whatever relies on a lock that its caller holds. */
declare function endLockedCall(trx: Transaction): Promise<void>;
/** Stands for whatever any connection serves. */
declare function readCalls(db: Executor): Promise<void>;

async function compilesOnlySo(database: Database): Promise<void> {
  await database.transaction((trx) => endLockedCall(trx));
  await database.transaction((trx) => readCalls(trx));
  await readCalls(database.sql);

  // @ts-expect-error A pool is no transaction: each of its statements may run on another connection.
  await endLockedCall(database.sql);
  // @ts-expect-error A connection is none either: what it locks is free again at the end of its statement.
  await database.sql.connection().execute((connection) => endLockedCall(connection));
  // @ts-expect-error Only Database begins transactions, so that there is one place that says how.
  await database.sql.transaction().execute((trx) => endLockedCall(trx));
  // @ts-expect-error Whoever was given any connection can't know that it is a transaction.
  await database.transaction((trx: Executor) => endLockedCall(trx));
}

test('the compiler refuses a plain connection where a lock is held', () => {
  expect(compilesOnlySo).toBeInstanceOf(Function);
});
