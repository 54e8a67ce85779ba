import type { AnsweredBy, CallStatus } from '../calls/call.js';
import type { ConferenceEvent, ReasonEnded, ReasonLeft } from '../rooms/conference.js';
import type { FormFields } from './signature.js';

/**
 * Who ended a call: the one called, the network (timeouts, busy), the caller by REST, or the
 * caller's instructions.
 */
export type EndedBy = 'callee' | 'network' | 'caller' | 'instructions';

/**
 * Everything that happens on the network, as handsets and tests read it. Here numbers stand in
 * clear: this is the telephone's own side.
 */
export type JournalEvent =
  | { type: 'sms'; number: string; sid: string; from: string; body: string }
  /** `isOwn`: the number shown is the account's, so nobody's personal one is seen. */
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
  /** A key that no Gather was there to hear is lost. */
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
   * In the words of a conference's callbacks; there is one for each event, asked for or not.
   * `number`, `callSid` and `label` are theirs; a start and an end have none. `inside`: how many
   * are in the room now.
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
   * More calls than the account may place in a second wait; `dialled` comes when this one's turn
   * has come.
   */
  | { type: 'queued'; number: string; callSid: string; queueMs: number }
  | { type: 'dialled'; number: string; callSid: string; waitedMs: number }
  /** A call screener has heard us out, and passed the call on to the person or not. */
  | { type: 'screened'; number: string; callSid: string; passes: boolean }
  /**
   * One REST request, when its head and body were read. `receivedAt` is milliseconds since 1970
   * with a fraction.
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
  /** One attempt of a request that the network made. `status` null: no answer. */
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
   * What Twilio's debugger would show: 11200 no good answer from a webhook, 12100 and 12200 bad
   * TwiML.
   */
  | { type: 'alert'; code: number; sid: string; text: string }
  | { type: 'trouble'; text: string };

export type JournalEntry = { seq: number; at: string } & JournalEvent;
export type EntryWithType<T extends JournalEvent['type']> = Extract<JournalEntry, { type: T }>;

/** Older entries than this many are forgotten. */
const KEPT = 200_000;

/**
 * What happened, numbered from 1. Readers ask from a number on, so none is missed between a look
 * and a subscription.
 */
export class Journal {
  private entries: JournalEntry[] = [];
  private listeners = new Set<(entry: JournalEntry) => void>();
  lastSeq = 0;

  add(happening: JournalEvent): number {
    this.lastSeq += 1;
    const entry: JournalEntry = { seq: this.lastSeq, at: new Date().toISOString(), ...happening };
    this.entries.push(entry);
    if (this.entries.length > KEPT * 1.1) this.entries = this.entries.slice(-KEPT);
    for (const listener of this.listeners) listener(entry);
    return entry.seq;
  }

  since(seq: number): readonly JournalEntry[] {
    const first = this.entries[0]?.seq ?? 1;
    return this.entries.slice(Math.max(0, seq - first + 1));
  }

  ofType<T extends JournalEvent['type']>(type: T, since = 0): EntryWithType<T>[] {
    return this.since(since).filter((entry): entry is EntryWithType<T> => entry.type === type);
  }

  subscribe(listener: (entry: JournalEntry) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
