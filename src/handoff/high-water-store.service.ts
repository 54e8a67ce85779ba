import { readFile, rename, writeFile } from 'node:fs/promises';
import type { QueueConnections } from './connections.queue.js';

/** Where the mark is kept, outside the database: one text. */
export interface HighWaterStore {
  /** Undefined where there is none yet. @throws while it is away */
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
}

const KEY = 'dingline:high-water';

/** In the Redis of the queue, for all workers. */
export class HighWaterInRedis implements HighWaterStore {
  constructor(private readonly connections: QueueConnections) {}

  async read(): Promise<string | undefined> {
    return (await this.connections.client().get(KEY)) ?? undefined;
  }

  async write(text: string): Promise<void> {
    await this.connections.client().set(KEY, text);
  }
}

/** In a file, for the workers of one machine, where the queue goes back with the database. */
export class HighWaterInFile implements HighWaterStore {
  constructor(private readonly path: string) {}

  async read(): Promise<string | undefined> {
    return readFile(this.path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  }

  /** By another name first: a machine that loses its power leaves no half of it. */
  async write(text: string): Promise<void> {
    const partial = `${this.path}.${String(process.pid)}`;
    await writeFile(partial, `${text}\n`, { mode: 0o600 });
    await rename(partial, this.path);
  }
}

/** Nowhere: after a restore an operator says so (npm run recover). */
export class NoHighWater implements HighWaterStore {
  read(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  write(): Promise<void> {
    return Promise.resolve();
  }
}

/** In a file that is named, or else in the queue's Redis. */
export function highWaterStore(
  file: string | undefined,
  connections: QueueConnections,
): HighWaterStore {
  if (file !== undefined) return new HighWaterInFile(file);
  return connections.isRedis ? new HighWaterInRedis(connections) : new NoHighWater();
}
