import type { Form } from './form.js';
import type { CallOrder, Source } from '../calls/call.js';
import type { Entrance } from '../rooms/conference.js';
import { findMagicErrorFrom, findMagicErrorTo } from './magic-numbers.js';
import type { MessageOrder } from '../messages/message.js';
import { parseCallEvents, parseRoomEvents, type CallEvent } from '../network/status-events.js';
import { TwilioError } from './twilio-errors.js';
import type { Webhook } from '../network/webhook.js';

/**
 * Reads a request to create a message. Defaults from Twilio, "Messages resource" (ValidityPeriod
 * 36000 s).
 */
export function readMessageOrder(form: Form, ownNumbers: ReadonlySet<string>): MessageOrder {
  const to = form.getFilled('To') ?? fail(21604);
  const from = form.getFilled('From') ?? fail(21603);
  const body = form.getFilled('Body') ?? fail(21602);
  if (body.length > 1_600) fail(21617);
  const order = {
    ...readParties('sms', to, from, ownNumbers),
    body,
    validityPeriodS: readInteger(form, 'ValidityPeriod', 1, 36_000, 36_000, 20001),
  };
  const statusCallback = readWebhook(form, 'StatusCallback', 21609);
  return statusCallback === undefined ? order : { ...order, statusCallback };
}

/**
 * Reads a request to create a call. Defaults from Twilio, "Call resource" (Timeout 60 s, TimeLimit
 * 4 h, POST).
 */
