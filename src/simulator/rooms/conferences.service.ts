import type { Call } from '../calls/call.js';
import {
  CONFERENCE_EVENTS,
  buildConferenceFields,
  buildEndedFields,
  buildLeftFields,
  mayStart,
  buildParticipantFields,
  listPresent,
  type Conference,
  type ConferenceEvent,
  type Entrance,
  type Participant,
  type ReasonEnded,
  type ReasonLeft,
} from './conference.js';
import type { Network } from '../network/network.service.js';
import { isSid, makeSid } from '../network/sid.js';
import type { FormFields } from '../network/signature.js';
import { TwilioError } from '../rest/twilio-errors.js';

/** One call's time in a room. */
export interface RoomStay {
  /** Resolves when it is out, however that came. */
  left: Promise<void>;
  leave(reason: ReasonLeft): void;
}

/**
 * The rooms of the account. A call comes in by its own Dial, or was added by request: then it is a
 * participant from that moment on, and in the room when it answers. Whether Twilio's
 * participant-join may come earlier, with early media, isn't documented; neither is the order of
 * the start and the join that brings it about: here join goes first.
 */
export class Conferences {
  private readonly bySid = new Map<string, Conference>();
  private readonly resolveLeft = new Map<Participant, () => void>();
  /** Ends the call of a participant that never came in. */
  private readonly abandonCall = new Map<Participant, () => void>();

  constructor(private readonly network: Network) {}

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
   * The one that a request names by sid, or the live one of a name; undefined where a name is new.
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

  /** Someone whose call is still to be dialled. `giveUp` ends that call. */
  add(
    name: string,
    call: Call,
    asked: Entrance,
    giveUp: () => void,
  ): { conference: Conference; participant: Participant } {
    const known = this.findNamed(name);
    const refusal = this.findRefusal(known, asked);
    if (refusal !== undefined) throw new TwilioError(refusal);
    const conference = known ?? this.open(name, asked);
    const participant = this.addParticipant(conference, call, asked);
    this.abandonCall.set(participant, giveUp);
    return { conference, participant };
  }

  /** Why nobody like this may come in: 16020 it is full, 16025 the label is taken. */
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

  /** An answered call comes in; a code instead of a stay says why it may not. */
  enter(name: string, call: Call, asked: Entrance): RoomStay | number {
    const expected = this.listLive()
      .flatMap((conference) =>
        conference.participants.map((participant) => ({ conference, participant })),
      )
      .find(({ participant }) => participant.call === call && participant.joinedAt === undefined);
    let { conference, participant } = expected ?? {};
    if (conference === undefined || participant === undefined) {
      const known = this.findNamed(name);
      const refusal = this.findRefusal(known, asked);
      if (refusal !== undefined) return refusal;
      conference = known ?? this.open(name, asked);
      participant = this.addParticipant(conference, call, asked);
    }
    const [room, one] = [conference, participant];
    const left = new Promise<void>((resolve) => this.resolveLeft.set(one, resolve));
    one.joinedAt = new Date();
    this.announce(room, 'participant-join', one);
    if (mayStart(room)) {
      room.status = 'in-progress';
      room.startedAt = room.updatedAt = new Date();
      this.announce(room, 'conference-start');
    }
    return { left, leave: (reason) => this.leave(room, one, reason, false) };
  }

  /** A call has ended: if it never came in, it will not. */
  dropEndedCall(call: Call): void {
    for (const conference of this.listLive()) {
      const one = conference.participants.find(
        (participant) => participant.call === call && participant.joinedAt === undefined,
      );
      if (one !== undefined) this.leave(conference, one, 'participant_add_failed', false);
    }
  }

  update(
    conference: Conference,
    one: Participant,
    change: { isMuted?: boolean; isOnHold?: boolean; endsOnExit?: boolean },
  ): void {
    const { isMuted, isOnHold, endsOnExit } = change;
    one.updatedAt = new Date();
    const isIn = one.joinedAt !== undefined;
    if (isMuted !== undefined && isMuted !== one.isMuted) {
      one.isMuted = isMuted;
      if (isIn) this.announce(conference, isMuted ? 'participant-mute' : 'participant-unmute', one);
    }
    if (isOnHold !== undefined && isOnHold !== one.isOnHold) {
      one.isOnHold = isOnHold;
      if (isIn)
        this.announce(conference, isOnHold ? 'participant-hold' : 'participant-unhold', one);
    }
    if (endsOnExit !== undefined && endsOnExit !== one.endsOnExit) {
      one.endsOnExit = endsOnExit;
      if (isIn) this.announce(conference, 'participant-modify', one);
    }
  }

