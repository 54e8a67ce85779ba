/**
 * The phones of a test: they talk to the simulator's control API, and wait for what happens instead of sleeping.
 *
 * Everything that a phone saw must be expected once: `close` and `expectNothingMore` fail on a message or a ring that
 * nobody expected. A failing expectation tells what the phone saw instead.
 */
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
export interface PhonesOptions {
  url: string;
  controlToken: string;
  /** How long an expectation waits; 10 s. */ deadlineMs?: number;
}
export interface RestRequestSeen {
  seq: number;
  method: string;
  path: string;
  receivedAt: number;
  channel: 'sms' | 'call' | null;
  fields: Record<string, string>;
}
export interface CallbackSeen {
  seq: number;
  purpose: 'status' | 'detection' | 'conference' | 'action' | 'instructions';
  sid: string;
  event: string;
  method: string;
  url: string;
  fields: Record<string, string>;
  token: string;
  attempt: number;
  status: number | null;
  isForged: boolean;
}

/** A live conference. `hears` are the numbers that someone hears now; before the start, nobody hears anybody. */
export interface RoomSeen {
  sid: string;
  name: string;
  status: 'init' | 'in-progress';
  startedAt: string | null;
  participants: {
    number: string;
    callSid: string;
    label: string | null;
    isMuted: boolean;
    isOnHold: boolean;
    isHearing: boolean;
    isSpeaking: boolean;
    hears: string[];
    joinedAt: string;
  }[];
  /** Added by request, not yet in it. */
  connecting: { number: string; callSid: string; label: string | null }[];
}

/** Withheld: the phone shows a number of the service, and nobody's own. */
export interface RingExpectation {
  from?: string | RegExp;
}

const DEADLINE_MS = 10_000;

export class Phones {
  private readonly seen: Seen[] = [];
  private readonly consumed = new Set<number>();
  private readonly waiting = new Set<() => void>();
  private readonly reading = new AbortController();
  private failure: Error | undefined;
  private readonly deadlineMs: number;
  /** The journal up to here has been read. */
  private upTo = 0;

  private constructor(private readonly options: PhonesOptions) {
    this.deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  }

  /** Looks on from now; what the phones saw before is nobody's business any more. */
  static async connect(options: PhonesOptions): Promise<Phones> {
    const phones = new Phones(options);
    const { seq } = await phones.control<{ seq: number }>('GET', '/handsets');
    phones.upTo = seq;
    await phones.listen(seq);
    return phones;
  }

  phone(number: string): Phone {
    return new Phone(this, number);
  }

  async trouble(order: TroubleOrder): Promise<{ clear: () => Promise<void> }> {
    const { id } = await this.control<{ id: number }>('POST', '/troubles', order);
    return { clear: async () => void (await this.control('DELETE', `/troubles/${String(id)}`)) };
  }

  async clearTroubles(): Promise<void> {
    await this.control('DELETE', '/troubles');
  }

  /** The REST requests that the network was sent, oldest first. */
  requests(since = 0): Promise<RestRequestSeen[]> {
    return this.control('GET', `/requests?since=${String(since)}`);
  }

  /** The messages and calls that the network accepted, oldest first. */
  created(
    since = 0,
  ): Promise<
    {
      seq: number;
      channel: 'sms' | 'call';
      sid: string;
      number: string;
      from: string;
      requestSeq: number;
    }[]
  > {
    return this.control('GET', `/created?since=${String(since)}`);
  }

  /** Every request that the network made, one for each attempt, oldest first. */
  callbacks(since = 0): Promise<CallbackSeen[]> {
    return this.control('GET', `/callbacks?since=${String(since)}`);
  }

  alerts(since = 0): Promise<{ seq: number; code: number; sid: string; text: string }[]> {
    return this.control('GET', `/alerts?since=${String(since)}`);
  }

  async settings(changes: {
    speechMsPerChar?: number;
    timeScale?: number;
    stepMs?: number;
    callsPerSecond?: number;
  }): Promise<void> {
    await this.control('PUT', '/settings', changes);
  }

  /** The live conferences, oldest first. */
  rooms(): Promise<RoomSeen[]> {
    return this.control('GET', '/conferences');
  }

  /** Waits until a conference of this name has ended; answers why. */
  async expectRoomEnded(name: string | RegExp): Promise<string> {
    const entry = await this.take(
      `the conference ${String(name)} to end`,
      (one) =>
        one.type === 'conference' &&
        one.event === 'conference-end' &&
        (typeof name === 'string' ? one.name === name : name.test(String(one.name))),
      () => this.seen.filter(({ type }) => type === 'conference'),
    );
    return String(entry.reason);
  }

  /** With a limit of calls per second: the next call that waits is dialled now. Fails where none waits. */
  async nextTurn(): Promise<void> {
    await this.control('POST', '/turn', {});
  }

  /** Waits until no callback is on its way or waits for its turn. */
  async settled(): Promise<void> {
    await this.control('GET', '/settled');
  }