export function readCallOrder(form: Form, ownNumbers: ReadonlySet<string>): CallOrder {
  const to = form.getFilled('To') ?? fail(21201);
  const from = form.getFilled('From') ?? fail(21213);
  const order: CallOrder = {
    ...readParties('call', to, from, ownNumbers),
    source: readCallSource(form) ?? fail(21205, 'Url parameter is required.'),
    events: readCallEvents(form),
    ringS: readInteger(form, 'Timeout', 1, 600, 60, 21208),
    timeLimitS: readInteger(form, 'TimeLimit', 1, 86_400, 14_400, 20001),
  };
  if (form.has('SendDigits') && !/^[0-9A-D#*wW]{0,32}$/.test(form.get('SendDigits') ?? ''))
    fail(21206);
  const fallback = readWebhook(form, 'FallbackUrl', 21205, 'FallbackMethod');
  if (fallback !== undefined) order.fallback = fallback;
  const statusCallback = readWebhook(form, 'StatusCallback', 21609);
  if (statusCallback !== undefined) order.statusCallback = statusCallback;
  const detection = form.getFilled('MachineDetection');
  // With SendDigits, Twilio ignores MachineDetection.
  if (
    detection !== undefined &&
    detection.toLowerCase() !== 'none' &&
    !form.getFilled('SendDigits')
  ) {
    const callback = readWebhook(form, 'AsyncAmdStatusCallback', 21609);
    order.machineDetection = {
      waitsForEnd: detection === 'DetectMessageEnd',
      isAsync: form.get('AsyncAmd') === 'true',
      ...(callback === undefined ? {} : { callback }),
    };
  }
  return order;
}

/**
 * Reads a request to put someone into a conference: a call without instructions, and how it enters.
 * Defaults from Twilio, "Participants resource" (Timeout 60 s from 5 s on, conference events `start
 * end`).
 */
export function readParticipantOrder(
  form: Form,
  ownNumbers: ReadonlySet<string>,
): { call: CallOrder; entrance: Entrance } {
  const to = form.getFilled('To') ?? fail(21201);
  const from = form.getFilled('From') ?? fail(21213);
  const label = form.getFilled('Label');
  // A label must not look like a call's sid, nor break a path. Source: Twilio, error 16023.
  if (
    label !== undefined &&
    (label.length > 128 || /^CA[0-9a-f]{32}$/.test(label) || /\/|%2f/i.test(label))
  )
    fail(16023);
  const call: CallOrder = {
    ...readParties('call', to, from, ownNumbers),
    source: { verbs: [] },
    events: readCallEvents(form),
    ringS: readInteger(form, 'Timeout', 5, 600, 60, 21208),
    timeLimitS: readInteger(form, 'TimeLimit', 1, 86_400, 14_400, 20001),
  };
  const statusCallback = readWebhook(form, 'StatusCallback', 21609);
  if (statusCallback !== undefined) call.statusCallback = statusCallback;
  const detection = form.getFilled('MachineDetection');
  if (detection !== undefined) {
    const callback = readWebhook(form, 'AmdStatusCallback', 21609);
    // Detection never keeps anybody out of the room, so it always runs beside the call.
    call.machineDetection = {
      waitsForEnd: detection === 'DetectMessageEnd',
      isAsync: true,
      ...(callback === undefined ? {} : { callback }),
    };
  }
  const roomCallback = readWebhook(form, 'ConferenceStatusCallback', 21609);
  return {
    call,
    entrance: {
      isMuted: form.get('Muted') === 'true',
      startsOnEnter: form.get('StartConferenceOnEnter') !== 'false',
      endsOnExit: form.get('EndConferenceOnExit') === 'true',
      maxParticipants: readInteger(form, 'MaxParticipants', 2, 250, 250, 20001),
      events: parseRoomEvents(
        form.getAll('ConferenceStatusCallbackEvent').join(' ') || 'start end',
      ),
      ...(label === undefined ? {} : { label }),
      ...(roomCallback === undefined ? {} : { statusCallback: roomCallback }),
    },
  };
}

/** Reads where a call's instructions come from. `Url` wins over `Twiml` where both are given. */
export function readCallSource(form: Form): Source | undefined {
  const url = readWebhook(form, 'Url', 21205, 'Method');
  if (url !== undefined) return url;
  const twiml = form.getFilled('Twiml');
  if (twiml !== undefined && twiml.length > 4_000)
    fail(20001, 'Twiml is longer than 4000 characters');
  return twiml === undefined ? undefined : { twiml };
}

function readCallEvents(form: Form): ReadonlySet<CallEvent> {
  // Older clients send one field with the events separated by spaces.
  return parseCallEvents(form.getAll('StatusCallbackEvent').join(' '));
}

function readParties(
  channel: 'call' | 'sms',
  toText: string,
  fromText: string,
  ownNumbers: ReadonlySet<string>,
) {
  const from =
    parseE164(fromText) ?? fail(21212, `The 'From' number ${fromText} is not a valid phone number`);
  const magicFrom = findMagicErrorFrom(channel, from);
  if (magicFrom !== undefined) fail(magicFrom);
  if (!ownNumbers.has(from)) fail(channel === 'call' ? 21210 : 21606);
  const to =
    parseE164(toText) ?? fail(21211, `The 'To' number ${toText} is not a valid phone number`);
  const magicTo = findMagicErrorTo(channel, to);
  if (magicTo !== undefined) fail(magicTo);
  if (channel === 'sms' && to === from) fail(21266);
  return { to, from };
}

/** Twilio takes numbers with blanks, dashes and parentheses, and answers with E.164. */
export function parseE164(text: string): string | undefined {
  const digits = text.replace(/[\s().-]/g, '').replace(/^\+/, '');
  return /^[1-9]\d{6,14}$/.test(digits) ? `+${digits}` : undefined;
}

export function readWebhook(
  form: Form,
  name: string,
  code: number,
  methodName = `${name}Method`,
): Webhook | undefined {
  const url = form.getFilled(name);
  if (url === undefined) return undefined;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) fail(code);
  return { url, method: form.get(methodName)?.toUpperCase() === 'GET' ? 'GET' : 'POST' };
}

function readInteger(
  form: Form,
  name: string,
  min: number,
  max: number,
  defaultValue: number,
  code: number,
): number {
  const text = form.getFilled(name);
  if (text === undefined) return defaultValue;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max
    ? value
    : fail(code, `${name} must be an integer between ${String(min)} and ${String(max)}`);
}

function fail(code: number, message?: string): never {
  throw new TwilioError(code, undefined, message);
}
