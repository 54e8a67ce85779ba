import { createHash } from 'node:crypto';
import type { CarrierEvent, EndReason, RoomEvent } from '../../../handoff/handoff.js';
import { classifyDeliveryError } from './outcome.js';

/**
 * The fields of Twilio's callbacks that we read. The rest, numbers among them, is left where it
 * came.
 */
export interface TwilioForm {
  [field: string]: unknown;
  CallSid?: string;
  CallStatus?: string;
  AnsweredBy?: string;
  Digits?: string;
  MessageSid?: string;
  MessageStatus?: string;
  ErrorCode?: string;
  SequenceNumber?: string;
  SipResponseCode?: string;
  ConferenceSid?: string;
  StatusCallbackEvent?: string;
  ParticipantLabel?: string;
}

const MESSAGE = new Map<string, Extract<CarrierEvent, { kind: 'message' }>['delivery']>(
  Object.entries({
    queued: 'queued',
    accepted: 'queued',
    sending: 'queued',
    sent: 'sent',
    delivered: 'delivered',
    read: 'delivered',
    undelivered: 'undelivered',
    failed: 'failed',
    canceled: 'failed',
  } as const),
);

export function messageEvent(form: TwilioForm): CarrierEvent | undefined {
  const delivery = MESSAGE.get(form.MessageStatus ?? '');
  if (delivery === undefined) return undefined;
  if (delivery !== 'undelivered' && delivery !== 'failed') return { kind: 'message', delivery };
  const code = readErrorCode(form);
  const reason = classifyDeliveryError(code);
  return { kind: 'message', delivery, reason, ...(code !== undefined && { carrierCode: code }) };
}

/** Twilio's codes have five digits. */
function readErrorCode({ ErrorCode: text }: TwilioForm): number | undefined {
  return typeof text === 'string' && /^[1-9]\d{4}$/.test(text) ? Number(text) : undefined;
}

const ENDED = new Map<string, EndReason>(
  Object.entries({
    completed: 'hung_up',
    busy: 'busy',
    'no-answer': 'no_answer',
    canceled: 'canceled',
    failed: 'failed',
  } as const),
);

/**
 * SIP's words for a number that isn't there (RFC 3261, section 21): not found, gone, address
 * incomplete, does not exist anywhere. Other failures may pass.
 */
const NO_SUCH_NUMBER = new Set(['404', '410', '484', '604']);

export function callEvent(form: TwilioForm): CarrierEvent | undefined {
  const status = form.CallStatus ?? '';
  if (status === 'ringing') return { kind: 'call', state: 'ringing' };
  if (status === 'in-progress') return { kind: 'call', state: 'answered' };
  const reason =
    status === 'failed' && NO_SUCH_NUMBER.has(form.SipResponseCode ?? '')
      ? 'bad_number'
      : ENDED.get(status);
  return reason === undefined ? undefined : { kind: 'call', state: 'ended', reason };
}

/** `human` and `unknown` say nothing new; fax counts as a machine. */
export function machineEvent(form: TwilioForm): CarrierEvent | undefined {
  return /^(machine_|fax)/.test(form.AnsweredBy ?? '') ? { kind: 'machine' } : undefined;
}

const ROOM = new Map<string, RoomEvent['event']>(
  Object.entries({
    'conference-start': 'started',
    'conference-end': 'ended',
    'participant-join': 'joined',
    'participant-leave': 'left',
    'participant-mute': 'muted',
    'participant-unmute': 'unmuted',
  } as const),
);

/** Our label is a leg's id; anything else is none of ours. */
export function roomEvent(form: TwilioForm): RoomEvent | undefined {
  const event = ROOM.get(form.StatusCallbackEvent ?? '');
  const { ConferenceSid: roomRef, ParticipantLabel: label } = form;
  const sequence = Number(form.SequenceNumber);
  if (
    event === undefined ||
    typeof roomRef !== 'string' ||
    !/^CF[0-9a-f]{32}$/.test(roomRef) ||
    !Number.isSafeInteger(sequence)
  )
    return undefined;
  return {
    kind: 'room',
    event,
    roomRef,
    legId: typeof label === 'string' && /^[0-9a-f-]{36}$/.test(label) ? label : undefined,
    isMuted: form.Muted === 'true',
    sequence,
  };
}

/**
 * By what a callback is known again when the carrier repeats it: Twilio's own token where it sends
 * one, which stays the same over its retries; else id, event and sequence number.
 */
export function eventKey(form: TwilioForm, token: string | string[] | undefined): string {
  if (typeof token === 'string' && token !== '')
    return createHash('sha256').update(token).digest('hex');
  return [
    form.ConferenceSid ?? '',
    form.CallSid ?? form.MessageSid ?? '',
    form.StatusCallbackEvent ?? form.CallStatus ?? form.MessageStatus ?? form.AnsweredBy ?? '',
    form.SequenceNumber ?? '',
  ]
    .join(' ')
    .slice(0, 200);
}

/** The id of the message or call that a form speaks of. */
export function readCarrierRef(form: TwilioForm): string | undefined {
  const ref: unknown = form.CallSid ?? form.MessageSid;
  return typeof ref === 'string' ? ref : undefined;
}
