import { CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { committed } from './after-commit.js';
import { ownSql } from './build-sql.js';
import type { Redacted } from './redacted.js';
import { StatementNames } from './statement-names.js';

/**
 * Whatever runs a statement: a pool, a connection, a transaction. Asked for where any of them
 * serves, by what reads or is done in one statement. Each statement names the type of its own rows.
 */
export type Executor = Kysely<object>;

declare const HELD_UNTIL_ITS_END: unique symbol;

/**
 * An open transaction. Asked for by what takes a lock, relies on one ("the call is locked"), or
 * must stand or fall with what its caller writes. Only `Database.transaction` gives one, so the
 * compiler refuses a pool or a bare connection, where a lock would be gone before the next
 * statement.
 */
export type Transaction = Executor & { readonly [HELD_UNTIL_ITS_END]: true };

/**
 * Shows PostgreSQL, in a transaction, the secret by which a request is somebody's. What is done in a
 * person's name is refused without it: the rows of `api` alone prove nothing.
 * @throws Problem UNAUTHENTICATED if it is over by now
 */
type Identify = (trx: Transaction) => Promise<void>;

/** Somebody in whose name something is done. */
export interface Identified {
  readonly identify: Identify;
}

/**
 * `as`: whoever is named shows PostgreSQL who they are before anything else; what is nobody's
 * doing needs nobody. `lockWaitMs`: for what many may want at once, where whoever doesn't get a
 * lock in that time had better come again (isLockBusy) than keep a connection.
 */
export interface TransactionOptions {
  as?: Identified;
  lockWaitMs?: number;
}

/** A session of its own, for locks that last as long as it does. */
export interface HeldConnection {
  query<R extends object>(text: string, values?: unknown[]): Promise<R[]>;
  end(): Promise<void>;
}

/**
 * A connection that may die at any moment. A pool listens to one only while nobody has it: one that
 * dies between two statements of a transaction would otherwise end the process. Whoever has it gets
 * the error from its next query.
 */
export class MortalClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => {});
  }
}

/** away: a connection can't be opened. lost: one that nobody used has died. */
export type DatabaseTrouble = 'away' | 'lost';
type OnTrouble = (trouble: DatabaseTrouble, error: unknown) => void;

type Opened = (error: unknown, ...rest: unknown[]) => void;

/**
 * Says of a connection that can't be opened why, whoever asked for it; and has prepared what is run
 * on it often, with values. (Without, as BEGIN and SET, there is little to plan.)
 */
function makeClient(onTrouble: OnTrouble): typeof MortalClient {
  return class extends MortalClient {
    constructor(config?: string | pg.ClientConfig) {
      super(config);
      const open = this.connect.bind(this) as (opened?: Opened) => Promise<pg.Client>;
      const connect = (opened?: Opened): Promise<pg.Client> => {
        if (opened === undefined)
          return open().catch((error: unknown) => {
            onTrouble('away', error);
            throw error;
          });
        return open((error, ...rest) => {
          if (error) onTrouble('away', error);
          opened(error, ...rest);
        });
      };
      this.connect = connect as typeof this.connect;
      const names = new StatementNames();
      const query = this.query.bind(this) as (config: unknown, ...rest: unknown[]) => unknown;
      const named = (config: unknown, values?: unknown, ...rest: unknown[]): unknown => {
        const isPlain = typeof config === 'string' && Array.isArray(values) && values.length > 0;
        const name = isPlain ? names.findName(config) : undefined;
        return name === undefined
          ? query(config, values, ...rest)
          : query({ name, text: config, values }, ...rest);
      };
      this.query = named as typeof this.query;
    }
  };
}

/**
 * What PostgreSQL itself ends, where a machine of ours has lost its power or stands still: a transaction that nobody
 * goes on with, before it has cost whoever waits for its rows their statement; and connections that nobody answers
 * on. Not every system has the last four, and a socket of the same machine needs none: PostgreSQL passes over what it
 * can't set.
 */
