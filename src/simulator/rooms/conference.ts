import type { Call, CallStatus } from '../calls/call.js';
import type { FormFields } from '../network/signature.js';
import type { RoomEvent } from '../network/status-events.js';
import { formatDate } from '../network/twilio-date.js';
import type { RoomNoun } from '../calls/verbs.js';
import type { Webhook } from '../network/webhook.js';

/**
 * A conference is made by whoever comes first (init), starts when two are in it and one of them
 * starts it (in-progress), and ends with its last participant, with one whose leaving ends it, or
 * by request (completed). A name is free again then: the next to use it makes another conference.
 * Source: Twilio, "Conference resource" and "TwiML: Conference".
 */
export type ConferenceStatus = 'init' | 'in-progress' | 'completed';

/**
 * A conference's events as its callbacks call them, each with the statusCallbackEvent that asks for
 * it.
 */
export const CONFERENCE_EVENTS = {
  'conference-start': 'start',
  'conference-end': 'end',
  'participant-join': 'join',
  'participant-leave': 'leave',
  'participant-mute': 'mute',
  'participant-unmute': 'mute',
  'participant-hold': 'hold',
  'participant-unhold': 'hold',
  'participant-modify': 'modify',
} as const satisfies Record<string, RoomEvent>;
export type ConferenceEvent = keyof typeof CONFERENCE_EVENTS;

export type ReasonEnded =
  | 'conference-ended-via-api'
  | 'last-participant-left'
  | 'last-participant-kicked'
  | 'participant-with-end-conference-on-exit-left'
  | 'participant-with-end-conference-on-exit-kicked';

export type ReasonLeft =
  | 'conference_ended_via_api'
  | 'moderator_ended_conference'
  | 'participant_updated_via_api'
  | 'participant_hung_up'
  | 'participant_add_failed';

/** How a call wants to enter a room, and what it sets if it is the first. */
export type Entrance = Omit<RoomNoun, 'name' | 'statusCallback'> & { statusCallback?: Webhook };

export interface Participant {
  /** It is the sid of the call: a participant has no other name but its label, and no number. */
  readonly sid: string;
  readonly call: Call;
  readonly label?: string;
  readonly createdAt: Date;
  updatedAt: Date;
  /** It is absent while the call of one who was added by request is on its way. */
  joinedAt?: Date;
  isMuted: boolean;
  isOnHold: boolean;
  readonly startsOnEnter: boolean;
  endsOnExit: boolean;
}

export interface Conference {
  readonly sid: string;
  readonly accountSid: string;
  readonly friendlyName: string;
  readonly createdAt: Date;
  updatedAt: Date;
  status: ConferenceStatus;
  startedAt?: Date;
  reasonEnded?: ReasonEnded;
  endedByCall?: string;
  /**
   * Whoever came first brought the callback and its events; what later ones bring is ignored.
   * Source: Twilio, "TwiML: Conference", statusCallback.
   */
  readonly statusCallback?: Webhook;
  readonly events: ReadonlySet<RoomEvent>;
  /** Those who are in the room, and those whose calls are on their way. */
  participants: Participant[];
  /** The next callback has this SequenceNumber. */
  nextSequence: number;
}

/** Opens a room. Its callback is that of whoever came first. */
export function makeConference(
  names: Pick<Conference, 'sid' | 'accountSid' | 'friendlyName'>,
  { statusCallback, events }: Entrance,
  now: Date,
): Conference {
  return {
    ...names,
    createdAt: now,
    updatedAt: now,
    status: 'init',
    events,
    participants: [],
    nextSequence: 1,
    ...(statusCallback === undefined ? {} : { statusCallback }),
  };
}

export function makeParticipant(
  call: Call,
  { label, isMuted, startsOnEnter, endsOnExit }: Entrance,
  now: Date,
): Participant {
  return {
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
}

export function listPresent(conference: Conference): Participant[] {
  return conference.participants.filter(({ joinedAt }) => joinedAt !== undefined);
}

/**
 * A conference starts when two are in it and one of them came with startConferenceOnEnter.
 * Source: Twilio, "TwiML: Conference", event `start`.
 */
export function mayStart(conference: Conference): boolean {
  const inside = listPresent(conference);
  return (
    conference.status === 'init' &&
    inside.length >= 2 &&
    inside.some(({ startsOnEnter }) => startsOnEnter)
  );
}

/** Before the start everybody hears music and nobody the others; so does a participant on hold. */
export function isHearing(conference: Conference, participant: Participant): boolean {
  return (
    conference.status === 'in-progress' &&
    participant.joinedAt !== undefined &&
    !participant.isOnHold
  );
}

export function isSpeaking(conference: Conference, participant: Participant): boolean {
  return isHearing(conference, participant) && !participant.isMuted;
}

/** Shows who is there and who hears whom, with the numbers that Twilio itself never gives. */
export function buildRoomView(conference: Conference) {
  const inside = listPresent(conference);
  return {
    sid: conference.sid,
    name: conference.friendlyName,
    status: conference.status,
    startedAt: conference.startedAt?.toISOString() ?? null,
    participants: inside.map((participant) => ({
      number: participant.call.to,
      callSid: participant.sid,
      label: participant.label ?? null,
      isMuted: participant.isMuted,
      isOnHold: participant.isOnHold,
      isHearing: isHearing(conference, participant),
      isSpeaking: isSpeaking(conference, participant),
      hears: isHearing(conference, participant)
        ? inside
            .filter((other) => other !== participant && isSpeaking(conference, other))
            .map(({ call }) => call.to)
        : [],
      joinedAt: participant.joinedAt?.toISOString() ?? null,
    })),
    connecting: conference.participants
      .filter(({ joinedAt }) => joinedAt === undefined)
      .map((participant) => ({
        number: participant.call.to,
        callSid: participant.sid,
        label: participant.label ?? null,
      })),
  };
}

/**
 * Builds what every callback of a conference carries. Source: Twilio, "TwiML: Conference", request
 * parameters.
 */
export function buildConferenceFields(
  conference: Conference,
  event: ConferenceEvent,
  sequence: number,
  at: Date,
): FormFields {
  return {
    AccountSid: conference.accountSid,
    ConferenceSid: conference.sid,
    FriendlyName: conference.friendlyName,
    SequenceNumber: String(sequence),
    StatusCallbackEvent: event,
    Timestamp: formatDate(at),
  };
}

export function buildParticipantFields(participant: Participant): FormFields {
  return {
    CallSid: participant.sid,
    Coaching: 'false',
    EndConferenceOnExit: String(participant.endsOnExit),
    Hold: String(participant.isOnHold),
    Muted: String(participant.isMuted),
    StartConferenceOnEnter: String(participant.startsOnEnter),
    ...(participant.label === undefined ? {} : { ParticipantLabel: participant.label }),
  };
}

export function buildLeftFields(participant: Participant, reason: ReasonLeft): FormFields {
  const status: CallStatus = participant.call.status;
  return { ParticipantCallStatus: status, ReasonParticipantLeft: reason };
}

export function buildEndedFields(
  conference: Conference,
  last: Participant | undefined,
): FormFields {
  const reason = conference.reasonEnded ?? 'last-participant-left';
  return {
    ReasonConferenceEnded: reason,
    Reason: `The conference is over: ${reason}`,
    ...(conference.endedByCall === undefined
      ? {}
      : { CallSidEndingConference: conference.endedByCall }),
    ...(conference.endedByCall === undefined || last?.label === undefined
      ? {}
      : { ParticipantLabelEndingConference: last.label }),
  };
}
