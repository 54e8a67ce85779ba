/** Time is a parameter: rules and SQL get `now` from here, so that tests can move it. */
export abstract class Clock {
  abstract now(): Date;
}

export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }
}

/**
 * Waits in real time, and measures it. Where a deadline stands between us and somebody who waits, a
 * test says when it is over.
 */
export abstract class Timer {
  /**
   * Milliseconds from any beginning, and only forward: the time of day may be set anew at any
   * moment.
   */
  abstract readMs(): number;
  /** Ends early, and quietly, when `signal` aborts. */
  abstract wait(ms: number, signal: AbortSignal): Promise<void>;
}

export class SystemTimer extends Timer {
  readMs(): number {
    return performance.now();
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener(
        'abort',
        () => {
          clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    });
  }
}
