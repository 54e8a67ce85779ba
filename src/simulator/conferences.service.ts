import { type Conference, conferenceCallback, type ConferenceNoun, type EndReason, type Participant, type RoomNews } from './conference.js';
import type { Network } from './network.service.js';
import { newSid } from './sid.js';

/** The rooms of the account. A name is a room's for as long as anyone is in it; the next with that name is another one. */
export class Conferences {
  private readonly bySid = new Map<string, Conference>();
  private readonly byName = new Map<string, Conference>();

  constructor(private readonly network: Network) {}

  find(sid: string): Conference | undefined {
    return this.bySid.get(sid);
  }

  newestFirst(): Conference[] {
    return [...this.bySid.values()].reverse();
  }

  live(): Conference[] {
    return [...this.byName.values()];
  }

  participant(conference: Conference, callSidOrLabel: string): Participant | undefined {
    return conference.participants.get(callSidOrLabel) ?? [...conference.participants.values()].find((one) => one.label === callSidOrLabel);
  }

  /** Enters a call into the room of that name; false if it is full. `out` is called once when it leaves by another's doing. */
  join(call: { sid: string; to: string }, noun: ConferenceNoun, out: () => void): boolean {
    const now = new Date();
    let conference = this.byName.get(noun.name);
    if (conference === undefined) {
      conference = {
        sid: newSid('CF'), accountSid: this.network.accountSid, name: noun.name, createdAt: now, updatedAt: now, status: 'init',
        participants: new Map(), callback: noun.callback, nextSequence: 1,
      };
      this.bySid.set(conference.sid, conference);
      this.byName.set(noun.name, conference);
    }
    if (conference.participants.size >= noun.most) return false;
    const participant: Participant = {
      callSid: call.sid, label: noun.label, number: call.to, joinedAt: now, updatedAt: now, isMuted: noun.isMuted, isHeld: false,
      startsOnEnter: noun.startsOnEnter, endsOnExit: noun.endsOnExit, out,
    };
    conference.participants.set(call.sid, participant);
    this.tell(conference, 'join', 'participant-join', participant);
    if (conference.status === 'init' && conference.participants.size >= 2 && [...conference.participants.values()].some((one) => one.startsOnEnter)) {
      conference.status = 'in-progress';
      this.tell(conference, 'start', 'conference-start');
    }
    return true;
  }

  /** A participant goes: by hanging up, or kicked by REST. Whose leaving ends the room takes the others along. */
  leave(callSid: string, isKicked = false): void {
    const conference = this.live().find((one) => one.participants.has(callSid));
    const participant = conference?.participants.get(callSid);
    if (conference === undefined || participant === undefined) return;
    this.drop(conference, participant);
    if (participant.endsOnExit) this.end(conference, isKicked ? 'participant-with-end-conference-on-exit-kicked' : 'participant-with-end-conference-on-exit-left', callSid);
    else if (conference.participants.size === 0) this.end(conference, isKicked ? 'last-participant-kicked' : 'last-participant-left', callSid);
  }

  end(conference: Conference, reason: EndReason, endedBy?: string): void {
    if (conference.status === 'completed') return;
    for (const participant of [...conference.participants.values()]) this.drop(conference, participant);
    conference.status = 'completed';
    conference.reason = reason;
    if (endedBy !== undefined) conference.endedBy = endedBy;
    this.byName.delete(conference.name);
    this.tell(conference, 'end', 'conference-end');
  }

  update(conference: Conference, participant: Participant, to: { isMuted?: boolean | undefined; isHeld?: boolean | undefined; endsOnExit?: boolean | undefined }): void {
    if (to.endsOnExit !== undefined) participant.endsOnExit = to.endsOnExit;
    if (to.isMuted !== undefined && to.isMuted !== participant.isMuted) {
      participant.isMuted = to.isMuted;
      this.tell(conference, 'mute', to.isMuted ? 'participant-mute' : 'participant-unmute', participant);
    }
    if (to.isHeld !== undefined && to.isHeld !== participant.isHeld) {
      participant.isHeld = to.isHeld;
      this.tell(conference, 'hold', to.isHeld ? 'participant-hold' : 'participant-unhold', participant);
    }
  }

  private drop(conference: Conference, participant: Participant): void {
    conference.participants.delete(participant.callSid);
    this.tell(conference, 'leave', 'participant-leave', participant);
    participant.out();
  }

  private tell(conference: Conference, news: RoomNews, event: string, participant?: Participant): void {
    const now = new Date();
    conference.updatedAt = now;
    if (participant !== undefined) participant.updatedAt = now;
    this.network.journal.add({
      type: 'conference', event, conferenceSid: conference.sid, name: conference.name,
      ...(participant === undefined ? {} : { number: participant.number, callSid: participant.callSid, label: participant.label ?? null }),
    });
    const sequence = conference.nextSequence++;
    if (conference.callback === undefined || !conference.callback.events.has(news)) return;
    this.network.callbacks.send({
      webhook: conference.callback.webhook, fields: conferenceCallback(conference, event, sequence, now, participant), purpose: 'conference', sid: conference.sid,
      number: participant?.number ?? '', channel: 'call', event, isLast: event === 'conference-end',
    });
  }
}
