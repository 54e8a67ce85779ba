import { createPostgresBackend, withBackend } from 'bullmq';
import pg from 'pg';
import { MortalClient } from '../../src/kernel/database.js';
import { createQueue } from '../support/postgres.js';

// Real: PostgreSQL, and a pool as BullMQ makes one. Not here: BullMQ's own work (test/contract/queue).

test('a connection that dies in a transaction, between two statements, ends its transaction and not the process', async () => {
  const queue = await createQueue();
  const connectionString = queue.url.startsWith('redis') ? undefined : queue.url;
  if (connectionString === undefined) throw new Error('the queue of this folder is in PostgreSQL');
  const pool = new pg.Pool({ connectionString, Client: MortalClient });
  pool.on('error', () => {});
  const client = await pool.connect();
  await client.query('BEGIN');
  const { rows: [own] } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const ended = new Promise((resolve) => client.once('end', resolve));
  await pool.query('SELECT pg_terminate_backend($1)', [own?.pid]);
  await ended; // 'error' comes before it: with nobody to hear it this test would not get here
  await expect(client.query('SELECT 1')).rejects.toThrow();
  client.release(true);
  await pool.end();
  await queue.drop();
});

test('BullMQ\'s pool is made of such connections', async () => {
  const queue = await createQueue();
  const made = new Set<string>();
  class Counted extends MortalClient {
    constructor(config?: string | pg.ClientConfig) {
      super(config);
      made.add(this.constructor.name);
    }
  }
  const { Queue } = withBackend(createPostgresBackend);
  const jobs = new Queue('cut', { connection: { connectionString: queue.url, migrate: true, Client: Counted } });
  await jobs.waitUntilReady();
  expect([...made]).toEqual(['Counted']);
  await jobs.close();
  await queue.drop();
});
