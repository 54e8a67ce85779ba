/**
 * Does something again and again, and rests the longer the longer it took, so that what grows with
 * the load takes no more than its share of the database. A run that fails is reported, and is not
 * the last.
 */
export class PacedLoop {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isClosed = false;

  /** It rests `rest` times as long as the work took, and `everyMs` at least. */
  constructor(
    private readonly work: () => Promise<void>,
    private readonly report: (error: unknown) => void,
    private readonly pace: { everyMs: number; rest: number },
  ) {}

  start(afterMs = this.pace.everyMs): void {
    if (this.isClosed) return;
    this.timer = setTimeout(() => {
      const since = performance.now();
      const { everyMs, rest } = this.pace;
      this.running = this.work()
        .catch(this.report)
        .finally(() => this.start(Math.max(everyMs, rest * (performance.now() - since))));
    }, afterMs).unref();
  }

  /** It begins no more, and waits for the work in hand. */
  async stop(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.running;
  }
}
