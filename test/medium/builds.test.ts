import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { derivePublicKey } from '../../src/embedded/keys.js';
import { readBuildSql } from '../../src/kernel/build-sql.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { Database } from '../../src/kernel/database.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { TestNumberRows } from '../../src/plaintext/test-number-rows.service.js';
import { TestNumbers } from '../../src/plaintext/test-numbers.js';
import { Sealer } from '../../src/plaintext/vault/epoch.js';
import { NumbersRepository } from '../../src/plaintext/vault/numbers.repository.js';
import { app, type Client } from '../support/make.js';
import {
  createDatabase,
  createEmptyDatabase,
  createQueue,
  type TestDatabase,
} from '../support/postgres.js';
import { eventually } from '../support/eventually.js';
import { Program } from '../support/processes.js';
import { freePort } from '../support/servers.mjs';

// Real: PostgreSQL, and several builds on one database, each a copy of `dist` that runs as processes.

const ROOT = path.join(__dirname, '../..');
const MIGRATION_LOCK = 0x64696e67;
const NUMBER = '+12025550100';
const CODE = '424242';
const key = (): string => randomBytes(32).toString('base64url');
const vaultKey = randomBytes(32).toString('base64url');
const SETTINGS = {
  ROLES: 'api',
  METRICS_PORT: 'none',
  CARRIER_BASE_URL: 'http://127.0.0.1:9',
  VAULT_PUBLIC_KEY: derivePublicKey(vaultKey),
  LIMITER_KEY: key(),
  CODE_PEPPER: key(),
  PRESENTATION_KEY: key(),
  PRESENTATION_SIGNING_KEY: key(),
  IDEMPOTENCY_KEY: key(),
  TEST_NUMBERS: `${NUMBER}=${CODE}`,
};

