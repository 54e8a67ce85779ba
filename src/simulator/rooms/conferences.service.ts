import type { Call } from '../calls/call.js';
import { isSid, makeSid } from '../network/sid.js';
import type { Network } from '../network/network.service.js';
import { TwilioError } from '../rest/twilio-errors.js';
import { ConferenceAnnouncer } from './conference-announcer.service.js';
import {
  buildEndedFields,
  buildLeftFields,
  makeConference,
  makeParticipant,
  mayStart,
  type Conference,
  type ConferenceEvent,
  type Entrance,
  type Participant,
  type ReasonEnded,
  type ReasonLeft,
} from './conference.js';

/** The time that one call spends in a room. */
export interface RoomStay {
  /** Resolves when the call is out of the room, for whatever reason. */
  left: Promise<void>;
  leave(reason: ReasonLeft): void;
}

export interface ParticipantChange {
  isMuted?: boolean;
  isOnHold?: boolean;
  endsOnExit?: boolean;
}

/**
 * Keeps the rooms of the account. A call comes in by its own Dial, or a request adds it: then it is
 * a participant from that moment on, and in the room when it answers. Twilio doesn't document
 * whether participant-join may come earlier, with early media, nor the order of the start and the
 * join that brings it about: here join goes first.
 */
export class Conferences {
  private readonly bySid = new Map<string, Conference>();
  private readonly resolveLeft = new Map<Participant, () => void>();
  /** Each entry ends the call of a participant that hasn't come in yet. */
  private readonly abandonCalls = new Map<Participant, () => void>();

  private readonly announcer: ConferenceAnnouncer;

  constructor(private readonly network: Network) {
    this.announcer = new ConferenceAnnouncer(network);
  }

  find(sid: string): Conference | undefined {
    return this.bySid.get(sid);
  }

  listLive(): Conference[] {
    return [...this.bySid.values()].filter(({ status }) => status !== 'completed');
  }

  listNewestFirst(): Conference[] {
    return [...this.bySid.values()].reverse();
  }

  /**
   * Finds the conference that a request names, by its sid or by the name of a live one. A new name
   * has none; an unknown sid, or one of an ended conference, is a 404.
   */
  findNamed(text: string): Conference | undefined {
    if (!isSid('CF', text))
      return this.listLive().find(({ friendlyName }) => friendlyName === text);
    const found = this.bySid.get(text);
    if (found === undefined || found.status === 'completed')
      throw new TwilioError(
        20404,
        404,
        `The requested resource /Conferences/${text} was not found`,
      );
    return found;
  }

  /** Adds a participant whose call is still to be dialled. `abandonCall` ends that call. */
  add(
    name: string,
    call: Call,
    entrance: Entrance,
    abandonCall: () => void,
  ): { conference: Conference; participant: Participant } {
    const known = this.findNamed(name);
    const refusal = this.findRefusal(known, entrance);
    if (refusal !== undefined) throw new TwilioError(refusal);
    const conference = known ?? this.open(name, entrance);
    const participant = this.addParticipant(conference, call, entrance);
    this.abandonCalls.set(participant, abandonCall);
    return { conference, participant };
  }

  /** Answers why this entrance is refused: 16020 the room is full, 16025 the label is taken. */
  findRefusal(
    conference: Conference | undefined,
    { label, maxParticipants }: Entrance,
  ): number | undefined {
    if (conference === undefined) return undefined;
    if (conference.participants.length >= maxParticipants) return 16020;
    return label !== undefined && conference.participants.some((other) => other.label === label)
      ? 16025
      : undefined;
  }

  /** Lets an answered call in. A code instead of a stay says why it may not enter. */
  enter(name: string, call: Call, entrance: Entrance): RoomStay | number {
    let entering = this.findExpected(call);
    if (entering === undefined) {
      const known = this.findNamed(name);
      const refusal = this.findRefusal(known, entrance);
      if (refusal !== undefined) return refusal;
      const opened = known ?? this.open(name, entrance);
      entering = {
        conference: opened,
        participant: this.addParticipant(opened, call, entrance),
      };
    }
    const { conference, participant } = entering;
    const left = new Promise<void>((resolve) => this.resolveLeft.set(participant, resolve));
    participant.joinedAt = new Date();
    this.announcer.announce(conference, { event: 'participant-join', participant });
    if (mayStart(conference)) {
      conference.status = 'in-progress';
      conference.startedAt = conference.updatedAt = new Date();
      this.announcer.announce(conference, { event: 'conference-start' });
    }
    return { left, leave: (reason) => this.leave(conference, participant, reason, false) };
  }

