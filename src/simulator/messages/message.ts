import type { FormFields } from '../network/signature.js';
import type { Webhook } from '../network/webhook.js';

/**
 * A message is queued; then sent (handed to the phone's network), failed (never left) or canceled;
 * a sent one is delivered or undelivered. Source: Twilio, "Outbound message status".
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

/** What a request asks of a message, before there is one. */
export interface MessageOrder {
  to: string;
  from: string;
  body: string;
  /** The network gives an undelivered message up after this many seconds. */
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

/** Builds what a message's StatusCallback carries. Messages have no sequence number. */
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
