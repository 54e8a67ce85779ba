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
 * What happens to a conference, as its callbacks call it, and the statusCallbackEvent that asks for
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

/** What someone who enters asks for. */
export type Entrance = Omit<RoomNoun, 'name' | 'statusCallback'> & { statusCallback?: Webhook };

export interface Participant {
  /** Of its call: a participant has no other name but its label, and no number. */
  readonly sid: string;
  readonly call: Call;
  readonly label?: string;
  readonly createdAt: Date;
  updatedAt: Date;
  /** None while its call is on its way (it was added by request). */
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
   * Those of whoever came first; what later ones bring is ignored. Source: Twilio, "TwiML:
   * Conference", statusCallback.
   */
  readonly statusCallback?: Webhook;
  readonly events: ReadonlySet<RoomEvent>;
  /** In it, or on their way. */
  participants: Participant[];
  /** SequenceNumber of the next callback. */
  nextSequence: number;
}

export function listPresent(conference: Conference): Participant[] {
  return conference.participants.filter(({ joinedAt }) => joinedAt !== undefined);
}

/**
 * Two are in it, and one of those came with startConferenceOnEnter. Source: Twilio, "TwiML:
 * Conference", event `start`.
 */
export function mayStart(conference: Conference): boolean {
  const inside = listPresent(conference);
  return (
    conference.status === 'init' &&
    inside.length >= 2 &&
    inside.some(({ startsOnEnter }) => startsOnEnter)
  );
}

/** Before the start everybody hears music and nobody the others; on hold it is the same for one. */
export function isHearing(conference: Conference, one: Participant): boolean {
  return conference.status === 'in-progress' && one.joinedAt !== undefined && !one.isOnHold;
}

export function isSpeaking(conference: Conference, one: Participant): boolean {
  return isHearing(conference, one) && !one.isMuted;
}

/** Who is there and who hears whom, with the numbers that Twilio itself never gives. */
export function buildRoomView(conference: Conference) {
  const inside = listPresent(conference);
  return {
    sid: conference.sid,
    name: conference.friendlyName,
    status: conference.status,
    startedAt: conference.startedAt?.toISOString() ?? null,
    participants: inside.map((one) => ({
      number: one.call.to,
      callSid: one.sid,
      label: one.label ?? null,
      isMuted: one.isMuted,
      isOnHold: one.isOnHold,
      isHearing: isHearing(conference, one),
      isSpeaking: isSpeaking(conference, one),
      hears: isHearing(conference, one)
        ? inside
            .filter((other) => other !== one && isSpeaking(conference, other))
            .map(({ call }) => call.to)
        : [],
      joinedAt: one.joinedAt?.toISOString() ?? null,
    })),
    connecting: conference.participants
      .filter(({ joinedAt }) => joinedAt === undefined)
      .map((one) => ({ number: one.call.to, callSid: one.sid, label: one.label ?? null })),
  };
}

/**
 * What every callback of a conference carries. Source: Twilio, "TwiML: Conference", request
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

export function buildParticipantFields(one: Participant): FormFields {
  return {
    CallSid: one.sid,
    Coaching: 'false',
    EndConferenceOnExit: String(one.endsOnExit),
    Hold: String(one.isOnHold),
    Muted: String(one.isMuted),
    StartConferenceOnEnter: String(one.startsOnEnter),
    ...(one.label === undefined ? {} : { ParticipantLabel: one.label }),
  };
}

export function buildLeftFields(one: Participant, reason: ReasonLeft): FormFields {
  const status: CallStatus = one.call.status;
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