const ENDED_BY_POSTGRES = [
  'idle_in_transaction_session_timeout=8s',
  'tcp_keepalives_idle=10',
  'tcp_keepalives_interval=5',
  'tcp_keepalives_count=3',
  'tcp_user_timeout=25s',
].map((setting) => `-c ${setting}`);

/** A statement that takes longer is ended: by then it waits for what others have locked. */
const STATEMENT_MS = 10_000;

/**
 * The address of a database, for connections that call this build's functions by their bare names:
 * its schema comes first in their search path, beside what the address sets already. A parameter of
 * the start of a connection costs no statement, and prepared statements keep their plans.
 */
function withFunctions(address: string): string {
  const url = new URL(address);
  const set = [
    url.searchParams.get('options'),
    `-c search_path=${ownSql().schema},public`,
    ...ENDED_BY_POSTGRES,
  ];
  url.searchParams.set('options', set.filter((part) => part !== null).join(' '));
  return url.href;
}

/**
 * One role's pool, under that role's own login: what the login may not read can't be read from
 * here.
 *
 * Statements are run in one way: a repository writes its own with Kysely's `sql` and executes it on
 * the executor that it is given. What a busy path runs alone goes through `run`, which has it
 * prepared; a session's own locks and what it listens to, through `hold`.
 */
export class Database {
  readonly sql: Executor;
  private readonly pool: pg.Pool;
  private readonly config: pg.ClientConfig;
  private readonly Client: typeof MortalClient;

  /**
   * `onTrouble` is called when a connection dies in the pool, and when one can't be opened. Without
   * a listener to the former Node would end the process.
   */
  constructor(url: Redacted<string>, name: string, onTrouble: OnTrouble, max = 10) {
    this.Client = makeClient(onTrouble);
    this.config = {
      connectionString: withFunctions(url.reveal()),
      application_name: `dingline-${name}`,
      connectionTimeoutMillis: 3_000,
      statement_timeout: STATEMENT_MS,
      keepAlive: true,
    };
    this.pool = new pg.Pool({
      ...this.config,
      max,
      idleTimeoutMillis: 30_000,
      Client: this.Client,
    });
    this.pool.on('error', (error) => onTrouble('lost', error));
    this.sql = new Kysely<object>({ dialect: new PostgresDialect({ pool: this.pool }) });
  }

  /**
   * Runs one statement: by itself prepared once on each connection, for what a busy path runs alone
   * (Kysely's template writes its text and has it parsed anew each time); in a transaction like any
   * other.
   */
  async run<R extends object>(
    statement: { name: string; text: string },
    values: readonly unknown[],
    trx?: Transaction,
  ): Promise<R[]> {
    if (trx !== undefined)
      return (await trx.executeQuery<R>(CompiledQuery.raw(statement.text, [...values]))).rows;
    return (await this.pool.query<R>({ ...statement, values: [...values] })).rows;
  }

  /** READ COMMITTED. What throws inside rolls everything back. */
  async transaction<T>(
    work: (trx: Transaction) => Promise<T>,
    { as, lockWaitMs }: TransactionOptions = {},
  ): Promise<T> {
    let opened: Transaction | undefined;
    const result = await this.sql.transaction().execute(async (open) => {
      const trx = open as Executor as Transaction;
      opened = trx;
      await as?.identify(trx);
      if (lockWaitMs !== undefined)
        await sql`SELECT set_config('lock_timeout', ${String(lockWaitMs)}, true)`.execute(trx);
      return work(trx);
    });
    if (opened !== undefined) committed(opened);
    return result;
  }

  /** Opens a connection outside the pool. `onLost` is called once if it dies before `end`. */
  async hold(onLost: () => void): Promise<HeldConnection> {
    return this.open(onLost, () => {});
  }

  /**
   * Opens one that listens: what is notified on these channels, names of ours and never of a
   * request's, goes to `onNotification`. @throws where it can't, and then there is none
   */
  async listen(
    channels: readonly string[],
    onNotification: (payload: string) => void,
    onLost: () => void,
  ): Promise<HeldConnection> {
    const held = await this.open(onLost, onNotification);
    try {
      for (const channel of channels) await held.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      await held.end();
      throw error;
    }
    return held;
  }

