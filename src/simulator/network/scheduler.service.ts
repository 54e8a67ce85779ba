/** What a timer is for; a test or the handsets' page can let it fire at once. */
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
 * of 60 s takes 0.6 s) and a waiting one can be told that its time has come. Deadlines of HTTP are
 * real time and stand elsewhere.
 */
export class Scheduler {
  private readonly pending = new Set<Timer>();
  /** Those who want a timer over that isn't there yet. */
  private readonly fireRequests = new Set<{
    owner: string;
    names: readonly TimerName[];
    fired: (name: TimerName | undefined) => void;
  }>();
  private isClosed = false;

  constructor(public timeScale: number) {}

  /** `owner` is the sid that the timer belongs to. */
  schedule(ms: number, owner: string, name: TimerName, act: () => void): Timer {
    const settle = (isDue: boolean): void => {
      if (!this.pending.delete(timer)) return;
      clearTimeout(handle);
      if (isDue) act();
    };
    const timer: Timer = { name, owner, cancel: () => settle(false), fire: () => settle(true) };
    this.pending.add(timer);
    const hurried = [...this.fireRequests].find(
      (one) => one.owner === owner && one.names.includes(name),
    );
    if (hurried !== undefined) {
      this.fireRequests.delete(hurried);
      hurried.fired(name);
    }
    const handle = setTimeout(
      timer.fire,
      hurried === undefined ? Math.min(ms * this.timeScale, 2_147_483_647) : 0,
    );
    if (this.isClosed) timer.cancel();
    return timer;
  }

  /**
   * Waits; an aborted wait rejects with the signal's reason. Even 0 ms lets everything else that is
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

  /** Lets the first pending timer of the given names fire now; where there is none, undefined. */
  private fire(owner: string, names: readonly TimerName[]): TimerName | undefined {
    for (const name of names) {
      const timer = [...this.pending].find((one) => one.owner === owner && one.name === name);
      if (timer === undefined) continue;
      timer.fire();
      return name;
    }
    return undefined;
  }

  /**
   * As soon as there is a timer of one of these names, it fires at once; undefined if its owner
   * ends before.
   */
  fireWhenPending(owner: string, names: readonly TimerName[]): Promise<TimerName | undefined> {
    const fired = this.fire(owner, names);
    if (fired !== undefined) return Promise.resolve(fired);
    return new Promise((resolve) => this.fireRequests.add({ owner, names, fired: resolve }));
  }

  /** The owner has ended: nothing more will be timed for it. */
  dropOwner(owner: string): void {
    for (const one of this.fireRequests) {
      if (one.owner !== owner) continue;
      this.fireRequests.delete(one);
      one.fired(undefined);
    }
  }

  close(): void {
    this.isClosed = true;
    for (const timer of this.pending) timer.cancel();
  }
}
