import type { Twilio } from 'twilio';
import type { Form } from '../../../handoff/channels.js';
import type { CarrierEvent, Outcome } from '../../../handoff/handoff.js';
import type { Redacted } from '../../../kernel/redacted.js';
import { contextQuery } from '../call-context.js';
import type { PhoneNumber } from '../../phone-number.js';
import {
  CarrierClient,
  type Found,
  type Listed,
  type OutgoingCall,
  type OutgoingSms,
} from '../carrier.js';
import { callEvent, messageEvent } from './callback-fields.js';
import { readList, toListed } from './lists.js';
import { classifyError } from './outcome.js';
import { RETRY } from './retry.js';
import { NoAnswer, RefusedForNow, UndiciClient } from './undici-client.js';

export interface TwilioClientOptions {
  accountSid: Redacted<string>;
  /** A key of the account that signs in for it; left out: the account itself does. */
  apiKey: string | undefined;
  /** The secret of the API key, if there is one; else the account's auth token. */
  secret: Redacted<string>;
  sender: Redacted<string>;
  /** `https://api.twilio.com`, or the simulator's. */
  baseUrl: string;
  /** Ask Twilio to keep neither text nor number longer than it must; not every account may. */
  discardsContent: boolean;
  onNoAnswer?: (error: unknown) => void;
}

/**
 * Twilio through its official SDK, which is 25 MB of JavaScript and so loaded with the first
 * hand-off's worker, not with the module.
 *
 * Holds plaintext: from `sendSms`, `placeCall` or a list until the request settles; what was fetched
 * of one, until its state is read.
 */
export class TwilioClient extends CarrierClient {
  readonly name = 'twilio';
  private readonly http: UndiciClient;
  private client: Promise<Twilio> | undefined;

  constructor(private readonly options: TwilioClientOptions) {
    super();
    this.http = new UndiciClient(options.onNoAnswer);
  }

  async sendSms({
    to,
    text,
    callbackUrl,
    purpose,
    validitySeconds,
  }: OutgoingSms): Promise<Outcome> {
    const twilio = await this.connect();
    return settle(
      twilio.messages.create({
        to: to.forCarrier(),
        from: this.options.sender.reveal(),
        body: text,
        statusCallback: `${callbackUrl}/message${RETRY}`,
        // Twilio takes 1 to 36,000 s.
        validityPeriod: Math.max(1, Math.min(36_000, validitySeconds)),
        // By default the guard is on, and drops texts to one person that repeat one another.
        riskCheck: purpose === 'verification' ? 'enable' : 'disable',
        ...(this.options.discardsContent
          ? { contentRetention: 'discard', addressRetention: 'obfuscate' }
          : {}),
      }),
    );
  }

  async placeCall({
    to,
    callbackUrl,
    context: context,
    ringSeconds,
    timeLimitSeconds,
  }: OutgoingCall): Promise<Outcome> {
    const twilio = await this.connect();
    return settle(
      twilio.calls.create({
        to: to.forCarrier(),
        from: this.options.sender.reveal(),
        url: `${callbackUrl}/answer?${contextQuery(context)}${RETRY}`,
        statusCallback: `${callbackUrl}/call${RETRY}`,
        statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
        timeout: ringSeconds,
        timeLimit: timeLimitSeconds,
        // Asynchronous: the person isn't kept waiting in silence, which call screeners take for a
        // robot's.
        machineDetection: 'Enable',
        asyncAmd: 'true',
        asyncAmdStatusCallback: `${callbackUrl}/machine${RETRY}`,
      }),
    );
  }

  /** `completed` ends a call that rings and one that talks; `canceled` would only end the first. */
  async hangUp(carrierRef: string): Promise<Outcome> {
    const twilio = await this.connect();
    const outcome = await settle(twilio.calls(carrierRef).update({ status: 'completed' }));
    // 21220: the call isn't in progress any more.
    return outcome.kind !== 'accepted' &&
      outcome.kind !== 'unavailable' &&
      'carrierCode' in outcome &&
      outcome.carrierCode === 21220
      ? { kind: 'accepted', carrierRef }
      : outcome;
  }