  /** Finds the place of a call that was added by request and hasn't come in yet. */
  private findExpected(
    call: Call,
  ): { conference: Conference; participant: Participant } | undefined {
    return this.listLive()
      .flatMap((conference) =>
        conference.participants.map((participant) => ({ conference, participant })),
      )
      .find(({ participant }) => participant.call === call && participant.joinedAt === undefined);
  }

  /** Takes out a participant whose call has ended before it came in. */
  dropEndedCall(call: Call): void {
    for (const conference of this.listLive()) {
      const absent = conference.participants.find(
        (participant) => participant.call === call && participant.joinedAt === undefined,
      );
      if (absent !== undefined) this.leave(conference, absent, 'participant_add_failed', false);
    }
  }

  update(
    conference: Conference,
    participant: Participant,
    { isMuted, isOnHold, endsOnExit }: ParticipantChange,
  ): void {
    participant.updatedAt = new Date();
    const announceInside = (event: ConferenceEvent): void => {
      if (participant.joinedAt === undefined) return;
      this.announcer.announce(conference, { event, participant });
    };
    if (isMuted !== undefined && isMuted !== participant.isMuted) {
      participant.isMuted = isMuted;
      announceInside(isMuted ? 'participant-mute' : 'participant-unmute');
    }
    if (isOnHold !== undefined && isOnHold !== participant.isOnHold) {
      participant.isOnHold = isOnHold;
      announceInside(isOnHold ? 'participant-hold' : 'participant-unhold');
    }
    if (endsOnExit !== undefined && endsOnExit !== participant.endsOnExit) {
      participant.endsOnExit = endsOnExit;
      announceInside('participant-modify');
    }
  }

  /**
   * Takes a participant out. Their Dial is over; a call that was added by request has no further
   * instructions, so it ends.
   */
  kick(conference: Conference, participant: Participant): void {
    this.leave(
      conference,
      participant,
      participant.joinedAt === undefined ? 'participant_add_failed' : 'participant_updated_via_api',
      true,
    );
  }

  end(conference: Conference): void {
    this.close(conference, 'conference-ended-via-api', 'conference_ended_via_api');
  }

  /** Ends all rooms without an announcement, because the network goes away. */
  stop(): void {
    for (const conference of this.listLive()) conference.status = 'completed';
  }

  private open(friendlyName: string, entrance: Entrance): Conference {
    const { accountSid } = this.network;
    const conference = makeConference(
      { sid: makeSid('CF'), accountSid, friendlyName },
      entrance,
      new Date(),
    );
    this.bySid.set(conference.sid, conference);
    return conference;
  }

  private addParticipant(conference: Conference, call: Call, entrance: Entrance): Participant {
    const participant = makeParticipant(call, entrance, new Date());
    conference.participants.push(participant);
    return participant;
  }

  private leave(
    conference: Conference,
    participant: Participant,
    reason: ReasonLeft,
    isKicked: boolean,
  ): void {
    if (conference.status === 'completed' || !conference.participants.includes(participant)) return;
    const wasIn = participant.joinedAt !== undefined;
    this.remove(conference, participant, reason);
    if (wasIn && participant.endsOnExit) {
      const ended = isKicked
        ? 'participant-with-end-conference-on-exit-kicked'
        : 'participant-with-end-conference-on-exit-left';
      return this.close(conference, ended, 'moderator_ended_conference', participant);
    }
    if (conference.participants.length > 0) return;
    const ended = isKicked ? 'last-participant-kicked' : 'last-participant-left';
    this.close(conference, ended, 'moderator_ended_conference', participant);
  }

  private close(
    conference: Conference,
    ended: ReasonEnded,
    left: ReasonLeft,
    last?: Participant,
  ): void {
    if (conference.status === 'completed') return;
    conference.reasonEnded = ended;
    if (last !== undefined) conference.endedByCall = last.sid;
    for (const other of [...conference.participants]) {
      const reason = other.joinedAt === undefined ? 'participant_add_failed' : left;
      this.remove(conference, other, reason);
    }
    conference.status = 'completed';
    conference.updatedAt = new Date();
    this.announcer.announce(conference, {
      event: 'conference-end',
      fields: buildEndedFields(conference, last),
      reason: ended,
    });
  }

  private remove(conference: Conference, participant: Participant, reason: ReasonLeft): void {
    conference.participants = conference.participants.filter((other) => other !== participant);
    const abandonCall = this.abandonCalls.get(participant);
    this.abandonCalls.delete(participant);
    if (participant.joinedAt === undefined) abandonCall?.();
    this.announcer.announce(conference, {
      event: 'participant-leave',
      participant,
      fields: buildLeftFields(participant, reason),
      reason,
    });
    this.resolveLeft.get(participant)?.();
    this.resolveLeft.delete(participant);
  }
}
