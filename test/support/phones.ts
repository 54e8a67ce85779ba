import {
  NetworkJournal,
  type JournalOptions,
  type Seen,
  type TroubleOrder,
} from './network-journal.js';
import { Phone } from './phone.js';

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

/**
 * A live conference. `hears` are the numbers that someone hears now.
 * Before the start, nobody hears anybody.
 */
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
  /** They were added by request, and are not in it yet. */
  connecting: { number: string; callSid: string; label: string | null }[];
}

/**
 * The phones of a test. They speak to the simulator's control API, and wait for what happens
 * instead of sleeping.
 *
 * Everything that a phone saw must be expected once: `close` and `expectNothingMore` fail on a
 * message or a ring that nobody expected. A failing expectation shows what the phone saw instead.
 */
export class Phones {
  private constructor(private readonly journal: NetworkJournal) {}

  /** Looks on from now; what the phones saw before is left out. */
  static async connect(options: JournalOptions): Promise<Phones> {
    return new Phones(await NetworkJournal.connect(options));
  }

  phone(number: string): Phone {
    return new Phone(this.journal, number);
  }

  trouble(order: TroubleOrder): Promise<{ clear: () => Promise<void> }> {
    return this.journal.addTrouble(order);
  }

  async clearTroubles(): Promise<void> {
    await this.control('DELETE', '/troubles');
  }

  /** Answers the REST requests that the network was sent, oldest first. */
  requests(since = 0): Promise<RestRequestSeen[]> {
    return this.control('GET', `/requests?since=${String(since)}`);
  }

  /** Answers the messages and calls that the network accepted, oldest first. */
  created(since = 0): Promise<
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

  /** Answers every request that the network made, one for each attempt, oldest first. */
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

  /** Answers the live conferences, oldest first. */
  rooms(): Promise<RoomSeen[]> {
    return this.control('GET', '/conferences');
  }

  /** Waits until a conference of this name has ended; answers why. */
  async expectRoomEnded(name: string | RegExp): Promise<string> {
    const entry = await this.journal.take(
      `the conference ${String(name)} to end`,
      (one) =>
        one.type === 'conference' &&
        one.event === 'conference-end' &&
        (typeof name === 'string' ? one.name === name : name.test(String(one.name))),
      () => this.journal.entries.filter(({ type }) => type === 'conference'),
    );
    return String(entry.reason);
  }

  /**
   * Dials the next call that waits because of a limit of calls per second.
   * It fails where none waits.
   */
  async nextTurn(): Promise<void> {
    await this.control('POST', '/turn', {});
  }

  /**
   * Waits until nothing in the network goes on by itself: no request of its own is on its way, and no
   * call is about to say something, to hang up, or to be told of. So what follows a key, an answer or
   * a hang-up has happened, and ingress has answered for it.
   */
  async settled(): Promise<void> {
    await this.control('GET', '/settled');
  }

  /**
   * Waits for an entry of the network's journal, e.g. a `reply` or a `callback`.
   * It takes the entry once, as phones do.
   */
  expectEntry(what: string, fits: (entry: Seen) => boolean): Promise<Seen> {
    return this.journal.take(what, fits, () => this.journal.entries);
  }

  /** Fails on a message or a ring that nobody expected. */
  expectNothingMore(): Promise<void> {
    return this.journal.expectNothingMore();
  }

  control<T>(method: string, path: string, body?: object): Promise<T> {
    return this.journal.control<T>(method, path, body);
  }

  /** Stops looking. With `quietly` nothing unexpected fails, because the test has failed already. */
  async close(how: { quietly?: boolean } = {}): Promise<void> {
    try {
      if (how.quietly !== true) await this.expectNothingMore();
    } finally {
      this.journal.close();
    }
  }
}
