import type { Message } from '../messages/message.js';
import { countSegments } from '../messages/segments.js';
import { formatDate, formatDateOrNull } from '../network/twilio-date.js';
import type { Filters } from './listing.js';

export const MESSAGE_FILTERS: Filters<Message> = {
  To: { text: (message) => message.to },
  From: { text: (message) => message.from },
  // Twilio documents no such filter for messages; it is of use when one looks by hand.
  Status: { text: (message) => message.status },
  DateSent: { date: (message) => message.sentAt },
};

/** Builds the Message resource in Twilio's field names. */
export function buildMessageResource(message: Message) {
  const uri = `/2010-04-01/Accounts/${message.accountSid}/Messages/${message.sid}`;
  return {
    account_sid: message.accountSid,
    api_version: '2010-04-01',
    body: message.body,
    date_created: formatDate(message.createdAt),
    date_sent: formatDateOrNull(message.sentAt),
    date_updated: formatDate(message.updatedAt),
    direction: 'outbound-api',
    error_code: message.errorCode ?? null,
    error_message: null,
    from: message.from,
    messaging_service_sid: null,
    num_media: '0',
    num_segments: String(countSegments(message.body)),
    price: null,
    price_unit: 'USD',
    sid: message.sid,
    status: message.status,
    subresource_uris: { media: `${uri}/Media.json` },
    to: message.to,
    uri: `${uri}.json`,
  };
}
