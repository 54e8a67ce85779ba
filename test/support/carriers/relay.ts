import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CallScript, CallStep } from '../../../src/calls/call-script.js';
import { HANG_UP } from '../../../src/calls/call-script.js';
import type { CallContext } from '../../../src/calls/outage-script.js';
import type { CarrierEvent, EndReason, Outcome } from '../../../src/handoff/handoff.js';
import {
  keysAddress,
  contextQuery,
  sameAddress,
} from '../../../src/plaintext/carriers/call-context.js';
import {
  type CallbackKind,
  type CallbackSettings,
  type Carrier,
  CarrierCallbacks,
  CarrierClient,
  type ClientSettings,
  type CarrierNews,
  type CarrierRequest,
  type Found,
  type Listed,
  type OutgoingCall,
  type OutgoingSms,
  type RenderedScript,
  type SignedRequest,
} from '../../../src/plaintext/carriers/carrier.js';
import type { Code } from '../../../src/plaintext/code.js';
import { PhoneNumber } from '../../../src/plaintext/phone-number.js';

/**
 * A second carrier, that shares nothing with the first but the contract: JSON, UUIDs as ids, words
 * as error codes, a signature over a timestamp and the body's bytes in one header, call scripts as
 * JSON. It has neither rooms nor machine detection, and gives no message up by itself.
 */