let home: string;
let database: Pick<TestDatabase, 'ownerUrl' | 'drop'> & Partial<TestDatabase>;
let owner: pg.Client;
let programs: Program[];

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'dingline-builds-'));
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(home, 'node_modules'));
  cpSync(path.join(ROOT, 'package.json'), path.join(home, 'package.json'));
  programs = [];
});
afterEach(async () => {
  for (const program of programs) {
    program.kill('SIGKILL');
    await program.ended;
  }
  await owner.end();
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

async function use<T extends typeof database>(made: T): Promise<T> {
  database = made;
  owner = new pg.Client({ connectionString: made.ownerUrl });
  await owner.connect();
  return made;
}

type Changes = Record<string, string | ((text: string) => string)>;

/** A build of its own: a copy of `dist` in which some of the SQL files are other ones. */
function build(name: string, changes: Changes = {}): string {
  const folder = path.join(home, name);
  mkdirSync(folder);
  cpSync(path.join(ROOT, 'dist'), folder, { recursive: true });
  for (const [file, change] of Object.entries(changes)) {
    const at = path.join(folder, file);
    writeFileSync(at, typeof change === 'string' ? change : change(readFileSync(at, 'utf8')));
  }
  return folder;
}
const schemaOf = (folder: string): string => readBuildSql(pathToFileURL(`${folder}/`)).schema;
const schemas = async (): Promise<string[]> =>
  (
    await owner.query<{ name: string }>(
      `SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'fn\\_%' ORDER BY 1`,
    )
  ).rows.map(({ name }) => name);
const isInPublic = async (): Promise<boolean> =>
  ((
    await owner.query(
      `SELECT FROM pg_proc WHERE proname = 'start_verifications' AND pronamespace = 'public'::regnamespace`,
    )
  ).rowCount ?? 0) > 0;

function run(
  folder: string,
  file: string,
  env: Record<string, string>,
  ...words: string[]
): Program {
  const program = new Program(path.join(folder, file), words, env);
  programs.push(program);
  return program;
}
async function migrate(folder: string): Promise<{ status: unknown; out: string; err: string }> {
  const program = run(folder, 'cli/main.js', { DATABASE_URL: database.ownerUrl }, 'migrate');
  return { status: await program.ended, out: program.stdout, err: program.stderr };
}

interface Verification {
  id: string;
  state: string;
  isCorrect?: boolean;
  next: { checksLeft: number };
}

/** As a worker does when it starts. */
async function nameTestNumber(workerUrl: string): Promise<void> {
  const database = new Database(new Redacted(workerUrl), 'test', () => {});
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64url');
  const sealer = new Sealer(database, new SystemClock(), bytes(SETTINGS.VAULT_PUBLIC_KEY));
  const numbers = new TestNumbers(
    new Redacted([{ e164: NUMBER, code: CODE }]),
    new Redacted<Uint8Array>(bytes(SETTINGS.CODE_PEPPER)),
  );
  await new TestNumberRows(database, new NumbersRepository(), sealer, numbers).onModuleInit();
  await sealer.onModuleDestroy();
  await database.close();
}

/** A process of `api`, and what an app asks of it. */
class Api {
  private constructor(
    readonly program: Program,
    readonly url: string,
    private readonly client: Client,
  ) {}

  static async start(folder: string, queueUrl: string, client: Client): Promise<Api> {
    const port = await freePort();
    const program = run(folder, 'main.js', {
      ...SETTINGS,
      API_PORT: String(port),
      API_DATABASE_URL: database.apiUrl as string,
      QUEUE_URL: queueUrl,
    });
    await program.prints(/^running/m);
    return new Api(program, `http://127.0.0.1:${port}`, client);
  }

  async start(): Promise<Verification> {
    return this.post('/v1/verifications', { number: NUMBER });
  }
  async check({ id }: Verification, code: string): Promise<Verification> {
    return this.post(`/v1/verifications/${id}/check`, { code });
  }
  async isReady(): Promise<boolean> {
    return (await fetch(`${this.url}/readyz`)).status === 200;
  }

  private async post(route: string, body: object): Promise<Verification> {
    const answer = await fetch(`${this.url}${route}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.client.headers },
      body: JSON.stringify(body),
    });
    if (answer.status >= 300) throw new Error(`${answer.status}: ${await answer.text()}`);
    return answer.json() as Promise<Verification>;
  }
}
/** The newer build's functions say that one check less is left: one sees whose functions answer. */
const NEWER: Changes = {
  'kernel/migrations/9998-one-more.sql':
    'ALTER TABLE verifications ADD COLUMN one_more int NOT NULL DEFAULT 1;\n',
  'verification/verification.sql': (text) =>
    text.replace(`greatest(0, checks - v.attempts)`, `checks - v.attempts - 1`),
};

test('a build whose functions differ and that lacks the newest migration serves beside the newer one, until a migration ends it', async () => {
  const [{ apiUrl, workerUrl }, queue] = [await use(await createDatabase()), await createQueue()];
  try {
    const rows = async (text: string, values: unknown[] = []): Promise<object[]> =>
      (await owner.query<object>(text, values)).rows;
    const client = await app({ rows, clock: { now: () => new Date() } } as never, 'Shop');
    await nameTestNumber(workerUrl);
    const [older, newer] = [build('older'), build('newer', NEWER)];
    expect(await schemas()).toEqual([schemaOf(older)]); // the tests' own template is of the same functions
    const before = await Api.start(older, queue.url, client);
    expect(await migrate(newer)).toMatchObject({
      status: 0,
      out: expect.stringContaining('migrated 9998-one-more.sql') as unknown,
    });
    expect(await schemas()).toEqual([schemaOf(older), schemaOf(newer)].sort());
    const [after, again] = [
      await Api.start(newer, queue.url, client),
      await Api.start(older, queue.url, client),
    ];

    for (const [one, other] of [
      [before, after],
      [after, again],
    ] as const) {
      const started = await one.start();
      expect(await other.check(started, '111111')).toMatchObject({
        id: started.id,
        isCorrect: false,
        state: 'pending',
        next: { checksLeft: other === after ? 3 : 4 },
      });
      expect(await one.check(started, '222222')).toMatchObject({
        isCorrect: false,
        next: { checksLeft: one === after ? 2 : 3 },
      });
      expect(await other.check(started, CODE)).toMatchObject({
        isCorrect: true,
        state: 'approved',
      });
    }
    expect(await migrate(older)).toMatchObject({ status: 0, err: '' });
    expect([await before.isReady(), await after.isReady()]).toEqual([true, true]);

    const last = build('last', {
      ...NEWER,
      'kernel/migrations/9999-mended.sql': '-- Nobody may go on as before.\n-- ends older builds\n',
    });
    expect(schemaOf(last)).not.toBe(schemaOf(newer)); // though its functions are the same
    expect(await migrate(last)).toMatchObject({ status: 0 });
    expect(await schemas()).toEqual([schemaOf(last)]);
    expect([await before.isReady(), await after.isReady()]).toEqual([false, false]);
    expect(await migrate(newer)).toMatchObject({
      status: 1,
      err: expect.stringMatching(
        /^dingline: DATABASE_URL: .*newer Dingline \(9999-mended\.sql\).*start that version/,
      ) as unknown,
    });
    const refused = run(older, 'main.js', {
      ...SETTINGS,
      API_PORT: String(await freePort()),
      API_DATABASE_URL: apiUrl,
      QUEUE_URL: queue.url,
    });
    expect([await refused.ended, refused.stderr]).toEqual([
      1,
      expect.stringMatching(
        /^dingline: API_DATABASE_URL: .*run `npm run migrate` of this version.*start the newer one\n$/,
      ),
    ]);
  } finally {
    for (const program of programs) {
      program.kill('SIGKILL');
      await program.ended;
    }
    await queue.drop();
  }
});

test('the functions of the last two builds stay; those that a release before called in public go with it', async () => {
  await use(await createEmptyDatabase());
  const folder = path.join(ROOT, 'src/kernel/migrations');
  await owner.query(
    'CREATE TABLE migrations (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())',
  );
  for (const name of readdirSync(folder)
    .filter((file) => file < '0014')
    .sort()) {
    await owner.query(readFileSync(path.join(folder, name), 'utf8'));
    await owner.query('INSERT INTO migrations (name) VALUES ($1)', [name]);
  }
  const other = (text: string): string => `${text}\n-- another\n`;
  const [first, second, third] = [
    build('first'),
    build('second', { 'guard/guard.sql': other }),
    build('third', { 'kernel/limits.sql': other }),
  ];
  expect(await migrate(first)).toMatchObject({ status: 0 });
  expect([await isInPublic(), await schemas()]).toEqual([false, [schemaOf(first)]]);
  // What was applied before digests were kept is taken as it is.
  expect((await owner.query('SELECT FROM migrations WHERE digest IS NULL')).rowCount).toBe(0);
  expect(await migrate(second)).toMatchObject({ status: 0 });
  expect([await isInPublic(), await schemas()]).toEqual([
    false,
    [schemaOf(first), schemaOf(second)].sort(),
  ]);
  // Whoever goes back to the first keeps it when the third comes.
  expect(await migrate(first)).toMatchObject({ status: 0 });
  expect(await migrate(third)).toMatchObject({ status: 0 });
  expect(await schemas()).toEqual([schemaOf(first), schemaOf(third)].sort());
});

test('a migration that was edited after it was applied is refused, by its name', async () => {
  await use(await createDatabase());
  const edited = build('edited', {
    'kernel/migrations/0003-retention.sql': (text) =>
      text.replace('verifications_finished', 'verifications_done'),
  });
  expect(await migrate(edited)).toMatchObject({
    status: 1,
    err: expect.stringMatching(
      /^dingline: DATABASE_URL: .*another text of 0003-retention\.sql: .*put its text back, and write what is to change as a new migration\n$/,
    ) as unknown,
  });
  const turned = build('turned', {
    'kernel/migrations/0003-retention.sql': (text) => text.replaceAll('\n', '\r\n'),
  });
  expect(await migrate(turned)).toMatchObject({ status: 0 });
});

test('two that migrate at the same moment do it once', async () => {
  await use(await createEmptyDatabase());
  const folder = build('one');
  await owner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
  const both = [migrate(folder), migrate(folder)];
  await eventually(
    'both wait',
    async () =>
      (
        await owner.query(
          `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = $1`,
          [MIGRATION_LOCK],
        )
      ).rowCount === 2,
  );
  await owner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  const done = await Promise.all(both);
  expect(done.map(({ status, err }) => [status, err])).toEqual([
    [0, ''],
    [0, ''],
  ]);
  expect(done.filter(({ out }) => out.includes('migrated 0001-first-ring.sql'))).toHaveLength(1);
  expect([await isInPublic(), await schemas()]).toEqual([false, [schemaOf(folder)]]);
  const text = readFileSync(path.join(folder, 'kernel/migrations/0001-first-ring.sql'), 'utf8');
  expect((await owner.query('SELECT digest FROM migrations ORDER BY name LIMIT 1')).rows).toEqual([
    { digest: createHash('sha256').update(`${text}\0`).digest('hex') },
  ]);
});

test("the functions are for the three logins, and one that runs by its owner's rights has a search path for good", async () => {
  await use(await createDatabase());
  const {
    rows: [found],
  } = await owner.query<{ schema: string }>(`SELECT name AS schema FROM function_schemas`);
  const { schema } = found ?? { schema: '' };
  const may = async (login: string, what: string) =>
    (
      await owner.query<{ usage: boolean; all: boolean }>(
        `
    SELECT
      has_schema_privilege($1, $2, $3) AS usage,
      bool_and(has_function_privilege($1, oid, 'EXECUTE')) AS all
    FROM pg_proc
    WHERE pronamespace = $2::regnamespace AND NOT prosecdef
        `,
        [login, schema, what],
      )
    ).rows[0];
  for (const login of ['dingline_api', 'dingline_ingress', 'dingline_worker']) {
    expect([login, await may(login, 'USAGE'), (await may(login, 'CREATE'))?.usage]).toEqual([
      login,
      { usage: true, all: true },
      false,
    ]);
  }
  const { rows: open } = await owner.query(
    `
    SELECT oid::regprocedure::text
    FROM pg_proc p
    WHERE pronamespace = $1::regnamespace
      AND (
        proacl IS NULL
        OR EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0)
        OR (
          prosecdef
          AND NOT EXISTS (
            SELECT
            FROM unnest(proconfig) c
            WHERE c LIKE 'search_path=' || $1 || ', %'
          )
        )
      )
    `,
    [schema],
  );
  expect(open).toEqual([]);
});
