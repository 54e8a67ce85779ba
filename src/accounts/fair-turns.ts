/** How many go on at once, and how many may wait: of one asker's, and of all together. */
export interface FairRule {
  atOnce: number;
  waitingEach: number;
  waitingInAll: number;
}

/**
 * A few things go on at once, and those that wait take turns by asker: whoever asks for many waits
 * behind themself, and everybody else behind no more than one of theirs.
 */
export class FairTurns {
  private running = 0;
  private waiting = 0;
  /** The first line is the one whose turn is next. */
  private readonly lines = new Map<string, (() => void)[]>();

  constructor(private readonly rule: FairRule) {}

  /** Resolves when it is one's turn, which `end` ends; or says who has too many that wait. */
  take(asker: string): Promise<void> | 'too many of theirs' | 'too many' {
    if (this.running < this.rule.atOnce) {
      this.running += 1;
      return Promise.resolve();
    }
    const line = this.lines.get(asker) ?? [];
    if (line.length >= this.rule.waitingEach) return 'too many of theirs';
    if (this.waiting >= this.rule.waitingInAll) return 'too many';
    this.lines.set(asker, line);
    this.waiting += 1;
    return new Promise((resolve) => line.push(resolve));
  }

  /** Hands the place on, so that nobody who comes now gets ahead of those who wait. */
  end(): void {
    const [first] = this.lines;
    if (first === undefined) {
      this.running -= 1;
      return;
    }
    const [asker, line] = first;
    this.lines.delete(asker);
    const begin = line.shift();
    if (line.length > 0) this.lines.set(asker, line); // behind all others
    this.waiting -= 1;
    begin?.();
  }
}
