import type { JournalEntry } from './journal.js';

export interface HandsetMessage { sid: string; from: string; body: string; at: string }

export interface HandsetCall {
  sid: string;
  /** When the phone first knew of it. */
  at: string;
  from: string;
  /** A call that was refused as busy never rang. */
  hasRung: boolean;
  rangAt: string | null;
  state: 'ringing' | 'answered' | 'ended';
  answeredBy: 'person' | 'machine' | null;
  isListening: boolean;
  isInRoom: boolean;
  status: string;
  endedBy: string | null;
  transcript: { who: 'line' | 'greeting' | 'key'; text: string; language: string | null; isHeard: boolean; at: string }[];
}

/** What one phone has seen, newest last. */
export interface Handset { number: string; messages: HandsetMessage[]; calls: HandsetCall[] }

/** All phones in use, as the journal tells of them: a phone is in use once anything was sent to it. */
export class Handsets {
  private readonly byNumber = new Map<string, Handset>();

  list(): Handset[] {
    return [...this.byNumber.values()];
  }

  find(number: string): Handset | undefined {
    return this.byNumber.get(number);
  }

  /** Brings a phone into use before anything was sent to it. */
  open(number: string): Handset {
    const known = this.byNumber.get(number);
    if (known !== undefined) return known;
    const handset: Handset = { number, messages: [], calls: [] };
    this.byNumber.set(number, handset);
    return handset;
  }

  /** Who is in which room: a line in the call's transcript. */
  private seeRoom(entry: JournalEntry): void {
    if (entry.type !== 'conference' || entry.number === undefined || entry.callSid === undefined) return;
    const words: Record<string, string> = { 'participant-join': 'In the conference', 'participant-leave': 'Out of the conference', 'participant-mute': 'Muted', 'participant-unmute': 'No longer muted' };
    const text = words[entry.event];
    const call = callOf(this.open(entry.number), entry.callSid, entry.at);
    if (entry.event === 'participant-join') call.isInRoom = true;
    if (entry.event === 'participant-leave') call.isInRoom = false;
    if (text !== undefined) call.transcript.push({ who: 'line', text: `[${text}]`, language: null, isHeard: true, at: entry.at });
  }

  see(entry: JournalEntry): void {
    if (!('number' in entry) || entry.number === undefined || entry.type === 'conference') return this.seeRoom(entry);
    const handset = this.open(entry.number);
    if (entry.type === 'sms') {
      handset.messages.push({ sid: entry.sid, from: entry.from, body: entry.body, at: entry.at });
      return;
    }
    if (entry.type === 'created') return;
    const call = callOf(handset, entry.callSid, entry.at);
    switch (entry.type) {
      case 'ring':
        Object.assign(call, { from: entry.from, hasRung: true, rangAt: entry.at });
        return;
      case 'answered':
        Object.assign(call, { state: 'answered', answeredBy: entry.by, status: 'in-progress' });
        return;
      case 'greeting':
        call.transcript.push({ who: 'greeting', text: entry.text, language: null, isHeard: true, at: entry.at });
        return;
      case 'said':
        call.transcript.push({ who: 'line', text: entry.text, language: entry.language, isHeard: true, at: entry.at });
        return;
      case 'key':
        call.transcript.push({ who: 'key', text: entry.key, language: null, isHeard: entry.isHeard, at: entry.at });
        return;
      case 'listening':
        call.isListening = true;
        return;
      case 'listened':
        call.isListening = false;
        return;
      case 'ended':
        Object.assign(call, { state: 'ended', status: entry.status, endedBy: entry.by, isListening: false });
        return;
      case 'detected':
        return;
    }
  }
}

function callOf(handset: Handset, sid: string, at: string): HandsetCall {
  const known = handset.calls.find((call) => call.sid === sid);
  if (known !== undefined) return known;
  const call: HandsetCall = {
    sid, at, from: '', hasRung: false, rangAt: null, state: 'ringing', answeredBy: null, isListening: false, isInRoom: false, status: 'ringing', endedBy: null, transcript: [],
  };
  handset.calls.push(call);
  return call;
}