  /**
   * Takes someone out. Their Dial is over; one who was added by request has no further
   * instructions, so the call ends.
   */
  kick(conference: Conference, one: Participant): void {
    this.leave(
      conference,
      one,
      one.joinedAt === undefined ? 'participant_add_failed' : 'participant_updated_via_api',
      true,
    );
  }

  end(conference: Conference): void {
    this.close(conference, 'conference-ended-via-api', 'conference_ended_via_api');
  }

  /** The network goes away: nobody is told any more. */
  stop(): void {
    for (const conference of this.listLive()) conference.status = 'completed';
  }

  private open(friendlyName: string, { statusCallback, events }: Entrance): Conference {
    const now = new Date();
    const conference: Conference = {
      sid: makeSid('CF'),
      accountSid: this.network.accountSid,
      friendlyName,
      createdAt: now,
      updatedAt: now,
      status: 'init',
      events,
      participants: [],
      nextSequence: 1,
      ...(statusCallback === undefined ? {} : { statusCallback }),
    };
    this.bySid.set(conference.sid, conference);
    return conference;
  }

  private addParticipant(
    conference: Conference,
    call: Call,
    { label, isMuted, startsOnEnter, endsOnExit }: Entrance,
  ): Participant {
    const now = new Date();
    const participant: Participant = {
      sid: call.sid,
      call,
      createdAt: now,
      updatedAt: now,
      isMuted,
      isOnHold: false,
      startsOnEnter,
      endsOnExit,
      ...(label === undefined ? {} : { label }),
    };
    conference.participants.push(participant);
    return participant;
  }

  private leave(
    conference: Conference,
    one: Participant,
    reason: ReasonLeft,
    isKicked: boolean,
  ): void {
    if (conference.status === 'completed' || !conference.participants.includes(one)) return;
    const wasIn = one.joinedAt !== undefined;
    this.remove(conference, one, reason);
    if (wasIn && one.endsOnExit) {
      const how = isKicked
        ? 'participant-with-end-conference-on-exit-kicked'
        : 'participant-with-end-conference-on-exit-left';
      return this.close(conference, how, 'moderator_ended_conference', one);
    }
    if (conference.participants.length === 0)
      this.close(
        conference,
        isKicked ? 'last-participant-kicked' : 'last-participant-left',
        'moderator_ended_conference',
        one,
      );
  }

  private close(
    conference: Conference,
    ended: ReasonEnded,
    left: ReasonLeft,
    by?: Participant,
  ): void {
    if (conference.status === 'completed') return;
    conference.reasonEnded = ended;
    if (by !== undefined) conference.endedByCall = by.sid;
    for (const other of [...conference.participants])
      this.remove(
        conference,
        other,
        other.joinedAt === undefined ? 'participant_add_failed' : left,
      );
    conference.status = 'completed';
    conference.updatedAt = new Date();
    this.announce(conference, 'conference-end', undefined, buildEndedFields(conference, by), ended);
  }

  private remove(conference: Conference, one: Participant, reason: ReasonLeft): void {
    conference.participants = conference.participants.filter((other) => other !== one);
    const giveUp = this.abandonCall.get(one);
    this.abandonCall.delete(one);
    if (one.joinedAt === undefined) giveUp?.();
    this.announce(conference, 'participant-leave', one, buildLeftFields(one, reason), reason);
    this.resolveLeft.get(one)?.();
    this.resolveLeft.delete(one);
  }

  private announce(
    conference: Conference,
    event: ConferenceEvent,
    one?: Participant,
    more: FormFields = {},
    reason: ReasonLeft | ReasonEnded | null = null,
  ): void {
    const { journal, callbacks } = this.network;
    // One that never was in the room has not left it; only the callback says so.
    if (event !== 'participant-leave' || one?.joinedAt !== undefined) {
      journal.add({
        type: 'conference',
        event,
        conferenceSid: conference.sid,
        name: conference.friendlyName,
        inside: listPresent(conference).length,
        callSid: one?.sid ?? null,
        label: one?.label ?? null,
        number: one?.call.to ?? null,
        isMuted: one?.isMuted ?? false,
        isOnHold: one?.isOnHold ?? false,
        reason,
      });
    }
    if (conference.statusCallback === undefined || !conference.events.has(CONFERENCE_EVENTS[event]))
      return;
    callbacks.send({
      webhook: conference.statusCallback,
      fields: {
        ...buildConferenceFields(conference, event, conference.nextSequence++, new Date()),
        ...(one === undefined ? {} : buildParticipantFields(one)),
        ...more,
      },
      purpose: 'conference',
      sid: conference.sid,
      number: one?.call.to,
      channel: 'call',
      event,
      isLast: event === 'conference-end',
    });
  }
}
