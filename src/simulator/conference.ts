import type { Webhook } from './create-rules.js';
import type { Filters } from './listing.js';
import type { FormFields } from './signature.js';
import { rfc2822 } from './twilio-date.js';

/** What a `<Conference>` noun says. Defaults from Twilio, "TwiML Voice: Conference". */
export interface ConferenceNoun {
  name: string;
  label: string | undefined;
  isMuted: boolean;
  startsOnEnter: boolean;
  endsOnExit: boolean;
  most: number;
  callback: { webhook: Webhook; events: ReadonlySet<RoomNews> } | undefined;
}

export const ROOM_NEWS = ['start', 'end', 'join', 'leave', 'mute', 'hold'] as const;
export type RoomNews = (typeof ROOM_NEWS)[number];

export type EndReason =
  | 'conference-ended-via-api' | 'participant-with-end-conference-on-exit-left' | 'participant-with-end-conference-on-exit-kicked'
  | 'last-participant-kicked' | 'last-participant-left';

/**
 * A conference is init until a second participant is in and one of them may start it, then in-progress; completed once
 * the last has left, or one whose leaving ends it. Source: Twilio, "Conference resource" (status) and "TwiML Voice:
 * Conference" (startConferenceOnEnter, endConferenceOnExit; the event `start`).
 */
export interface Conference {
  readonly sid: string;
  readonly accountSid: string;
  readonly name: string;
  readonly createdAt: Date;
  updatedAt: Date;
  status: 'init' | 'in-progress' | 'completed';
  readonly participants: Map<string, Participant>;
  /** Of the first participant; later ones' don't count. */
  readonly callback: ConferenceNoun['callback'];
  nextSequence: number;
  reason?: EndReason;
  endedBy?: string;
}

export interface Participant {
  readonly callSid: string;
  readonly label: string | undefined;
  readonly number: string;
  readonly joinedAt: Date;
  updatedAt: Date;
  isMuted: boolean;
  isHeld: boolean;
  startsOnEnter: boolean;
  endsOnExit: boolean;
  /** Its call goes on with the instructions after the room. */
  readonly out: () => void;
}

export const CONFERENCE_FILTERS: Filters<Conference> = {
  FriendlyName: { text: (conference) => conference.name },
  Status: { text: (conference) => conference.status },
  DateCreated: { date: (conference) => conference.createdAt },
  DateUpdated: { date: (conference) => conference.updatedAt },
};

export function conferenceResource(conference: Conference) {
  const uri = `/2010-04-01/Accounts/${conference.accountSid}/Conferences/${conference.sid}`;
  return {
    account_sid: conference.accountSid,
    api_version: '2010-04-01',
    call_sid_ending_conference: conference.endedBy ?? null,
    date_created: rfc2822(conference.createdAt),
    date_updated: rfc2822(conference.updatedAt),
    friendly_name: conference.name,
    reason_conference_ended: conference.reason ?? null,
    region: 'us1',
    sid: conference.sid,
    status: conference.status,
    subresource_uris: { participants: `${uri}/Participants.json`, recordings: `${uri}/Recordings.json` },
    uri: `${uri}.json`,
  };
}

/** It has no number: only the call's id and our label say who it is. */
export function participantResource(conference: Conference, participant: Participant) {
  return {
    account_sid: conference.accountSid,
    call_sid: participant.callSid,
    call_sid_to_coach: null,
    coaching: false,
    conference_sid: conference.sid,
    date_created: rfc2822(participant.joinedAt),
    date_updated: rfc2822(participant.updatedAt),
    end_conference_on_exit: participant.endsOnExit,
    hold: participant.isHeld,
    label: participant.label ?? null,
    muted: participant.isMuted,
    queue_time: '0',
    start_conference_on_enter: participant.startsOnEnter,
    status: 'connected',
    uri: `/2010-04-01/Accounts/${conference.accountSid}/Conferences/${conference.sid}/Participants/${participant.callSid}.json`,
  };
}

/** What a conference's StatusCallback carries. `sequence` counts the news of this conference from 1. */
export function conferenceCallback(conference: Conference, event: string, sequence: number, at: Date, participant?: Participant): FormFields {
  return {
    AccountSid: conference.accountSid,
    ConferenceSid: conference.sid,
    FriendlyName: conference.name,
    SequenceNumber: String(sequence),
    StatusCallbackEvent: event,
    Timestamp: rfc2822(at),
    ...(participant === undefined ? {} : {
      CallSid: participant.callSid,
      Coaching: 'false',
      EndConferenceOnExit: String(participant.endsOnExit),
      Hold: String(participant.isHeld),
      Muted: String(participant.isMuted),
      StartConferenceOnEnter: String(participant.startsOnEnter),
      ...(participant.label === undefined ? {} : { ParticipantLabel: participant.label }),
    }),
    ...(conference.reason === undefined ? {} : { ReasonConferenceEnded: conference.reason, ...(conference.endedBy === undefined ? {} : { CallSidEndingConference: conference.endedBy }) }),
  };
}
