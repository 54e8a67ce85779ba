import type { FormFields } from '../network/signature.js';
import type { Filters } from '../rest/listing.js';
import { formatDate, formatDateOrNull } from '../network/twilio-date.js';
import type { Webhook } from '../network/webhook.js';

/**
 * A message is queued; then sent (handed to the phone's network), failed (never left) or canceled; a sent one is
 * delivered or undelivered. Source: Twilio, "Outbound message status".
 */
export type MessageStatus = 'queued' | 'sent' | 'delivered' | 'undelivered' | 'failed' | 'canceled';

const NEXT: Record<MessageStatus, readonly MessageStatus[]> = {
  queued: ['sent', 'failed', 'canceled'],
  sent: ['delivered', 'undelivered', 'failed'],
  delivered: [],
  undelivered: [],
  failed: [],
  canceled: [],
};

/** What a message is asked to be, before there is one. */
export interface MessageOrder {
  to: string;
  from: string;
  body: string;
  /** Seconds after which an undelivered message is given up. */
  validityPeriodS: number;
  statusCallback?: Webhook;
}

export interface Message extends MessageOrder {
  readonly sid: string;
  readonly accountSid: string;
  readonly createdAt: Date;
  updatedAt: Date;
  sentAt?: Date;
  status: MessageStatus;
  errorCode?: number;
}

export function mayBecome(from: MessageStatus, to: MessageStatus): boolean {
  return NEXT[from].includes(to);
}

export function isFinal(status: MessageStatus): boolean {
  return NEXT[status].length === 0;
}

export const MESSAGE_FILTERS: Filters<Message> = {
  To: { text: (message) => message.to },
  From: { text: (message) => message.from },
  // Not among Twilio's documented filters for messages, but of use when one looks by hand.
  Status: { text: (message) => message.status },
  DateSent: { date: (message) => message.sentAt },
};

/** The Message resource in Twilio's field names. */
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

/** What a message's StatusCallback carries. Messages have no sequence number. */
export function buildMessageCallback(message: Message): FormFields {
  return {
    AccountSid: message.accountSid,
    ApiVersion: '2010-04-01',
    From: message.from,
    MessageSid: message.sid,
    MessageStatus: message.status,
    SmsSid: message.sid,
    SmsStatus: message.status,
    To: message.to,
    ...(message.errorCode === undefined ? {} : { ErrorCode: String(message.errorCode) }),
  };
}

// The GSM 7-bit alphabet; those of the second row take two places.
const GSM = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€]*$/;
const GSM_DOUBLE = /[\^{}\\[~\]|€]/g;

/** 160 places in one GSM segment and 153 in each of several; 70 and 67 where a character needs UCS-2. */
export function countSegments(body: string): number {
  const isGsm = GSM.test(body);
  const places = isGsm ? body.length + (body.match(GSM_DOUBLE)?.length ?? 0) : body.length;
  const [one, each] = isGsm ? [160, 153] : [70, 67];
  return places <= one ? 1 : Math.ceil(places / each);
}