  /** Waits for an entry of the network's journal, e.g. a `reply` or a `callback`. Takes it once, as phones do. */
  expectEntry(what: string, fits: (entry: Seen) => boolean): Promise<Seen> {
    return this.take(what, fits, () => this.seen);
  }

  /** Fails on a message or a ring that nobody expected; also on those that are known to the network but not yet here. */
  async expectNothingMore(): Promise<void> {
    const { seq } = await this.control<{ seq: number }>('GET', '/handsets');
    await this.until(
      () => this.upTo >= seq || undefined,
      () => `the network's journal up to ${String(seq)}`,
      () => this.seen.slice(-10),
    );
    const unexpected = this.seen.filter(
      (entry) => (entry.type === 'sms' || entry.type === 'ring') && !this.consumed.has(entry.seq),
    );
    if (unexpected.length > 0) throw new Error(`nobody expected:\n${described(unexpected)}`);
  }

  /** Stops looking. With `quietly`, unexpected things are let pass (where the test has failed already). */
  async close(how: { quietly?: boolean } = {}): Promise<void> {
    try {
      if (how.quietly !== true) await this.expectNothingMore();
    } finally {
      this.reading.abort();
    }
  }

  /** All that one phone saw since `connect`. */
  seenBy(number: string): Seen[] {
    return this.seen.filter((entry) => entry.number === number);
  }

  async take(what: string, fits: (entry: Seen) => boolean, shown: () => Seen[]): Promise<Seen> {
    const entry = await this.until(
      () => this.seen.find((one) => !this.consumed.has(one.seq) && fits(one)),
      () => what,
      shown,
    );
    this.consumed.add(entry.seq);
    return entry;
  }

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
                `expected ${what()} within ${String(this.deadlineMs)} ms, but saw ${described(shown())}`,
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
        this.seen.push(entry);
        this.upTo = entry.seq;
      }
      for (const look of [...this.waiting]) look();
    }
    throw new Error('the stream has ended');
  }
}

/** One person's phone. Left alone, it rings until the caller gives up. */
export class Phone {
  constructor(
    private readonly phones: Phones,
    readonly number: string,
  ) {}

  /** The next unexpected message that matches; answers the match. */
  async expectSms(text: RegExp): Promise<RegExpExecArray> {
    const entry = await this.phones.take(
      `an SMS to ${this.number} like ${String(text)}`,
      (one) => one.type === 'sms' && one.number === this.number && text.test(String(one.body)),
      () => this.seen(),
    );
    text.lastIndex = 0;
    const match = text.exec(String(entry.body));
    if (match === null) throw new Error('unreachable: it matched a moment ago');
    return match;
  }

  async expectRing(expected: RingExpectation = {}): Promise<RingingCall> {
    const { from } = expected;
    const entry = await this.phones.take(
      `${this.number} to ring${from === undefined ? '' : ` with ${String(from)}`}`,
      (one) => one.type === 'ring' && one.number === this.number && showsFrom(one, from),
      () => this.seen(),
    );
    return new RingingCall(this.phones, this.number, String(entry.callSid), String(entry.from));
  }

  /** A call that the phone's network turned away (busy, unreachable): it never rang. */
  async expectTurnedAway(status?: string): Promise<void> {
    await this.phones.take(
      `a call to ${this.number} that doesn't ring`,
      (one) =>
        one.type === 'ended' &&
        one.number === this.number &&
        (status === undefined || one.status === status) &&
        !this.seen().some((other) => other.type === 'ring' && other.callSid === one.callSid),
      () => this.seen(),
    );
  }

  trouble(
    order: Omit<TroubleOrder, 'number'> & { kind: string },
  ): Promise<{ clear: () => Promise<void> }> {
    return this.phones.trouble({ ...order, number: this.number });
  }

  /** All that this phone saw, expected or not: for counting ("rang once"). */
  seen(): Seen[] {
    return this.phones.seenBy(this.number);
  }

  messages(): string[] {
    return this.seen()
      .filter((entry) => entry.type === 'sms')
      .map((entry) => String(entry.body));
  }

  rings(): Seen[] {
    return this.seen().filter((entry) => entry.type === 'ring');
  }
}

/** A call on one phone, from its ring on. */
export class RingingCall {
  private heardUpTo = 0;

  constructor(
    private readonly phones: Phones,
    readonly number: string,
    readonly callSid: string,
    readonly from: string,
  ) {}

  async answer(): Promise<this> {
    await this.act('answer');
    return this;
  }

  async decline(): Promise<void> {
    await this.act('decline');
  }

  async hangUp(): Promise<void> {
    await this.act('hangup');
  }

  /** Presses keys one after the other, each as soon as the call listens. Fails if the call ends before. */
  async press(keys: string): Promise<void> {
    const { heard } = await this.act<{ heard: boolean[] }>('keys', { keys, whenListening: true });
    if (heard.includes(false))
      throw new Error(
        `the call to ${this.number} ended before it listened to ${keys}\n${described(this.seen())}`,
      );
  }

  /** Presses keys now, whether anyone listens or not; answers for each whether it was heard. */
  async pressNow(keys: string): Promise<boolean[]> {
    return (await this.act<{ heard: boolean[] }>('keys', { keys })).heard;
  }

