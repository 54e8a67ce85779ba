import type { Underway } from './underway.js';

/** A timer's purpose. A test or the handsets' page can let it fire at once. */
export type TimerName =
  | 'ring'
  | 'gather'
  | 'speech'
  | 'pause'
  | 'time-limit'
  | 'detection'
  | 'network'
  | 'validity'
  | 'callback'
  | 'reply'
  | 'dial'
  | 'turn'
  | 'screener';

export interface Timer {
  readonly name: TimerName;
  readonly owner: string;
  cancel: () => void;
  fire: () => void;
}

/**
 * The network's only clock. All waiting goes through it, so that one factor scales it (0.01: a ring
 * of 60 s takes 0.6 s) and a test can end a wait at once.
 * Deadlines of HTTP are real time and stand elsewhere.
 */
export class Scheduler {
  private readonly pending = new Set<Timer>();
  /** Each of these requests waits for a timer that isn't there yet, to fire it at once. */
  private readonly fireRequests = new Set<{
    owner: string;
    names: readonly TimerName[];
    fired: (name: TimerName | undefined) => void;
  }>();
  private isClosed = false;

  /** A timer that is due at once counts as under way: no key, answer or step of a test ends it. */
  constructor(
    public timeScale: number,
    private readonly underway: Underway,
  ) {}

  /** Sets a timer. `owner` is the sid that the timer belongs to. */
  schedule(ms: number, owner: string, name: TimerName, act: () => void): Timer {
    const settle = (isDue: boolean): void => {
      if (!this.pending.delete(timer)) return;
      clearTimeout(handle);
      if (isDue) act();
      end?.();
    };
    const timer: Timer = { name, owner, cancel: () => settle(false), fire: () => settle(true) };
    this.pending.add(timer);
    const fireRequest = [...this.fireRequests].find(
      (request) => request.owner === owner && request.names.includes(name),
    );
    if (fireRequest !== undefined) {
      this.fireRequests.delete(fireRequest);
      fireRequest.fired(name);
    }
    const waitMs = fireRequest === undefined ? Math.min(ms * this.timeScale, 2_147_483_647) : 0;
    const end = waitMs < 1 ? this.underway.begin() : undefined;
    const handle = setTimeout(timer.fire, waitMs);
    if (this.isClosed) timer.cancel();
    return timer;
  }

  /**
   * Waits. An aborted wait rejects with the signal's reason. Even 0 ms lets everything else that is
   * due go first.
   */
  wait(ms: number, owner: string, name: TimerName, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const stop = (): void => {
        timer.cancel();
        reject(signal?.reason as Error);
      };
      const timer = this.schedule(ms, owner, name, () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      });
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  /**
   * Lets the first pending timer of the given names fire now. Answers undefined where there is
   * none.
   */
  private fire(owner: string, names: readonly TimerName[]): TimerName | undefined {
    for (const name of names) {
      const timer = [...this.pending].find(
        (pending) => pending.owner === owner && pending.name === name,
      );
      if (timer === undefined) continue;
      timer.fire();
      return name;
    }
    return undefined;
  }

  /**
   * Fires a timer of one of these names as soon as there is one. Resolves with undefined if its
   * owner ends before.
   */
  fireWhenPending(owner: string, names: readonly TimerName[]): Promise<TimerName | undefined> {
    const fired = this.fire(owner, names);
    if (fired !== undefined) return Promise.resolve(fired);
    return new Promise((resolve) => this.fireRequests.add({ owner, names, fired: resolve }));
  }

  /** Gives up the requests for timers of an owner that has ended. */
  dropOwner(owner: string): void {
    for (const request of this.fireRequests) {
      if (request.owner !== owner) continue;
      this.fireRequests.delete(request);
      request.fired(undefined);
    }
  }

  close(): void {
    this.isClosed = true;
    for (const timer of this.pending) timer.cancel();
  }
}
