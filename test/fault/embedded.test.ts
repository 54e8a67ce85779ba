// Real: the whole product as `npm start` runs it (dist/main.js), its PostgreSQL and its simulator;
// processes are killed.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { startCommand } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { Program, endAll, processesNaming } from '../support/processes.js';
import { freePort } from '../support/servers.mjs';

const MAIN = path.join(__dirname, '../../dist/main.js');
const PROBES = path.join(__dirname, '../support/stack-of-probes.mjs');
const PORTS = [
  'API_PORT',
  'INGRESS_PORT',
  'WORKER_PORT',
  'SIMULATOR_PORT',
  'POSTGRES_PORT',
  'METRICS_PORT',
];
let home: string;
let dataDir: string;
let env: Record<string, string>;
const started: Program[] = [];
/** Whether the tests of a group use one folder and one start after another; the group ends them itself. */
let isHomeShared = false;
/**
 * A folder whose start was the first, kept for those tests that begin with a later one: to make a
 * database takes seconds.
 */
let madeBefore: string;
/** What that first start said, and how many processes it ran beside its own. */
let firstStart: { stdout: string; dataDir: string; children: number };
/** `cp` keeps whose the files are: root's PostgreSQL is `nobody`. */
const copy = (from: string, to: string): void => {
  execFileSync('cp', ['-a', from, to]);
};

async function listen(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

beforeAll(async () => {
  await newHome();
  const first = start();
  await up(first);
  firstStart = { stdout: first.stdout, dataDir, children: children().length };
  await owner('CREATE TABLE kept AS SELECT 7 AS seven');
  await ends(first, 'SIGTERM');
  madeBefore = home;
});
afterAll(() => {
  rmSync(madeBefore, { recursive: true, force: true });
});
beforeEach(async () => {
  if (!isHomeShared) await newHome();
});

async function newHome(): Promise<void> {
  home = mkdtempSync(path.join(tmpdir(), 'dingline-stack-'));
  chmodSync(home, 0o755);
  dataDir = path.join(home, 'data');
  env = { DATA_DIR: dataDir };
  for (const name of PORTS) env[name] = String(await freePort());
}
afterEach(async () => {
  if (!isHomeShared) await endHome();
});
async function endHome(): Promise<void> {
  for (const program of started.splice(0)) {
    program.kill('SIGKILL');
    await program.ended;
  }
  await endAll(home);
  rmSync(home, { recursive: true, force: true });
}

function start(file = MAIN): Program {
  const program = new Program(file, [], env);
  started.push(program);
  return program;
}
const up = (program: Program): Promise<unknown> => program.prints(/^running/m);
/**
 * All that this DATA_DIR's stack runs beside its main process: PostgreSQL and the simulator name it
 * on their command lines.
 */
const children = (): number[] => processesNaming(home);
const postgresPid = (): number =>
  Number(
    readFileSync(path.join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0],
  );
const simulatorPid = (): number => processesNaming(path.join(dataDir, 'keys'))[0] as number;

async function owner<T extends pg.QueryResultRow>(text: string): Promise<T[]> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: Number(env['POSTGRES_PORT']),
    user: 'dingline_owner',
    database: 'dingline',
    password: readFileSync(path.join(dataDir, 'keys/POSTGRES_PASSWORD'), 'utf8').trim(),
  });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}
async function ends(program: Program, signal: NodeJS.Signals): Promise<void> {
  program.kill(signal);
  expect(await program.ended).toBe(0);
  expect(children()).toEqual([]);
}