  /** The next words that match, after those that an earlier expectation matched. */
  async expectSaid(text: RegExp): Promise<RegExpExecArray> {
    const entry = await this.phones.until(
      () =>
        this.seen().find(
          (one) => one.type === 'said' && one.seq > this.heardUpTo && text.test(String(one.text)),
        ),
      () => `the call to ${this.number} to say something like ${String(text)}`,
      () => this.seen(),
    );
    this.heardUpTo = entry.seq;
    text.lastIndex = 0;
    return text.exec(String(entry.text)) as RegExpExecArray;
  }

  /** Waits until the call listens for keys. */
  async expectListening(): Promise<void> {
    await this.phones.until(
      () =>
        this.seen().findLast((one) => one.type === 'listening' || one.type === 'listened')?.type ===
          'listening' || undefined,
      () => `the call to ${this.number} to listen`,
      () => this.seen(),
    );
  }

  /** Waits until the call is in a conference, and answers which; it may be alone in it, and unheard. */
  async expectInRoom(): Promise<{ conferenceSid: string; name: string; label: string | null }> {
    const entry = await this.phones.until(
      () => this.lastInRoom('participant-join'),
      () => `the call to ${this.number} to be in a conference`,
      () => this.seen(),
    );
    return {
      conferenceSid: String(entry.conferenceSid),
      name: String(entry.name),
      label: entry.label as string | null,
    };
  }

  /** Waits until the call has left its conference; answers why. */
  async expectOutOfRoom(): Promise<{ reason: string }> {
    const entry = await this.phones.until(
      () => this.lastInRoom('participant-leave'),
      () => `the call to ${this.number} to leave its conference`,
      () => this.seen(),
    );
    return { reason: String(entry.reason) };
  }

  /** Waits until the room's news of this call say so: `participant-mute`. */
  async expectRoomEvent(event: string): Promise<void> {
    await this.phones.until(
      () =>
        this.seen().some((one) => one.type === 'conference' && one.event === event) || undefined,
      () => `the call to ${this.number} to have ${event}`,
      () => this.seen(),
    );
  }

  private lastInRoom(event: 'participant-join' | 'participant-leave'): Seen | undefined {
    const last = this.seen().findLast(
      (one) =>
        one.type === 'conference' &&
        (one.event === 'participant-join' || one.event === 'participant-leave'),
    );
    return last?.event === event ? last : undefined;
  }

  /** Waits until a call screener has heard us out; answers whether the person has the call now. */
  async expectScreened(): Promise<boolean> {
    const entry = await this.phones.until(
      () => this.seen().find(({ type }) => type === 'screened'),
      () => `the call to ${this.number} to be screened`,
      () => this.seen(),
    );
    return entry.passes === true;
  }

  async expectEnded(status?: string): Promise<{ status: string; by: string }> {
    const entry = await this.phones.until(
      () => this.seen().find((one) => one.type === 'ended'),
      () => `the call to ${this.number} to end`,
      () => this.seen(),
    );
    if (status !== undefined && entry.status !== status) {
      throw new Error(
        `expected the call to end as ${status}, but it ended as ${String(entry.status)}\n${described(this.seen())}`,
      );
    }
    return { status: String(entry.status), by: String(entry.by) };
  }

  /** Nobody answers: the ring's time passes at once. */
  async letRingOut(): Promise<void> {
    await this.act('timeout', { timer: 'ring' });
    await this.expectEnded('no-answer');
  }

  /** What the call waits for, or will wait for next, is over at once: a pause, machine detection, the call's or its Dial's time limit, a screener's patience. */
  async letPass(
    timer: 'pause' | 'speech' | 'detection' | 'time-limit' | 'dial' | 'screener',
  ): Promise<void> {
    await this.act('timeout', { timer });
  }

  /** No key is pressed: the time of the Gather passes at once, as soon as it waits for one. */
  async letGatherTimeOut(): Promise<void> {
    await this.act('timeout', { timer: 'gather' });
  }

  /** All that was said so far. */
  said(): string[] {
    return this.seen()
      .filter((entry) => entry.type === 'said')
      .map((entry) => String(entry.text));
  }

  seen(): Seen[] {
    return this.phones.seenBy(this.number).filter((entry) => entry.callSid === this.callSid);
  }

  private act<T>(what: string, more: object = {}): Promise<T> {
    return this.phones.control<T>('POST', `/handsets/${encodeURIComponent(this.number)}/${what}`, {
      callSid: this.callSid,
      ...more,
    });
  }
}

function showsFrom(entry: Seen, from: string | RegExp | undefined): boolean {
  if (from === undefined) return true;
  if (from === 'withheld') return entry.isOwn === true;
  return typeof from === 'string' ? entry.from === from : from.test(String(entry.from));
}

function described(entries: readonly Seen[]): string {
  if (entries.length === 0) return 'nothing';
  return `\n${entries.map(({ at, type, number, seq: _seq, ...rest }) => `  ${at} ${number ?? ''} ${type} ${JSON.stringify(rest)}`).join('\n')}`;
}
