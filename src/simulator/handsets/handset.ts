import type { EntryWithType, JournalEntry } from '../network/journal.js';

export interface HandsetMessage {
  sid: string;
  from: string;
  body: string;
  at: string;
}

export interface HandsetCall {
  sid: string;
  /** The phone first knew of the call at this time. */
  at: string;
  from: string;
  /** A call that was refused as busy never rang. */
  hasRung: boolean;
  rangAt: string | null;
  state: 'ringing' | 'answered' | 'ended';
  answeredBy: 'person' | 'machine' | null;
  isListening: boolean;
  status: string;
  endedBy: string | null;
  /** The call is in this conference now. */
  room: {
    conferenceSid: string;
    name: string;
    since: string;
    isMuted: boolean;
    isOnHold: boolean;
  } | null;
  transcript: {
    who: 'line' | 'greeting' | 'key';
    text: string;
    language: string | null;
    isHeard: boolean;
    at: string;
  }[];
}

/** What one phone has seen, the newest last. */
export interface Handset {
  number: string;
  /** Whose it is, if somebody has said so. */
  name?: string;
  messages: HandsetMessage[];
  calls: HandsetCall[];
}

/**
 * Keeps all phones in use, as the journal describes them. A phone is in use once anything was sent
 * to it.
 */
export class Handsets {
  private readonly byNumber = new Map<string, Handset>();

  list(): Handset[] {
    return [...this.byNumber.values()];
  }

  find(number: string): Handset | undefined {
    return this.byNumber.get(number);
  }

  /** Brings a phone into use before anything was sent to it, and notes whose it is. */
  open(number: string, name?: string): Handset {
    const handset = this.byNumber.get(number) ?? { number, messages: [], calls: [] };
    if (name !== undefined) handset.name = name;
    this.byNumber.set(number, handset);
    return handset;
  }

  /** Takes from all phones what they have seen; a call that goes on stays. */
  empty(): void {
    for (const handset of this.byNumber.values()) {
      handset.messages = [];
      handset.calls = handset.calls.filter((call) => call.state !== 'ended');
    }
  }

  apply(entry: JournalEntry): void {
    if (!('number' in entry) || entry.number === null) return;
    const handset = this.open(entry.number);
    if (entry.type === 'sms') {
      handset.messages.push({ sid: entry.sid, from: entry.from, body: entry.body, at: entry.at });
      return;
    }
    if (
      entry.type === 'created' ||
      entry.type === 'queued' ||
      entry.type === 'dialled' ||
      entry.callSid === null
    )
      return;
    const call = findOrAddCall(handset, entry.callSid, entry.at);
    switch (entry.type) {
      case 'ring':
        Object.assign(call, { from: entry.from, hasRung: true, rangAt: entry.at });
        return;
      case 'answered':
        Object.assign(call, { state: 'answered', answeredBy: entry.by, status: 'in-progress' });
        return;
      case 'greeting':
        call.transcript.push({
          who: 'greeting',
          text: entry.text,
          language: null,
          isHeard: true,
          at: entry.at,
        });
        return;
      case 'said':
        call.transcript.push({
          who: 'line',
          text: entry.text,
          language: entry.language,
          isHeard: true,
          at: entry.at,
        });
        return;
      case 'key':
        call.transcript.push({
          who: 'key',
          text: entry.key,
          language: null,
          isHeard: entry.isHeard,
          at: entry.at,
        });
        return;
      case 'listening':
        call.isListening = true;
        return;
      case 'listened':
        call.isListening = false;
        return;
      case 'ended':
        Object.assign(call, {
          state: 'ended',
          status: entry.status,
          endedBy: entry.by,
          isListening: false,
          room: null,
        });
        return;
      case 'conference':
        call.room = updateRoom(call.room, entry);
        return;
      case 'screened':
      case 'detected':
        return;
    }
  }
}

function updateRoom(
  room: HandsetCall['room'],
  entry: EntryWithType<'conference'>,
): HandsetCall['room'] {
  if (entry.event === 'participant-join')
    return {
      conferenceSid: entry.conferenceSid,
      name: entry.name,
      since: entry.at,
      isMuted: entry.isMuted,
      isOnHold: entry.isOnHold,
    };
  return room === null || entry.event === 'participant-leave'
    ? null
    : { ...room, isMuted: entry.isMuted, isOnHold: entry.isOnHold };
}

function findOrAddCall(handset: Handset, sid: string, at: string): HandsetCall {
  const known = handset.calls.find((call) => call.sid === sid);
  if (known !== undefined) return known;
  const call: HandsetCall = {
    sid,
    at,
    from: '',
    hasRung: false,
    rangAt: null,
    state: 'ringing',
    answeredBy: null,
    isListening: false,
    status: 'ringing',
    endedBy: null,
    room: null,
    transcript: [],
  };
  handset.calls.push(call);
  return call;
}
