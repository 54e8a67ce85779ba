import type { LiveReader } from './live-reader.socket.js';

/** The open streams of this process, by account, the oldest of each account first. */
export class LiveReaders {
  private readonly byAccount = new Map<string, Set<LiveReader>>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  has(accountId: string): boolean {
    return this.byAccount.has(accountId);
  }

  /** A copy, so that readers may end while one goes through it. */
  list(accountId: string): LiveReader[] {
    return [...(this.byAccount.get(accountId) ?? [])];
  }

  *all(): Generator<LiveReader> {
    for (const readers of [...this.byAccount.values()]) yield* [...readers];
  }

  add(reader: LiveReader): void {
    const { accountId } = reader.me;
    const readers = this.byAccount.get(accountId) ?? new Set();
    this.byAccount.set(accountId, readers.add(reader));
    this.count += 1;
  }

  /** Does nothing for a reader that was removed before. */
  remove(reader: LiveReader): void {
    const { accountId } = reader.me;
    const readers = this.byAccount.get(accountId);
    if (!readers?.delete(reader)) return;
    this.count -= 1;
    if (readers.size === 0) this.byAccount.delete(accountId);
  }
}
