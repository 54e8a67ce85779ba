import type { AnsweredBy, CallStatus } from '../calls/call.js';
import type { ConferenceEvent, ReasonEnded, ReasonLeft } from '../rooms/conference.js';
import type { FormFields } from './signature.js';

/**
 * A call is ended by the person called, by the network (timeouts, busy), by the caller over REST,
 * or by the caller's instructions.
 */
export type EndedBy = 'callee' | 'network' | 'caller' | 'instructions';

/**
 * Everything that happens on the network, as handsets and tests read it.
 * Numbers stand in clear here, because this is the telephone's own side.
 */
export type JournalEvent =
  | { type: 'sms'; number: string; sid: string; from: string; body: string }
  /** `isOwn` says that the number shown is the account's, so nobody's personal one is seen. */
  | { type: 'ring'; number: string; callSid: string; from: string; isOwn: boolean }
  | { type: 'answered'; number: string; callSid: string; by: 'person' | 'machine' }
  | { type: 'greeting'; number: string; callSid: string; text: string }
  | { type: 'said'; number: string; callSid: string; text: string; language: string; voice: string }
  | {
      type: 'listening';
      number: string;
      callSid: string;
      numDigits: number | null;
      finishOnKey: string;
    }
  | { type: 'listened'; number: string; callSid: string; digits: string }
  /** `isHeard` is false for a key that no Gather was there to take. */
  | {
      type: 'key';
      number: string;
      callSid: string;
      key: string;
      isHeard: boolean;
      by: 'person' | 'machine';
    }
  | { type: 'detected'; number: string; callSid: string; answeredBy: AnsweredBy }
  | { type: 'ended'; number: string; callSid: string; status: CallStatus; by: EndedBy }
  /**
   * Each event of a conference is written down in the words of its callbacks, asked for or not.
   * `number`, `callSid` and `label` are those of the participant; a start and an end have none.
   * `inside` counts how many are in the room now.
   */
  | {
      type: 'conference';
      event: ConferenceEvent;
      conferenceSid: string;
      name: string;
      callSid: string | null;
      label: string | null;
      number: string | null;
      isMuted: boolean;
      isOnHold: boolean;
      inside: number;
      reason: ReasonLeft | ReasonEnded | null;
    }
  /**
   * A call that exceeds the account's calls per second waits (`queued`); it is `dialled` when its
   * turn has come.
   */
  | { type: 'queued'; number: string; callSid: string; queueMs: number }
  | { type: 'dialled'; number: string; callSid: string; waitedMs: number }
  /**
   * A call screener has listened to the caller, and has passed the call on to the person or not.
   */
  | { type: 'screened'; number: string; callSid: string; passes: boolean }
  /**
   * One REST request is written down when its head and body were read. `receivedAt` is in
   * milliseconds since 1970, with a fraction.
   */
  | {
      type: 'request';
      method: string;
      path: string;
      receivedAt: number;
      channel: 'sms' | 'call' | null;
      fields: Record<string, string>;
    }
  | { type: 'reply'; requestSeq: number; status: number | 'reset'; sid: string | null }
  | {
      type: 'created';
      channel: 'sms' | 'call';
      sid: string;
      number: string;
      from: string;
      requestSeq: number;
    }
  /**
   * Each attempt of a request that the network makes is one entry. `status` is null where no answer
   * came.
   */
  | {
      type: 'callback';
      purpose: 'status' | 'detection' | 'conference' | 'action' | 'instructions';
      sid: string;
      event: string;
      method: string;
      url: string;
      fields: FormFields;
      token: string;
      attempt: number;
      status: number | null;
      isForged: boolean;
    }
  /**
   * An alert is what Twilio's debugger would show: 11200 no good answer from a webhook, 12100 and
   * 12200 bad TwiML.
   */
  | { type: 'alert'; code: number; sid: string; text: string }
  | { type: 'trouble'; text: string };

export type JournalEntry = { seq: number; at: string } & JournalEvent;
export type EntryWithType<T extends JournalEvent['type']> = Extract<JournalEntry, { type: T }>;

/** The journal forgets older entries than this many. */
const MAX_ENTRIES = 200_000;

/**
 * Keeps what happened, numbered from 1. Readers ask from a number on, so they miss nothing between
 * a look and a subscription.
 */
export class Journal {
  private entries: JournalEntry[] = [];
  private listeners = new Set<(entry: JournalEntry) => void>();
  lastSeq = 0;

  add(event: JournalEvent): number {
    this.lastSeq += 1;
    const entry: JournalEntry = { seq: this.lastSeq, at: new Date().toISOString(), ...event };
    this.entries.push(entry);
    if (this.entries.length > MAX_ENTRIES * 1.1) this.entries = this.entries.slice(-MAX_ENTRIES);
    for (const listener of this.listeners) listener(entry);
    return entry.seq;
  }

  listSince(seq: number): readonly JournalEntry[] {
    const first = this.entries[0]?.seq ?? 1;
    return this.entries.slice(Math.max(0, seq - first + 1));
  }

  listByType<T extends JournalEvent['type']>(type: T, since = 0): EntryWithType<T>[] {
    return this.listSince(since).filter((entry): entry is EntryWithType<T> => entry.type === type);
  }

  subscribe(listener: (entry: JournalEntry) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
