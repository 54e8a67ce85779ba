import type { ServerResponse } from 'node:http';
import type { Me } from '../accounts/session.guard.js';
import { checkEntitlement, type Standing } from './entitlement.js';
import type { LiveEvent } from './events.js';
import { eventFrame, retryFrame } from './frames.js';
import { encodePosition, type Position } from './position.js';

export type EndReason = 'gone' | 'slow' | 'session_over' | 'removed' | 'too_many' | 'closing';

/**
 * One open stream. It is behind while it reads what it has missed from the database; then live, and
 * is given what the tail reads; stalled when its connection takes no more, and then nothing is kept
 * for it but where it is; ended.
 */
export class LiveReader {
  state: 'behind' | 'live' | 'stalled' | 'ended' = 'behind';
  /** It waits for its turn to read, or reads. */
  isInTurn = false;
  /** The tail had something for it while it was behind: its own read may be too old to show it. */
  hasMissed = false;
  /** When its connection stopped taking what was written to it. */
  stalledAt: Date | undefined;
  endReason: EndReason = 'gone';

  constructor(
    readonly me: Me,
    public position: Position,
    private readonly out: ServerResponse,
    private readonly onEnd: (reader: LiveReader) => void,
  ) {}

  /**
   * Sends the event if this person may know of it, and moves the reader on. It returns false if
   * nothing more may be sent now.
   */
  send(event: LiveEvent, position: Position, standing: Standing | undefined, now: Date): boolean {
    const entitlement = checkEntitlement(event, standing);
    if (entitlement === 'no') return true;
    this.position = position;
    const takesMore = this.write(eventFrame(event, encodePosition(position, now)), now);
    if (entitlement === 'last') this.end('removed', now);
    return takesMore && entitlement === 'yes';
  }

  /**
   * It returns false if the connection takes no more for now: the reader is then stalled, and the
   * frame itself is on its way.
   */
  write(frame: string, now: Date): boolean {
    if (this.out.write(frame)) return true;
    if (this.state !== 'ended') {
      this.state = 'stalled';
      this.stalledAt = now;
    }
    return false;
  }

  /** What is on its way still arrives. After `retryMs` the browser may come again. */
  end(reason: EndReason, now: Date, retryMs?: number): void {
    if (this.state !== 'ended') {
      this.state = 'ended';
      this.endReason = reason;
      this.stalledAt ??= now;
      this.out.end(retryMs === undefined ? undefined : retryFrame(retryMs));
    }
    this.onEnd(this);
  }

  /** Ends it without waiting for the connection to take what is on its way. */
  cut(reason: EndReason): void {
    if (this.state !== 'ended') {
      this.state = 'ended';
      this.endReason = reason;
    }
    this.out.destroy();
  }

  /** Bytes that wait in this process for the connection to take them. */
  get bufferedBytes(): number {
    return this.out.writableLength;
  }
}
