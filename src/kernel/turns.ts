/** How many of one kind may go on at once, and how many more may wait for their turn. */
export interface TurnRule {
  atOnce: number;
  waiting: number;
}

export interface Turn {
  /** Settles when it is one's turn; rejects if it was ended before. */
  readonly begun: Promise<void>;
  /** Lets the next begin, or leaves the queue. Ending it twice is ending it once. */
  end(): void;
}

/** Ended before it had begun. */
export class TurnLost extends Error {}

interface Waiting {
  begin(): void;
}
interface Line {
  running: number;
  readonly waiting: Waiting[];
}

/**
 * Keeps those who share a key from taking all that there is: a few go on at once, more wait in the
 * order in which they came, and the rest is refused. Others don't notice.
 */
export class Turns {
  private readonly lines = new Map<string, Line>();

  constructor(private readonly rule: TurnRule) {}

  /** It returns nothing if too many wait already. */
  take(key: string): Turn | undefined {
    const line = this.lines.get(key) ?? { running: 0, waiting: [] };
    this.lines.set(key, line);
    if (line.running < this.rule.atOnce) {
      line.running += 1;
      return { begun: Promise.resolve(), end: once(() => this.handOn(key, line)) };
    }
    if (line.waiting.length >= this.rule.waiting) return undefined;
    return this.wait(key, line);
  }

  /** How many keys have somebody who goes on or waits. */
  get size(): number {
    return this.lines.size;
  }

  private wait(key: string, line: Line): Turn {
    let end = (): void => {};
    const begun = new Promise<void>((resolve, reject) => {
      const self: Waiting = {
        begin: () => {
          end = () => this.handOn(key, line);
          resolve();
        },
      };
      line.waiting.push(self);
      end = () => {
        line.waiting.splice(line.waiting.indexOf(self), 1);
        reject(new TurnLost());
      };
    });
    return { begun, end: once(() => end()) };
  }

  /** The turn is handed on, so that nobody who comes now gets ahead of those who wait. */
  private handOn(key: string, line: Line): void {
    const next = line.waiting.shift();
    if (next !== undefined) return next.begin();
    line.running -= 1;
    if (line.running === 0) this.lines.delete(key);
  }
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}