  async setMuted(roomRef: string, carrierRef: string, isMuted: boolean): Promise<Outcome> {
    const twilio = await this.connect();
    const outcome = await settle(
      twilio
        .conferences(roomRef)
        .participants(carrierRef)
        .update({ muted: isMuted })
        .then(({ callSid }) => ({ sid: callSid })),
    );
    // 20404: it isn't in the room any more, or the room is over.
    return 'carrierCode' in outcome && outcome.carrierCode === 20404
      ? { kind: 'accepted', carrierRef }
      : outcome;
  }

  async lookUpSms(carrierRef: string): Promise<Found> {
    const twilio = await this.connect();
    return find(
      twilio
        .messages(carrierRef)
        .fetch()
        .then(({ status, errorCode }) =>
          messageEvent({ MessageStatus: status, ErrorCode: String(errorCode ?? '') }),
        ),
    );
  }

  async lookUpCall(carrierRef: string): Promise<Found> {
    const twilio = await this.connect();
    return find(
      twilio
        .calls(carrierRef)
        .fetch()
        .then(({ status }) => callEvent({ CallStatus: status })),
    );
  }

  async listRoom(roomRef: string): Promise<ReadonlySet<string> | undefined> {
    const twilio = await this.connect();
    try {
      const participants = await twilio.conferences(roomRef).participants.list({ pageSize: 250 });
      return new Set(participants.map(({ callSid }) => callSid));
    } catch (error) {
      return isGone(error) ? new Set() : undefined;
    }
  }

  /** A message whose number Twilio was asked to blur isn't found by it. */
  canList(form: Form): boolean {
    return form === 'call' || !this.options.discardsContent;
  }

  async listSms(to: PhoneNumber, since: Date): Promise<readonly Listed[] | undefined> {
    if (!this.canList('text')) return undefined;
    const { messages } = await this.connect();
    const list = await readList((page) => messages.page({ to: to.forCarrier(), ...page }), since);
    return list?.map(({ status, errorCode, ...record }) =>
      toListed(record, this.options.sender.reveal(), () =>
        messageEvent({ MessageStatus: status, ErrorCode: String(errorCode ?? '') }),
      ),
    );
  }

  async listCalls(to: PhoneNumber, since: Date): Promise<readonly Listed[] | undefined> {
    const { calls } = await this.connect();
    const list = await readList((page) => calls.page({ to: to.forCarrier(), ...page }), since);
    return list?.map(({ status, ...record }) =>
      toListed(record, this.options.sender.reveal(), () => callEvent({ CallStatus: status })),
    );
  }

  async close(): Promise<void> {
    await this.http.close();
  }

  private connect(): Promise<Twilio> {
    this.client ??= import('twilio').then(({ default: twilio }) => {
      const accountSid = this.options.accountSid.reveal();
      const user = this.options.apiKey ?? accountSid;
      const client = twilio(user, this.options.secret.reveal(), {
        accountSid,
        httpClient: this.http as never,
        lazyLoading: true,
      });
      client.api.baseUrl = this.options.baseUrl;
      return client;
    });
    return this.client;
  }
}

/** 20404: there is none by that id. */
const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 20404;

/** What the SDK has fetched, or could not. Only its state is read: a record has numbers in it. */
async function find(request: Promise<CarrierEvent | undefined>): Promise<Found> {
  try {
    return { kind: 'found', event: await request };
  } catch (error) {
    return { kind: isGone(error) ? 'gone' : 'silent' };
  }
}

/** The SDK's answer or exception as a value; what an exception quotes ends here. */
async function settle(request: Promise<{ sid: string }>): Promise<Outcome> {
  try {
    const { sid } = await request;
    // An unreadable 201 is one that may have been accepted.
    return typeof sid === 'string' && /^[A-Z]{2}[0-9a-f]{32}$/.test(sid)
      ? { kind: 'accepted', carrierRef: sid }
      : { kind: 'unknown' };
  } catch (error) {
    if (error instanceof NoAnswer)
      return error.mayHaveLeft ? { kind: 'unknown' } : { kind: 'unavailable' };
    if (error instanceof RefusedForNow)
      return classifyError(error.status, error.code, error.retryAfterMs);
    const status =
      error instanceof Error && 'status' in error && typeof error.status === 'number'
        ? error.status
        : 0;
    const code =
      error instanceof Error && 'code' in error && typeof error.code === 'number'
        ? error.code
        : undefined;
    return classifyError(status, code);
  }
}
