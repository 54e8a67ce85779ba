import {
  cp,
  mkdtemp,
  rename,
  rm,
  chmod,
  readdir,
  writeFile,
  chown,
  appendFile,
  stat,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type EmbeddedPostgres, startPostgres } from '../../src/embedded/postgres.js';
import { eventually } from './eventually.js';
import { asLogin } from './postgres.js';

/**
 * A PostgreSQL server of a test's own, which it may have put back to a copy, or replaced by a standby, at the same
 * address. While it is there the world's databases are made in it.
 */
export class OwnPostgres {
  private readonly before = process.env['TEST_DATABASE_URL'];

  private constructor(
    private readonly folder: string,
    private server: EmbeddedPostgres,
    private readonly port: number,
  ) {}

  static async start(): Promise<OwnPostgres> {
    const folder = await mkdtemp(path.join(tmpdir(), 'dingline-own-postgres-'));
    await chmod(folder, 0o711); // root's PostgreSQL runs as another user
    const server = await launch(path.join(folder, 'data'), 0);
    const own = new OwnPostgres(folder, server, server.port);
    process.env['TEST_DATABASE_URL'] = server.ownerUrl('postgres');
    return own;
  }

  /** The folder of its data, as it is now: a copy that begins while everything runs. */
  async copy(): Promise<string> {
    const copy = path.join(this.server.place.dir, `copy-${String(Date.now())}`);
    const label = await asLogin(this.server.ownerUrl('postgres'), async (owner) => {
      await owner.query(`SELECT pg_backup_start('copy', true)`);
      await cp(this.cluster, copy, { recursive: true, preserveTimestamps: true, mode: 0 });
      const { rows } = await owner.query<{ labelfile: string }>(
        'SELECT labelfile FROM pg_backup_stop(false)',
      );
      return rows[0]?.labelfile ?? '';
    });
    // What was written while it was copied.
    await cp(path.join(this.cluster, 'pg_wal'), path.join(copy, 'pg_wal'), {
      recursive: true,
      force: true,
    });
    await rm(path.join(copy, 'postmaster.pid'), { force: true });
    await writeFile(path.join(copy, 'backup_label'), label);
    await this.give(copy);
    return copy;
  }

  /** The server dies, and comes back with what it knew when it was copied. */
  async putBack(copy: string): Promise<void> {
    await this.die();
    await this.replaceBy(copy);
  }

  /**
   * A standby that follows this server, begun from a copy: once it has all that this one knows, this one dies, and
   * it takes over, in its place.
   */
  async failOver(copy: string): Promise<void> {
    const { username, password, port } = new URL(this.server.ownerUrl('postgres'));
    const primary = `host=127.0.0.1 port=${port} user=${username} password=${password}`;
    await appendFile(path.join(copy, 'postgresql.auto.conf'), `primary_conninfo = '${primary}'\n`);
    await writeFile(path.join(copy, 'standby.signal'), '');
    await this.give(copy);
    const dataDir = path.join(this.folder, 'standby');
    await cp(path.join(this.folder, 'data', 'keys'), path.join(dataDir, 'keys'), {
      recursive: true,
    });
    const first = await launch(dataDir, 0); // makes the folder as it must be
    await first.stop();
    const cluster = path.join(first.place.dir, 'cluster');
    await rm(cluster, { recursive: true });
    await rename(copy, cluster);
    const standby = await launch(dataDir, 0);
    await asLogin(this.server.ownerUrl('postgres'), async (owner) => {
      const { rows } = await owner.query<{ lsn: string }>('SELECT pg_current_wal_lsn() AS lsn');
      await eventually('the standby knows what was committed by now', async () => {
        const replayed = await owner.query(
          'SELECT FROM pg_stat_replication WHERE replay_lsn >= $1::pg_lsn',
          [rows[0]?.lsn],
        );
        return replayed.rows.length > 0;
      });
    });
    await this.die();
    await asLogin(standby.ownerUrl('postgres'), (owner) => owner.query('SELECT pg_promote()'));
    await standby.stop();
    await this.replaceBy(cluster);
  }

  async stop(): Promise<void> {
    process.env['TEST_DATABASE_URL'] = this.before;
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private get cluster(): string {
    return path.join(this.server.place.dir, 'cluster');
  }

  private async die(): Promise<void> {
    this.server.abandon();
    await this.server.ended;
  }

  private async replaceBy(copy: string): Promise<void> {
    await rm(this.cluster, { recursive: true });
    await rename(copy, this.cluster);
    this.server = await launch(path.join(this.folder, 'data'), this.port);
  }

  /** To the user that runs the server. */
  private async give(folder: string): Promise<void> {
    const { uid, gid } = await stat(this.cluster);
    if (process.getuid?.() !== 0) return;
    for (const name of ['', ...(await readdir(folder, { recursive: true }))])
      await chown(path.join(folder, name), uid, gid);
    await chmod(folder, 0o700);
  }
}

const launch = (dataDir: string, port: number): Promise<EmbeddedPostgres> =>
  startPostgres({ dataDir, port, log: () => {}, isThrowaway: true });
