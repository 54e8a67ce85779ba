import { createClient } from '@redis/client';
import {
  type ConnectionOptions,
  createNodeRedisClient,
  createPostgresBackend,
  createRedisBackend,
  type IQueueBackend,
  type PostgresConnectionOptions,
  type QueueBaseOptions,
  withBackend,
} from 'bullmq';
import { MortalClient } from '../kernel/database.js';
import { findPlace, type Place } from '../kernel/place.js';
import type { Redacted } from '../kernel/redacted.js';

/**
 * A producer adds jobs, and must not wait for a queue that is away; a consumer takes them, and has
 * nothing else to do.
 */
type End = 'producer' | 'consumer';

/**
 * A lost connection is opened again so often, at every end: a code must not wait for a client that
 * waits for longer and longer.
 */
export const RECONNECT_MS = 250;

/**
 * Where the queue is, Redis or PostgreSQL by its address, and the role's connections to it.
 *
 * It is what Nest knows as a queue's `connection`, and hands on to the queue's workers; each end
 * then makes the connection that it needs. BullMQ leaves open what it was given open, so `close`
 * closes it, after queues and workers.
 */
export class QueueConnections {
  readonly isRedis: boolean;
  /** For the log. */
  readonly place: Place;
  private readonly clients = new Map<End, ReturnType<typeof openRedis>>();

  /** @param url redis://, rediss:// or postgres:// */
  constructor(private readonly url: Redacted<string>) {
    this.isRedis = url.reveal().startsWith('redis');
    this.place = findPlace('queue', url.reveal());
  }

  /**
   * One client for each end, shared by both queues; a worker duplicates it for the call that
   * blocks.
   */
  redis(end: End): ConnectionOptions {
    return createNodeRedisClient(this.client(end));
  }

  /** For what isn't a job. @throws at once while Redis is away */
  client(end: End = 'producer') {
    const client = this.clients.get(end) ?? openRedis(this.url, end);
    this.clients.set(end, client);
    return client;
  }

  /** BullMQ makes a pool of each and closes it. */
  postgres(end: End): PostgresConnectionOptions {
    return {
      connectionString: this.url.reveal(),
      migrate: true,
      max: end === 'producer' ? 5 : 10,
      Client: MortalClient,
    };
  }

  close(): void {
    for (const client of this.clients.values()) if (client.isOpen) client.destroy();
  }
}

/**
 * By node-redis, not by ioredis, which is BullMQ's default: adding a job takes 17 us of Node by it,
 * 28 by the other, and of all that outlived its request by two sweeps most was what ioredis had
 * sent. A start took 17 % less CPU by the change.
 */
function openRedis(url: Redacted<string>, end: End) {
  return createClient({
    url: url.reveal(),
    RESP: 2, // what BullMQ's scripts were written for
    // While Redis is away a producer fails at once: the row is committed, the sweeper adds the job
    // later.
    disableOfflineQueue: end === 'producer',
    // None: by default each command makes an AbortSignal for the time that it waits to be written.
    commandOptions: { timeout: 0 },
    socket: { reconnectStrategy: RECONNECT_MS },
  });
}

/**
 * BullMQ asks for a blocking connection for its workers only, so that is how the two ends are told
 * apart.
 */
function openBackend(
  name: string,
  options: QueueBaseOptions<QueueConnections>,
  how: { withBlockingConnection?: boolean } = {},
): IQueueBackend {
  const { connection: connections } = options;
  const end = how.withBlockingConnection ? 'consumer' : 'producer';
  return connections.isRedis
    ? createRedisBackend(name, { ...options, connection: connections.redis(end) }, how)
    : createPostgresBackend(name, { ...options, connection: connections.postgres(end) }, how);
}

/**
 * BullMQ's classes for either kind of queue. Bound to our own factory, rather than to one of
 * BullMQ's set for the whole process: the roles of a process may have queues of both kinds.
 */
export const { Queue, Worker } = withBackend(openBackend);
