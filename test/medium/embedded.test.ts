// Real: PostgreSQL from npm in folders of its own, started by processes that are killed; the file system.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { Program, endAll } from '../support/processes.js';

const isRoot = process.getuid?.() === 0;
const PARENT = path.join(__dirname, '../support/embedded-postgres.mjs');
let home: string;
let dataDir: string;
const started: Program[] = [];

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'dingline-embedded-'));
  chmodSync(home, 0o755);
  dataDir = path.join(home, 'data');
});
afterEach(async () => {
  for (const program of started.splice(0)) {
    program.kill('SIGKILL');
    await program.ended;
  }
  const pointer = path.join(dataDir, 'postgres.path');
  const elsewhere = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : undefined;
  for (const place of [home, elsewhere]) {
    if (place === undefined) continue;
    await endAll(place);
    rmSync(place, { recursive: true, force: true });
  }
});

function start(port = 0): Program {
  const program = new Program(PARENT, [dataDir, String(port)], {});
  started.push(program);
  return program;
}
interface Server {
  url: string;
  pid: number;
  cluster: string;
}
async function up(program: Program): Promise<Server> {
  return JSON.parse((await program.prints(/^\{.*\}$/m))[0]) as Server;
}
async function query<T extends pg.QueryResultRow>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}
async function stop(program: Program): Promise<void> {
  program.kill('SIGTERM');
  expect(await program.ended).toBe(0);
}
async function refusal(program: Program): Promise<string> {
  expect(await program.ended).toBe(1);
  const lines = program.stderr.trim().split('\n');
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

describe('the embedded PostgreSQL', () => {
  it('starts from an empty folder, keeps what was committed, and lets nobody in without the password', async () => {
    const first = start();
    const { url, cluster } = await up(first);
    const settings = Object.fromEntries(
      (
        await query<{ name: string; setting: string }>(
          url,
          `
            SELECT name, setting
            FROM pg_settings
            WHERE name IN (
              'fsync', 'synchronous_commit', 'full_page_writes', 'password_encryption',
              'listen_addresses', 'unix_socket_directories', 'server_encoding'
            )
          `,
        )
      ).map(({ name, setting }) => [name, setting]),
    );
    expect(settings).toEqual({
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      password_encryption: 'scram-sha-256',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      server_encoding: 'UTF8',
    });
    const wrong = new URL(url);
    wrong.password = 'guessed';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(cluster).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(dataDir, 'keys')).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(dataDir, 'keys', 'POSTGRES_PASSWORD')).mode & 0o777).toBe(0o600);
    await query(url, 'CREATE TABLE kept AS SELECT 7 AS seven');
    await stop(first);

    const second = start();
    expect(await query((await up(second)).url, 'SELECT seven FROM kept')).toEqual([{ seven: 7 }]);
    await stop(second);
  });

  it('outlives a parent that is killed, and the next start stops it and has its data', async () => {
    const first = start();
    const left = await up(first);
    await query(left.url, 'CREATE TABLE kept AS SELECT 7 AS seven');
    first.kill('SIGKILL');
    await first.ended;
    expect(await query(left.url, 'SELECT seven FROM kept')).toEqual([{ seven: 7 }]);

    const second = start();
    const server = await up(second);
    expect(second.stdout).toContain(
      `stopping the PostgreSQL (pid ${left.pid}) that an earlier run left behind`,
    );
    await expect(query(left.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await query(server.url, 'SELECT seven FROM kept')).toEqual([{ seven: 7 }]);
    await stop(second);
  });

  it('recovers after its own kill -9', async () => {
    const first = start();
    const server = await up(first);
    await query(server.url, 'CREATE TABLE kept AS SELECT 7 AS seven');
    process.kill(server.pid, 'SIGKILL');
    first.kill('SIGKILL');
    await first.ended;
    const second = start();
    expect(await query((await up(second)).url, 'SELECT seven FROM kept')).toEqual([{ seven: 7 }]);
    await stop(second);
  });

  it('leaves a program alone that has got the pid of a dead server', async () => {
    const first = start();
    const server = await up(first);
    const pidFile = path.join(server.cluster, 'postmaster.pid');
    const text = readFileSync(pidFile, 'utf8');
    await stop(first);
    // As the same user that PostgreSQL runs as: that is the case in which PostgreSQL alone would refuse to start.
    const owner = statSync(server.cluster);
    const other = spawn('sleep', ['60'], { uid: owner.uid, gid: owner.gid, stdio: 'ignore' });
    try {
      writeFileSync(pidFile, text.replace(/^\d+/, String(other.pid)), { mode: 0o600 });
      if (isRoot) execFileSync('chown', [`${owner.uid}:${owner.gid}`, pidFile]);
      const second = start();
      await up(second);
      expect(other.exitCode).toBeNull();
      expect(other.signalCode).toBeNull();
      await stop(second);
    } finally {
      other.kill('SIGKILL');
    }
  });

  it('names POSTGRES_PORT when the port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => {
      taken.listen(0, '127.0.0.1', resolve);
    });
    const { port } = taken.address() as { port: number };
    try {
      expect(await refusal(start(port))).toBe(
        `dingline: POSTGRES_PORT: port ${port} is taken by another program; ` +
          'stop it, or set POSTGRES_PORT to a free port',
      );
    } finally {
      taken.close();
    }
  });

  it('names DATA_DIR when its files are of another PostgreSQL', async () => {
    const first = start();
    const { cluster } = await up(first);
    await stop(first);
    writeFileSync(path.join(cluster, 'PG_VERSION'), '99\n');
    expect(await refusal(start())).toMatch(/^dingline: DATA_DIR: .* was made by PostgreSQL 99/);
  });

  it('names DATA_DIR when it is a file', async () => {
    writeFileSync(dataDir, '');
    expect(await refusal(start())).toMatch(/^dingline: DATA_DIR: .* can't be written/);
  });

  it('begins anew after a kill in the middle of making the cluster', async () => {
    const first = start();
    const { cluster } = await up(first);
    await stop(first);
    rmSync(cluster, { recursive: true });
    mkdirSync(`${cluster}.partial`);
    writeFileSync(path.join(`${cluster}.partial`, 'half'), '');
    const second = start();
    expect(await query((await up(second)).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(existsSync(`${cluster}.partial`)).toBe(false);
    await stop(second);
  });

  const mayMount =
    isRoot &&
    spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0;
  (mayMount ? it : it.skip)(
    'names DATA_DIR when the disk is full (needs root, to mount a small one)',
    async () => {
      mkdirSync(dataDir);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m,mode=755', 'tmpfs', dataDir]);
      try {
        expect(await refusal(start())).toMatch(
          /^dingline: DATA_DIR: the disk of .* is full; free some space, or set DATA_DIR/,
        );
      } finally {
        execFileSync('umount', [dataDir]);
      }
    },
  );

  (isRoot ? it : it.skip)(
    "goes where `nobody` can enter when root's folder lets no one in, and comes back there",
    async () => {
      chmodSync(home, 0o700);
      const first = start();
      const server = await up(first);
      expect(server.cluster.startsWith(home)).toBe(false);
      expect(statSync(server.cluster).mode & 0o777).toBe(0o700);
      // In the folder itself root owns all but the cluster: `nobody` can't put anything in root's way.
      expect(statSync(path.dirname(server.cluster))).toMatchObject({ uid: 0 });
      await query(server.url, 'CREATE TABLE kept AS SELECT 7 AS seven');
      await stop(first);
      const second = start();
      expect(await query((await up(second)).url, 'SELECT seven FROM kept')).toEqual([{ seven: 7 }]);
      await stop(second);

      rmSync(path.dirname(server.cluster), { recursive: true });
      expect(await refusal(start())).toMatch(
        /^dingline: DATA_DIR: the database that .* points to is gone/,
      );
    },
  );
});
