import { formatDate } from '../network/twilio-date.js';
import type { Conference, Participant } from '../rooms/conference.js';
import type { Filters } from './listing.js';

export const CONFERENCE_FILTERS: Filters<Conference> = {
  FriendlyName: { text: (conference) => conference.friendlyName },
  Status: { text: (conference) => conference.status },
  DateCreated: { date: (conference) => conference.createdAt },
  DateUpdated: { date: (conference) => conference.updatedAt },
};

export const PARTICIPANT_FILTERS: Filters<Participant> = {
  Muted: { text: ({ isMuted }) => String(isMuted) },
  Hold: { text: ({ isOnHold }) => String(isOnHold) },
  Coaching: { text: () => 'false' },
};

/** The Conference resource in Twilio's field names. */
export function buildConferenceResource(conference: Conference) {
  const uri = `/2010-04-01/Accounts/${conference.accountSid}/Conferences/${conference.sid}`;
  return {
    account_sid: conference.accountSid,
    api_version: '2010-04-01',
    call_sid_ending_conference: conference.endedByCall ?? null,
    date_created: formatDate(conference.createdAt),
    date_updated: formatDate(conference.updatedAt),
    friendly_name: conference.friendlyName,
    reason_conference_ended: conference.reasonEnded ?? null,
    region: 'us1',
    sid: conference.sid,
    status: conference.status,
    subresource_uris: {
      participants: `${uri}/Participants.json`,
      recordings: `${uri}/Recordings.json`,
    },
    uri: `${uri}.json`,
  };
}

/** The Participant resource: a label and a call, but no number. */
export function buildParticipantResource(conference: Conference, one: Participant) {
  return {
    account_sid: conference.accountSid,
    call_sid: one.sid,
    call_sid_to_coach: null,
    coaching: false,
    conference_sid: conference.sid,
    date_created: formatDate(one.createdAt),
    date_updated: formatDate(one.updatedAt),
    end_conference_on_exit: one.endsOnExit,
    hold: one.isOnHold,
    label: one.label ?? null,
    muted: one.isMuted,
    queue_time: null as string | null,
    start_conference_on_enter: one.startsOnEnter,
    status: findParticipantStatus(one),
    uri: `/2010-04-01/Accounts/${conference.accountSid}/Conferences/${conference.sid}/Participants/${one.sid}.json`,
  };
}

function findParticipantStatus({
  call,
  joinedAt,
}: Participant): 'queued' | 'connecting' | 'ringing' | 'connected' {
  if (joinedAt !== undefined) return 'connected';
  if (call.status === 'queued') return 'queued';
  return call.status === 'ringing' ? 'ringing' : 'connecting';
}
