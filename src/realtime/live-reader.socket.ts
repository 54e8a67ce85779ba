import type { ServerResponse } from 'node:http';
import type { Me } from '../accounts/session.guard.js';
import { retryFrame } from './frames.js';
import type { Position } from './position.js';

export type WhyEnded = 'gone' | 'slow' | 'session_over' | 'removed' | 'too_many' | 'closing';

/**
 * One open stream. It is behind while it reads what it has missed from the database; then live, and is given what the
 * tail reads; stalled when its connection takes no more, and then nothing is kept for it but where it is; ended.
 */
export class LiveReader {
  state: 'behind' | 'live' | 'stalled' | 'ended' = 'behind';
  /** Waits for its turn to read, or reads. */
  isInTurn = false;
  /** The tail had something for it while it was behind: what it is reading may be too old to show that. */
  hasMissed = false;
  /** Since when its connection has not taken what was written to it. */
  stalledAt: Date | undefined;
  why: WhyEnded = 'gone';

  constructor(
    readonly me: Me,
    public position: Position,
    private readonly out: ServerResponse,
  ) {}

  /** False: the connection takes no more for now, and the reader is stalled. The frame itself is on its way. */
  write(frame: string, now: Date): boolean {
    if (this.out.write(frame)) return true;
    if (this.state !== 'ended') {
      this.state = 'stalled';
      this.stalledAt = now;
    }
    return false;
  }

  /** What is on its way still arrives. `retryMs`: when its browser may come again. */
  end(why: WhyEnded, now: Date, retryMs?: number): void {
    if (this.state === 'ended') return;
    [this.state, this.why] = ['ended', why];
    this.stalledAt ??= now;
    this.out.end(retryMs === undefined ? undefined : retryFrame(retryMs));
  }

  cut(why: WhyEnded): void {
    if (this.state !== 'ended') [this.state, this.why] = ['ended', why];
    this.out.destroy();
  }

  /** Bytes that wait in this process for the connection to take them. */
  get bufferedBytes(): number {
    return this.out.writableLength;
  }
}