  private async open(
    onLost: () => void,
    onNotification: (payload: string) => void,
  ): Promise<HeldConnection> {
    const client = new this.Client(this.config);
    client.on('notification', ({ payload }) => onNotification(payload ?? ''));
    let isOver = false;
    const lost = (): void => {
      if (isOver) return;
      isOver = true;
      onLost();
    };
    client.on('error', lost);
    client.on('end', lost);
    await client.connect();
    return {
      query: async <R extends object>(text: string, values?: unknown[]) =>
        (await client.query<R>(text, values)).rows,
      end: async () => {
        isOver = true;
        await client.end().catch(() => {});
      },
    };
  }

  /**
   * @throws if it doesn't answer, or if a newer build has ended this one and dropped its functions
   */
  async ping(): Promise<void> {
    const { schema } = ownSql();
    const { rows } = await sql<{
      isThere: boolean;
    }>`SELECT to_regnamespace(${schema}) IS NOT NULL AS "isThere"`.execute(this.sql);
    if (rows[0]?.isThere !== true) throw new Error(`the schema ${schema} is gone`);
  }

  async close(): Promise<void> {
    await this.sql.destroy();
  }
}

/** What PostgreSQL says when it ends, starts, has no connection left, or has ended a transaction that stood still. */
const AWAY = /^(08...|57P0[1-5]|53300|25P03)$/;
/** What Node says of a connection that we opened. */
const CONNECTION_LOST = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/;
/** pg, and TLS, give no code of their own, or one that says less: a message, and a word for it. */
const AWAY_BY_MESSAGE: readonly (readonly [begin: string, word: string])[] = [
  ['Connection terminated', 'CONNECTION_TERMINATED'],
  ['timeout exceeded when trying to connect', 'NO_CONNECTION_IN_TIME'],
  ['Client has encountered a connection error', 'CONNECTION_BROKEN'],
  ['Client network socket disconnected', 'TLS_DISCONNECTED'],
];

interface ErrorFields {
  code?: unknown;
  message?: unknown;
  syscall?: unknown;
}

/**
 * An error is known by its fields: one of Node's own, made outside a vm context (as jest has one), is
 * no instance of our Error.
 */
const readFields = (error: unknown): ErrorFields =>
  typeof error === 'object' && error !== null ? error : {};

const findAway = (message: unknown): string | undefined =>
  AWAY_BY_MESSAGE.find(([begin]) => String(message).startsWith(begin))?.[1];

/** A word for the log, where an error has a message of pg's alone. */
export const nameAway = (error: Error): string | undefined => findAway(error.message);

/**
 * Is this error the database being away (worth trying again), and not a mistake of ours? A client
 * that hangs up while its body is read is an ECONNRESET, too; but no system call of ours has failed
 * then.
 */
export function isDatabaseAway(error: unknown): boolean {
  const { code, message, syscall } = readFields(error);
  return (
    AWAY.test(String(code)) ||
    (syscall !== undefined && CONNECTION_LOST.test(String(code))) ||
    findAway(message) !== undefined
  );
}

/** Did the database say this, or is it the database that can't be reached? */
export const isFromDatabase = (error: unknown): boolean =>
  error instanceof pg.DatabaseError || isDatabaseAway(error);

/** The database answers, and has no disk (53100) or memory (53200) left to do it. */
export const isDatabaseFull = (error: unknown): boolean =>
  /^53[12]00$/.test(String(readFields(error).code));

/** Did somebody else hold what this waited for, for too long? */
export const isLockBusy = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === '55P03';

/** Did this take too long, most likely since others were before it? It was rolled back, and may fare better now. */
export const isTooSlow = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === '57014';

/** Did the database itself refuse a statement, and so did none of it? */
export function isRolledBack(error: unknown): boolean {
  return error instanceof pg.DatabaseError && !isDatabaseAway(error);
}
