export type Seen = {
  seq: number;
  at: string;
  type: string;
  number?: string;
  callSid?: string;
} & Record<string, unknown>;

/** See src/simulator/network/trouble.ts for what each kind takes. */
export type TroubleOrder = { kind: string; number?: string; times?: number } & Record<
  string,
  unknown
>;

export interface JournalOptions {
  url: string;
  controlToken: string;
  /** An expectation waits this long; 10 s where nothing is said. */
  deadlineMs?: number;
}

const DEADLINE_MS = 10_000;

/**
 * Follows the network's journal and speaks to its control API.
 * Each expectation waits for its entry instead of sleeping, and fails with what was seen instead.
 */
export class NetworkJournal {
  readonly entries: Seen[] = [];
  private readonly consumed = new Set<number>();
  private readonly waiting = new Set<() => void>();
  private readonly reading = new AbortController();
  private failure: Error | undefined;
  private readonly deadlineMs: number;
  /** The journal up to here has been read. */
  private upTo = 0;

  private constructor(private readonly options: JournalOptions) {
    this.deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  }

  /** Follows the journal from now on; what happened before is left out. */
  static async connect(options: JournalOptions): Promise<NetworkJournal> {
    const journal = new NetworkJournal(options);
    const { seq } = await journal.control<{ seq: number }>('GET', '/handsets');
    journal.upTo = seq;
    await journal.listen(seq);
    return journal;
  }

  close(): void {
    this.reading.abort();
  }

  async addTrouble(order: TroubleOrder): Promise<{ clear: () => Promise<void> }> {
    const { id } = await this.control<{ id: number }>('POST', '/troubles', order);
    return { clear: async () => void (await this.control('DELETE', `/troubles/${String(id)}`)) };
  }

  /** Answers all that one phone saw since `connect`. */
  listSeenBy(number: string): Seen[] {
    return this.entries.filter((entry) => entry.number === number);
  }

  /**
   * Fails on a message or a ring that nobody expected.
   * It also fails on those that the network knows and that haven't arrived here yet.
   */
  async expectNothingMore(): Promise<void> {
    const { seq } = await this.control<{ seq: number }>('GET', '/handsets');
    await this.until(
      () => this.upTo >= seq || undefined,
      () => `the network's journal up to ${String(seq)}`,
      () => this.entries.slice(-10),
    );
    const unexpected = this.entries.filter(
      (entry) => (entry.type === 'sms' || entry.type === 'ring') && !this.consumed.has(entry.seq),
    );
    if (unexpected.length > 0) throw new Error(`nobody expected:\n${describeEntries(unexpected)}`);
  }

  /** Waits for an entry that no expectation has taken yet, and takes it. */
  async take(what: string, fits: (entry: Seen) => boolean, shown: () => Seen[]): Promise<Seen> {
    const entry = await this.until(
      () => this.entries.find((one) => !this.consumed.has(one.seq) && fits(one)),
      () => what,
      shown,
    );
    this.consumed.add(entry.seq);
    return entry;
  }

  /** Waits until `find` finds something; `what` and `shown` are for the message of a failure. */
  async until<T>(find: () => T | undefined, what: () => string, shown: () => Seen[]): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        act();
      };
      const look = (): void => {
        const found = find();
        if (found !== undefined) settle(() => resolve(found));
        else if (this.failure !== undefined)
          settle(() => reject(this.failure ?? new Error('the stream has ended')));
      };
      const timer = setTimeout(
        () =>
          settle(() => {
            reject(
              new Error(
                `expected ${what()} within ${String(this.deadlineMs)} ms, but saw ${describeEntries(shown())}`,
              ),
            );
          }),
        this.deadlineMs,
      );
      this.waiting.add(look);
      look();
    });
  }

  async control<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await fetch(`${this.options.url}/control${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.options.controlToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${String(answer.status)} ${text}`);
    return JSON.parse(text) as T;
  }

  private async listen(since: number): Promise<void> {
    const answer = await fetch(`${this.options.url}/control/events?since=${String(since)}`, {
      headers: { authorization: `Bearer ${this.options.controlToken}` },
      signal: this.reading.signal,
    });
    if (!answer.ok || answer.body === null)
      throw new Error(`the simulator's events can't be read: ${String(answer.status)}`);
    void this.read(answer.body).catch((error: unknown) => {
      if (this.reading.signal.aborted) return;
      this.failure = new Error('the simulator has gone', { cause: error });
      for (const look of this.waiting) look();
    });
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const data = event.split('\n').find((line) => line.startsWith('data: '));
        if (data === undefined) continue;
        const entry = JSON.parse(data.slice('data: '.length)) as Seen;
        this.entries.push(entry);
        this.upTo = entry.seq;
      }
      for (const look of [...this.waiting]) look();
    }
    throw new Error('the stream has ended');
  }
}

/** Lists entries for a failure's message. */
export function describeEntries(entries: readonly Seen[]): string {
  if (entries.length === 0) return 'nothing';
  const lines = entries.map(({ at, type, number, seq: _seq, ...rest }) =>
    ['', at, number ?? '', type, JSON.stringify(rest)].join(' '),
  );
  return lines.map((line) => `\n ${line}`).join('');
}
