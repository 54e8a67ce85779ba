/** What a batch gives for each of its items: an answer, or that it shares something with an earlier one and is to come again. */
export const LATER = Symbol('later');

export interface BatchOptions<I, A> {
  /** Does all of it or nothing; gives one answer for each, in their order. */
  run: (items: readonly I[]) => Promise<readonly (A | typeof LATER)[]>;
  /** What an item has to itself while it is run: of those under way no two share one. */
  keysOf?: (item: I) => readonly string[];
  /** Is an error of a batch perhaps that of one of its items? Then each is run by itself. Never true of an error after which it may have been done. */
  isOfOne?: (error: unknown) => boolean;
  atMost?: number;
  atOnce?: number;
}

interface Waiting<I, A> {
  item: I;
  keys: readonly string[];
  resolve: (answer: A) => void;
  reject: (error: unknown) => void;
}

/**
 * Many at once for what costs little more than one (a statement, a round trip): what comes while earlier batches are under
 * way goes together in the next. Nothing waits for company: one that comes alone goes alone, with what came in the same turn.
 */
export class Batches<I, A> {
  private waiting: Waiting<I, A>[] = [];
  private readonly held = new Set<string>();
  private underWay = 0;
  private isWoken = false;

  constructor(private readonly options: BatchOptions<I, A>) {}

  add(item: I): Promise<A> {
    return new Promise<A>((resolve, reject) => {
      this.waiting.push({ item, keys: this.options.keysOf?.(item) ?? [], resolve, reject });
      this.wake();
    });
  }

  /** After what else came in this turn of the event loop. */
  private wake(): void {
    if (this.isWoken) return;
    this.isWoken = true;
    setImmediate(() => {
      this.isWoken = false;
      while (this.waiting.length > 0 && this.underWay < (this.options.atOnce ?? 1)) {
        const batch = this.take();
        if (batch.length === 0) return; // each waits for one that is under way
        void this.go(batch);
      }
    });
  }

  /** In the order in which they came: one that must wait keeps its keys from those behind it. */
  private take(): Waiting<I, A>[] {
    const [batch, rest]: [Waiting<I, A>[], Waiting<I, A>[]] = [[], []];
    const kept = new Set<string>();
    for (const one of this.waiting) {
      if (batch.length < (this.options.atMost ?? 64) && !one.keys.some((key) => this.held.has(key) || kept.has(key))) {
        for (const key of one.keys) this.held.add(key);
        batch.push(one);
      } else {
        for (const key of one.keys) kept.add(key);
        rest.push(one);
      }
    }
    this.waiting = rest;
    return batch;
  }

  private async go(batch: readonly Waiting<I, A>[]): Promise<void> {
    this.underWay += 1;
    const later = await this.settle(batch);
    for (const { keys } of batch) for (const key of keys) this.held.delete(key);
    this.underWay -= 1;
    if (later.length > 0) this.waiting = [...later, ...this.waiting];
    if (this.waiting.length > 0) this.wake();
  }

  private async settle(batch: readonly Waiting<I, A>[]): Promise<Waiting<I, A>[]> {
    try {
      const answers = await this.options.run(batch.map(({ item }) => item));
      if (answers.length !== batch.length) throw new Error(`a batch of ${batch.length} has ${answers.length} answers`);
      return batch.filter(({ resolve }, i) => {
        const answer = answers[i] as A | typeof LATER;
        if (answer === LATER) return true;
        resolve(answer);
        return false;
      });
    } catch (error) {
      if (batch.length > 1 && this.options.isOfOne?.(error) === true) {
        return (await Promise.all(batch.map((one) => this.settle([one])))).flat();
      }
      for (const { reject } of batch) reject(error);
      return [];
    }
  }
}
