import { setImmediate as nextTurn } from 'node:timers/promises';

/** Counts what goes on without anybody's doing, so that one can wait until it is over. */
export class Underway {
  private count = 0;
  private readonly waiting: (() => void)[] = [];

  /** Something has begun. Answers what to call when it has ended; a second call does nothing. */
  begin(): () => void {
    let hasEnded = false;
    this.count++;
    return () => {
      if (hasEnded) return;
      hasEnded = true;
      this.count--;
      if (this.count === 0) for (const resume of this.waiting.splice(0)) resume();
    };
  }

  /**
   * Resolves when nothing goes on. What has just ended gets one turn of the event loop to begin what
   * follows it.
   */
  async waitUntilNone(): Promise<void> {
    await nextTurn();
    while (this.count > 0) {
      await new Promise<void>((resume) => this.waiting.push(resume));
      await nextTurn();
    }
  }
}
