import { countSecondsSpoken, findDirection, type Call, type CallStatus } from '../calls/call.js';
import { formatDate, formatDateOrNull } from '../network/twilio-date.js';
import type { Filters } from './listing.js';

export const CALL_FILTERS: Filters<Call> = {
  To: { text: (call) => call.to },
  From: { text: (call) => call.from },
  Status: { text: (call) => showStatus(call.status) },
  ParentCallSid: { text: (call) => call.parentSid },
  StartTime: { date: (call) => call.startedAt },
  EndTime: { date: (call) => call.endedAt },
};

/** Only callbacks say `initiated`; the resource stays queued until it rings. */
function showStatus(status: CallStatus): CallStatus {
  return status === 'initiated' ? 'queued' : status;
}

/** Builds the Call resource in Twilio's field names. */
export function buildCallResource(call: Call) {
  const uri = `/2010-04-01/Accounts/${call.accountSid}/Calls/${call.sid}`;
  const below = [
    'events',
    'notifications',
    'payments',
    'recordings',
    'siprec',
    'streams',
    'transcriptions',
    'user_defined_messages',
  ];
  return {
    account_sid: call.accountSid,
    annotation: null,
    answered_by: call.answeredBy ?? null,
    api_version: '2010-04-01',
    caller_name: null,
    date_created: formatDate(call.createdAt),
    date_updated: formatDate(call.updatedAt),
    direction: findDirection(call),
    duration: call.endedAt === undefined ? null : String(countSecondsSpoken(call)),
    end_time: formatDateOrNull(call.endedAt),
    forwarded_from: null,
    from: call.from,
    from_formatted: call.from,
    group_sid: null,
    parent_call_sid: call.parentSid ?? null,
    phone_number_sid: null,
    price: null,
    price_unit: 'USD',
    queue_time: String(call.queueMs),
    sid: call.sid,
    start_time: formatDateOrNull(call.startedAt),
    status: showStatus(call.status),
    subresource_uris: Object.fromEntries(
      below.map((name) => [name, `${uri}/${toPascalCase(name)}.json`]),
    ),
    to: call.to,
    to_formatted: call.to,
    trunk_sid: null,
    uri: `${uri}.json`,
  };
}

function toPascalCase(name: string): string {
  return name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