export const relay: Carrier = {
  name: 'relay',
  can: { machineDetection: false, rooms: false, callEvents: true, validity: false, lists: true },
  contentType: 'application/json',
  makeClient: (settings) => new RelayClient(settings),
  makeCallbacks: (settings) => new RelayCallbacks(settings),
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const refOf = (value: unknown): string | undefined =>
  typeof value === 'string' && UUID.test(value) ? value : undefined;

const OUTCOMES = new Map<string, Outcome>([
  ['invalid-destination', { kind: 'rejected', reason: 'bad_number' }],
  ['no-texts', { kind: 'rejected', reason: 'no_sms' }],
  ['stopped', { kind: 'rejected', reason: 'opted_out' }],
  ['barred', { kind: 'rejected', reason: 'blocked' }],
  ['unauthorized', { kind: 'misconfigured' }],
  ['unknown-sender', { kind: 'misconfigured' }],
  ['not-found', { kind: 'misconfigured' }],
  ['slow-down', { kind: 'unavailable' }],
  ['queue-full', { kind: 'unavailable' }],
]);

class RelayClient extends CarrierClient {
  readonly name = 'relay';

  constructor(private readonly settings: ClientSettings) {
    super();
  }

  sendSms({ to, text, callbackUrl }: OutgoingSms): Promise<Outcome> {
    return this.post('messages', { to: to.forCarrier(), text, notify: `${callbackUrl}/message` });
  }

  placeCall({
    to,
    callbackUrl,
    context: line,
    ringSeconds,
    timeLimitSeconds,
  }: OutgoingCall): Promise<Outcome> {
    const addresses = {
      script: `${callbackUrl}/answer?${contextQuery(line)}`,
      notify: `${callbackUrl}/call`,
    };
    return this.post('calls', { to: to.forCarrier(), ...addresses, ringSeconds, timeLimitSeconds });
  }

  hangUp(carrierRef: string): Promise<Outcome> {
    return this.post(`calls/${carrierRef}/end`, {});
  }

  setMuted(): Promise<Outcome> {
    return Promise.resolve({ kind: 'misconfigured' });
  }

  lookUpSms(carrierRef: string): Promise<Found> {
    return this.find('message', `messages/${carrierRef}`);
  }

  lookUpCall(carrierRef: string): Promise<Found> {
    return this.find('call', `calls/${carrierRef}`);
  }

  listRoom(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  canList(): boolean {
    return true;
  }

  listSms(to: PhoneNumber): Promise<readonly Listed[] | undefined> {
    return this.list('message', `messages?to=${encodeURIComponent(to.forCarrier())}`);
  }

  listCalls(to: PhoneNumber): Promise<readonly Listed[] | undefined> {
    return this.list('call', `calls?to=${encodeURIComponent(to.forCarrier())}`);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async list(kind: CallbackKind, path: string): Promise<readonly Listed[] | undefined> {
    const response = await fetch(`${this.settings.carrierBaseUrl}/${path}`, {
      redirect: 'manual',
      headers: { authorization: `Bearer ${this.settings.carrierAuthToken.reveal()}` },
    }).catch(() => undefined);
    const all: unknown =
      response?.status === 200 ? await response.json().catch(() => undefined) : undefined;
    if (!Array.isArray(all)) return undefined;
    return (all as Record<string, unknown>[]).map((fields) => ({
      carrierRef: String(fields['id']),
      to: PhoneNumber.fromList(fields['to']),
      isFromUs: fields['from'] === this.settings.carrierSenderNumber.reveal(),
      createdAt: new Date(String(fields['at'])),
      event: eventOf(kind, fields),
    }));
  }

  private async find(kind: CallbackKind, path: string): Promise<Found> {
    const response = await fetch(`${this.settings.carrierBaseUrl}/${path}`, {
      redirect: 'manual',
      headers: { authorization: `Bearer ${this.settings.carrierAuthToken.reveal()}` },
    }).catch(() => undefined);
    if (response?.status === 404) return { kind: 'gone' };
    const fields =
      response?.status === 200 ? await response.json().catch(() => undefined) : undefined;
    if (fields === undefined) return { kind: 'silent' };
    return { kind: 'found', event: eventOf(kind, fields as Record<string, unknown>) };
  }

  private async post(path: string, body: object): Promise<Outcome> {
    let response: Response;
    try {
      response = await fetch(`${this.settings.carrierBaseUrl}/${path}`, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${this.settings.carrierAuthToken.reveal()}`,
        },
        body: JSON.stringify({ from: this.settings.carrierSenderNumber.reveal(), ...body }),
      });
    } catch (error) {
      const { code } = (error as { cause?: { code?: unknown } }).cause ?? {};
      return { kind: code === 'ECONNREFUSED' ? 'unavailable' : 'unknown' };
    }
    const answer = (await response.json().catch(() => ({}))) as { id?: unknown; error?: unknown };
    const carrierRef = refOf(answer.id);
    if (response.status === 201)
      return carrierRef === undefined ? { kind: 'unknown' } : { kind: 'accepted', carrierRef };
    if (response.status >= 500 || response.status < 400) return { kind: 'unknown' };
    const outcome = OUTCOMES.get(String(answer.error)) ?? { kind: 'misconfigured' };
    const pause = Number(response.headers.get('retry-after'));
    return outcome.kind === 'unavailable' && pause > 0
      ? { ...outcome, retryAfterMs: pause * 1_000 }
      : outcome;
  }
}

export const signRelay = (secret: string, at: number, body: string | Uint8Array): string =>
  `t=${String(at)},v1=${createHmac('sha256', secret)
    .update(`${String(at)}.`)
    .update(body)
    .digest('hex')}`;

const DELIVERIES = new Map<unknown, Extract<CarrierEvent, { kind: 'message' }>>([
  ['on-its-way', { kind: 'message', delivery: 'sent' }],
  ['arrived', { kind: 'message', delivery: 'delivered' }],
  ['lost', { kind: 'message', delivery: 'undelivered', reason: 'undelivered' }],
  ['nobody-there', { kind: 'message', delivery: 'undelivered', reason: 'bad_number' }],
]);
const ENDS = new Map<unknown, EndReason>([
  ['over', 'hung_up'],
  ['engaged', 'busy'],
  ['unanswered', 'no_answer'],
]);

class RelayCallbacks extends CarrierCallbacks {
  readonly name = 'relay';

  constructor(private readonly settings: CallbackSettings) {
    super();
  }

  authenticate({ headers, body }: CarrierRequest): SignedRequest | undefined {
    const [, at, given] =
      /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(String(headers['x-relay-signature'])) ?? [];
    if (at === undefined || given === undefined) return undefined;
    const isSigned = this.settings.carrierWebhookTokens
      .reveal()
      .some((secret) =>
        timingSafeEqual(
          Buffer.from(signRelay(secret, Number(at), body)),
          Buffer.from(`t=${at},v1=${given}`),
        ),
      );
    return isSigned
      ? { headers, fields: JSON.parse(Buffer.from(body).toString()) as Record<string, unknown> }
      : undefined;
  }

  read(kind: CallbackKind, { fields }: SignedRequest): CarrierNews {
    return {
      carrierRef: refOf(fields['about']),
      eventKey: String(fields['event']).slice(0, 200),
      event: eventOf(kind, fields),
      pressedKey: fields['key'],
    };
  }

  renderScript(script: CallScript, line: CallContext, code?: Code): RenderedScript {
    const cannot = script.some(
      (step) => 'joinRoom' in step || ('sayCode' in step && code === undefined),
    );
    return {
      contentType: 'application/json',
      body: JSON.stringify((cannot ? HANG_UP : script).map((step) => rendered(step, line, code))),
    };
  }
}

function eventOf(
  kind: CallbackKind,
  { status }: Readonly<Record<string, unknown>>,
): CarrierEvent | undefined {
  if (kind === 'message') return DELIVERIES.get(status);
  if (kind !== 'call') return undefined;
  if (status === 'ringing' || status === 'answered') return { kind: 'call', state: status };
  const reason = ENDS.get(status);
  return reason === undefined ? undefined : { kind: 'call', state: 'ended', reason };
}

function rendered(step: CallStep, line: CallContext, code: Code | undefined): object {
  if ('sayCode' in step) return { say: [...(code?.forCarrier() ?? '')].join(' ') };
  if ('ask' in step) return { ask: step.ask.map(({ say }) => say), then: keysAddress(line, step) };
  if ('goOn' in step) return { then: sameAddress(line, step.goOn, step.retry) };
  if ('say' in step) return { say: step.say };
  return step;
}
