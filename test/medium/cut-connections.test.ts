import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { MortalClient } from '../../src/kernel/database.js';
import { createQueue } from '../support/postgres.js';
import { openProducer, startWorkers } from '../support/queue.js';

// Real: PostgreSQL, a pool as BullMQ makes one, and the queue. Not here: what the queue is for (test/contract/queue).

test('a connection that dies in a transaction, between two statements, ends its transaction and not the process', async () => {
  const queue = await createQueue();
  const pool = new pg.Pool({ connectionString: queue.url, Client: MortalClient });
  pool.on('error', () => {});
  const client = await pool.connect();
  await client.query('BEGIN');
  const {
    rows: [own],
  } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const ended = new Promise((resolve) => client.once('end', resolve));
  await pool.query('SELECT pg_terminate_backend($1)', [own?.pid]);
  await ended; // 'error' comes before it: with nobody to hear it this test would not get here
  await expect(client.query('SELECT 1')).rejects.toThrow();
  client.release(true);
  await pool.end();
  await queue.drop();
});

test('the pools of our queue and of its workers are made of such connections', async () => {
  const store = await createQueue();
  const connecting = jest.spyOn(pg.Client.prototype, 'connect');
  try {
    const [producer, workers] = await Promise.all([
      openProducer(store.url),
      startWorkers(store.url, () => Promise.resolve(undefined)),
    ]);
    await producer.queue.add({ id: randomUUID(), channel: 'sms', purpose: 'verification' });
    const clients = connecting.mock.contexts as pg.Client[];
    const others = clients.filter((client) => !(client instanceof MortalClient));
    expect(clients.length - others.length).toBeGreaterThanOrEqual(4); // two queues, two workers
    // Beside its pool each worker has one that listens for jobs, and BullMQ listens to its errors at all times.
    expect(others.map((client) => client.listenerCount('error') > 0)).toEqual([true, true]);
    await workers.close();
    await producer.close();
  } finally {
    connecting.mockRestore();
    await store.drop();
  }
});
