/**
 * Loads what a process keeps in memory, again and again: whoever asks while a load runs waits for
 * that one, and it runs by itself although nobody asks.
 */
export class Refresher {
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly load: () => Promise<void>,
    private readonly everyMs: number,
  ) {}

  /** Fails as the load does. */
  refresh(): Promise<void> {
    this.running ??= this.load().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  /** From now on by itself; what fails then is tried again the next time. */
  start(): void {
    this.timer = setInterval(() => void this.refresh().catch(() => {}), this.everyMs).unref();
  }

  /** Not by itself any more. Waits for the load that runs. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running?.catch(() => {});
  }
}
