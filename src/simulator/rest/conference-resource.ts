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

/** Builds the Conference resource in Twilio's field names. */
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

/** Builds the Participant resource, which has a label and a call, but no number. */
export function buildParticipantResource(conference: Conference, participant: Participant) {
  const { accountSid, sid } = conference;
  const uri = `/2010-04-01/Accounts/${accountSid}/Conferences/${sid}/Participants/${participant.sid}`;
  return {
    account_sid: accountSid,
    call_sid: participant.sid,
    call_sid_to_coach: null,
    coaching: false,
    conference_sid: sid,
    date_created: formatDate(participant.createdAt),
    date_updated: formatDate(participant.updatedAt),
    end_conference_on_exit: participant.endsOnExit,
    hold: participant.isOnHold,
    label: participant.label ?? null,
    muted: participant.isMuted,
    queue_time: null as string | null,
    start_conference_on_enter: participant.startsOnEnter,
    status: findParticipantStatus(participant),
    uri: `${uri}.json`,
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
