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

  /** It loads by itself from now on; a load that fails is tried again the next time. */
  start(): void {
    this.timer = setInterval(() => void this.refresh().catch(() => {}), this.everyMs).unref();
  }

  /** It loads by itself no more, and waits for the load that runs. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running?.catch(() => {});
  }
}
