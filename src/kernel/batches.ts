export interface BatchOptions<I, A> {
  /** Does all of it or nothing; gives one answer for each, in their order. */
  run: (items: readonly I[]) => Promise<readonly A[]>;
  /**
   * Is an error of a batch perhaps that of one of its items? Then each is run by itself. Never true
   * of an error after which it may have been done.
   */
  mayComeFromOneItem?: (error: unknown) => boolean;
  /**
   * 20: two thirds of what a statement costs by itself is shared then, and the process has other
   * requests to see to while it runs. With 64, 50 who wait were now all at the database, now none:
   * a tenth fewer a second.
   */
  atMost?: number;
  /**
   * The next batch begins when the last is done; or beside it, up to so many, when it takes long:
   * it may wait for somebody else.
   */
  atOnce?: number;
  longMs?: number;
  /** What has not begun after so long is rejected: whoever asked is about to give up. */
  waitMs?: number;
}

interface Waiting<I, A> {
  item: I;
  since: number;
  resolve: (answer: A) => void;
  reject: (error: unknown) => void;
}

/**
 * The items of a batch that failed are run by themselves, so many at a time: others need the
 * connections, too.
 */
const SINGLES_AT_ONCE = 2;

/**
 * Many at once for what costs little more than one (a statement, a round trip): what comes while
 * earlier batches are under way goes together in the next. Nothing waits for company: one that
 * comes alone goes alone, with what came in the same turn.
 */
export class Batches<I, A> {
  private waiting: Waiting<I, A>[] = [];
  private underWay = 0;
  /** How many of the batches under way have not taken long yet. */
  private young = 0;
  private isWoken = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: BatchOptions<I, A>) {}

  /**
   * Resolves to the item's answer, or rejects with what `run` threw, or with ETIMEDOUT, as from any
   * connection that can't be had in time.
   */
  add(item: I): Promise<A> {
    return new Promise<A>((resolve, reject) => {
      this.waiting.push({ item, since: performance.now(), resolve, reject });
      this.wake();
    });
  }

  /** Begins after what else comes in this turn of the event loop. */
  private wake(): void {
    if (this.isWoken) return;
    this.isWoken = true;
    setImmediate(() => {
      this.isWoken = false;
      this.begin();
    });
  }

  private begin(): void {
    const { atOnce = 4, atMost = 20 } = this.options;
    while (this.waiting.length > 0 && this.underWay < atOnce && this.young === 0) {
      void this.runBatch(this.waiting.splice(0, atMost));
    }
    this.watch();
  }

  private async runBatch(batch: readonly Waiting<I, A>[]): Promise<void> {
    this.underWay += 1;
    this.young += 1;
    let isYoung = true;
    const age = (): void => {
      if (isYoung) this.young -= 1;
      isYoung = false;
      this.begin();
    };
    const timer = setTimeout(age, this.options.longMs ?? 50).unref();
    const settle = await this.run(batch);
    clearTimeout(timer);
    this.underWay -= 1;
    // The next is on its way before anybody gets an answer of this one: what they do with it, all
    // in one turn, would keep the database waiting for as long as it takes.
    age();
    setImmediate(settle);
  }

  /** Runs the batch, and returns what gives everybody their answer. */
  private async run(batch: readonly Waiting<I, A>[]): Promise<() => void> {
    try {
      const answers = await this.options.run(batch.map(({ item }) => item));
      if (answers.length !== batch.length)
        throw new Error(`a batch of ${batch.length} has ${answers.length} answers`);
      return () => batch.forEach(({ resolve }, i) => resolve(answers[i] as A));
    } catch (error) {
      if (batch.length === 1 || this.options.mayComeFromOneItem?.(error) !== true)
        return () => batch.forEach(({ reject }) => reject(error));
      const singles = [...batch];
      await Promise.all(
        Array.from({ length: SINGLES_AT_ONCE }, async () => {
          for (let one = singles.shift(); one !== undefined; one = singles.shift())
            (await this.run([one]))();
        }),
      );
      return () => {};
    }
  }

  /** Rejects the one that has waited longest when it has waited as long as it may. */
  private watch(): void {
    const { waitMs = 3_000 } = this.options;
    const [oldest] = this.waiting;
    if (oldest === undefined || this.timer !== undefined) return;
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        const now = performance.now();
        const inTime = this.waiting.findIndex(({ since }) => now - since < waitMs);
        for (const { reject } of this.waiting.splice(
          0,
          inTime === -1 ? this.waiting.length : inTime,
        ))
          reject(Object.assign(new Error('it did not begin in time'), { code: 'ETIMEDOUT' }));
        this.watch();
      },
      Math.max(1, waitMs - (performance.now() - oldest.since)),
    ).unref();
  }
}