describe('a start', () => {
  it('from an empty folder says where keys and data are, and SIGTERM ends every process', async () => {
    expect(firstStart.stdout).toContain(`keys and data are both in ${firstStart.dataDir}`);
    expect(firstStart.children).toBeGreaterThan(1);

    // That it ended every process stands in beforeAll.
    copy(path.join(madeBefore, 'data'), dataDir);
    const second = start();
    await up(second);
    expect(await owner('SELECT seven FROM kept')).toEqual([{ seven: 7 }]);
    await ends(second, 'SIGINT');
  });

  it("gives each role a login of its own, and the queue's login no way to the main database", async () => {
    copy(path.join(madeBefore, 'data'), dataDir);
    const program = start();
    await up(program);
    const login = (user: string, key: string, database: string) => {
      const client = new pg.Client({
        host: '127.0.0.1',
        port: Number(env['POSTGRES_PORT']),
        user,
        database,
        password: readFileSync(path.join(dataDir, 'keys', key), 'utf8').trim(),
      });
      return client.connect().finally(() => client.end().catch(() => undefined));
    };
    for (const role of ['api', 'ingress', 'worker']) {
      await login(`dingline_${role}`, `${role.toUpperCase()}_DATABASE_PASSWORD`, 'dingline');
      for (const other of ['dingline_queue', 'postgres', 'template1'])
        await expect(
          login(`dingline_${role}`, `${role.toUpperCase()}_DATABASE_PASSWORD`, other),
        ).rejects.toMatchObject({ code: '42501' });
    }
    await login('dingline_queue', 'QUEUE_DATABASE_PASSWORD', 'dingline_queue');
    await expect(
      login('dingline_queue', 'QUEUE_DATABASE_PASSWORD', 'dingline'),
    ).rejects.toMatchObject({ code: '42501' });
    await ends(program, 'SIGTERM');
  });

  it('of a second one in the same folder is refused with one line, and the first goes on', async () => {
    copy(path.join(madeBefore, 'data'), dataDir);
    const first = start();
    await up(first);
    const otherPorts = { ...env };
    for (const name of Object.keys(otherPorts)) if (name.endsWith('_PORT')) otherPorts[name] = '0';
    const second = new Program(MAIN, [], otherPorts);
    started.push(second);
    expect(await second.ended).toBe(1);
    expect(second.stderr).toBe(
      `dingline: DATA_DIR: ${dataDir} is in use by another start (pid ${first.pid}); ` +
        'stop it, or set DATA_DIR to another folder\n',
    );
    expect(await owner('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await ends(first, 'SIGTERM');
  });

  it('with a port taken names it in one line and leaves nothing running, for each of the six', async () => {
    copy(path.join(madeBefore, 'data'), dataDir);
    for (const name of [
      'API_PORT',
      'INGRESS_PORT',
      'WORKER_PORT',
      'SIMULATOR_PORT',
      'POSTGRES_PORT',
      'METRICS_PORT',
    ]) {
      const taken = await listen(Number(env[name]));
      try {
        const program = start();
        expect(await program.ended).toBe(1);
        expect(program.stderr).toBe(
          `dingline: ${name}: port ${env[name]} is taken by another program; stop it, or set ${name} to a free port\n`,
        );
        expect(children()).toEqual([]);
      } finally {
        await new Promise((resolve) => {
          taken.close(resolve);
        });
      }
    }
  });

  it('with bad settings names each in a line of its own, and makes no folder', async () => {
    env['LOG_LEVEL'] = 'loud-canary';
    env['CODE_PEPPER'] = 'pepper-canary';
    const program = start();
    expect(await program.ended).toBe(1);
    expect(
      program.stderr
        .trim()
        .split('\n')
        .map((line) => line.split(' ').slice(0, 2).join(' ')),
    ).toEqual(['dingline: LOG_LEVEL', 'dingline: CODE_PEPPER']);
    expect(program.stderr).not.toContain('canary');
    expect(() => readFileSync(path.join(dataDir, 'version'))).toThrow('ENOENT');
  });

  it('of one role without its settings names them, and makes no folder', async () => {
    env['ROLES'] = 'worker';
    const program = start();
    expect(await program.ended).toBe(1);
    const named = program.stderr
      .trim()
      .split('\n')
      .map((line) => /^dingline: (\w+) is missing: /.exec(line)?.[1]);
    expect(named).toEqual(
      expect.arrayContaining([
        'WORKER_DATABASE_URL',
        'QUEUE_URL',
        'VAULT_PRIVATE_KEYS',
        'CARRIER_BASE_URL',
        'CARRIER_AUTH_TOKEN',
      ]),
    );
    expect(named).not.toContain('API_DATABASE_URL');
    expect(existsSync(dataDir)).toBe(false);
  });

  it('that is interrupted in the middle leaves nothing running', async () => {
    const program = start();
    await program.prints(/keys and data are both/);
    await ends(program, 'SIGINT');
  });
});

describe("an operator's command", () => {
  it("finds the database of the running start, and of one that doesn't run; without one it makes none", async () => {
    const dingline = (...words: string[]) => startCommand(words, env);
    expect(await dingline('stops')).toMatchObject({
      status: 1,
      err: expect.stringMatching(/^dingline: DATA_DIR: \S+ holds no database; .*\n$/) as unknown,
    });
    expect(existsSync(dataDir)).toBe(false);
    copy(path.join(madeBefore, 'data'), dataDir);
    const first = start();
    await up(first);
    expect(await dingline('stop', 'ding', 'voice', 'at', 'night')).toEqual({
      status: 0,
      out: 'ding voice: stopped; 0 hand-offs held\n',
      err: '',
    });
    await first.prints(/"stop_set"/);
    await ends(first, 'SIGTERM');
    expect((await dingline('stops')).out).toContain('(at night); 0 hand-offs held');
    expect((await dingline('resume', 'all', 'all')).status).toBe(0);
    expect(children()).toEqual([]);
  });
});

describe('a stop', () => {
  beforeEach(() => copy(path.join(madeBefore, 'data'), dataDir));

  it('drains the roles while database and simulator are still there', async () => {
    const program = start(PROBES);
    await up(program);
    await ends(program, 'SIGTERM');
    for (const role of ['api', 'ingress', 'worker'])
      expect(program.stdout).toMatch(
        new RegExp(
          `^${role} drained: dingline_${role} could still log in, the simulator still answered \\d+$`,
          'm',
        ),
      );
    expect(program.stdout.indexOf('ingress drained')).toBeGreaterThan(
      program.stdout.indexOf('worker drained'),
    );
  });

  it('ends PostgreSQL last', async () => {
    const program = start(PROBES);
    await up(program);
    const simulator = simulatorPid();
    const database = postgresPid();
    program.kill('SIGTERM');
    // From the simulator's end on, the database must still have been seen.
    const seen: string[] = [];
    while (program.child.exitCode === null) {
      const alive = children();
      seen.push(
        `${alive.includes(simulator) ? 'simulator ' : ''}${alive.includes(database) ? 'database' : ''}`,
      );
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    await program.ended;
    expect(seen).not.toContain('simulator ');
    expect(seen).toContain('simulator database');
  });

  it('takes a SIGINT that comes twice at once, as npm passes it on, for one', async () => {
    const program = start(PROBES);
    await up(program);
    program.kill('SIGINT');
    await program.prints(/^stopping/m);
    await ends(program, 'SIGINT');
    expect(program.stdout).toContain('ingress drained');
  });
});

describe('npm start in a script', () => {
  it('ends with npm, whose shell passes no signal on', async () => {
    copy(path.join(madeBefore, 'data'), dataDir);
    // The shell as npm makes it: one that waits for the stack, and is what a signal reaches.
    const shell = spawn('sh', ['-c', `"$0" "$1"; :`, process.execPath, PROBES], {
      env: { PATH: process.env['PATH'] ?? '', ...env, npm_lifecycle_event: 'start' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface(shell.stdout);
    const said: string[] = [];
    lines.on('line', (line) => {
      said.push(line);
      if (line === 'running') shell.kill('SIGTERM');
    });
    await once(lines, 'close'); // when the stack, too, has let go of it
    expect(said).toContain('stopping');
    expect(said.join('\n')).toContain('ingress drained');
    await eventually('nobody to be left', () => Promise.resolve(children().length === 0));
  });
});

describe('kill -9', () => {
  /** The start that recovers from one kill is the one that is killed next, in one folder. */
  let program: Program;
  let kills = 0;
  beforeAll(async () => {
    isHomeShared = true;
    await newHome();
    copy(path.join(madeBefore, 'data'), dataDir);
    program = start();
  });
  beforeEach(async () => {
    // Where a test failed, the next one begins with a start of its own.
    if (program.child.exitCode !== null || program.child.signalCode !== null) program = start();
    await up(program);
    kills += 1;
    await owner(`CREATE TABLE kept_${kills} AS SELECT 7 AS seven`);
  });
  afterAll(async () => {
    isHomeShared = false;
    await ends(program, 'SIGTERM').finally(endHome);
  });

  async function recovers(): Promise<void> {
    program = start();
    await up(program);
    expect(await owner(`SELECT seven FROM kept_${kills}`)).toEqual([{ seven: 7 }]);
  }

  it('of the main process: the simulator ends with it, and the next start recovers', async () => {
    program.kill('SIGKILL');
    await program.ended;
    await recovers();
  });

  it('of PostgreSQL: the stack ends with one line and status 1, and the next start recovers', async () => {
    process.kill(postgresPid(), 'SIGKILL');
    expect(await program.ended).toBe(1);
    expect(program.stderr.split('\n').filter((line) => line.startsWith('dingline: '))).toEqual([
      expect.stringContaining('the embedded PostgreSQL ended by itself'),
    ]);
    await recovers();
  });

  it('of the simulator: the stack ends with one line and status 1, and the next start recovers', async () => {
    process.kill(simulatorPid(), 'SIGKILL');
    expect(await program.ended).toBe(1);
    expect(program.stderr.split('\n').filter((line) => line.startsWith('dingline: '))).toEqual([
      expect.stringContaining('the simulator ended by itself'),
    ]);
    expect(children()).toEqual([]);
    await recovers();
  });

  it('of all at once: the next start recovers', async () => {
    for (const pid of [program.pid, ...children()]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Its parent took it along.
      }
    }
    await program.ended;
    await recovers();
  });
});
