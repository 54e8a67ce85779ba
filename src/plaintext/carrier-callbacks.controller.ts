import { Controller, Header, HttpCode, Inject, Injectable, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import { CallInstructions } from '../calls/call-instructions.service.js';
import { askedDigit } from '../calls/asked-digit.js';
import { type CallMoment, type CallScript, HANG_UP } from '../calls/call-script.js';
import { outageScript } from '../calls/outage-script.js';
import { capabilityHash, type CarrierEvent, type Handoff } from '../handoff/handoff.js';
import { HandoffsRepository } from '../handoff/handoffs.repository.js';
import { Outcomes } from '../handoff/outcomes.service.js';
import { Clock, type Timer } from '../kernel/clock.js';
import { Database, isDatabaseAway, type Transaction } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import { Problem } from '../kernel/problem.js';
import type { Redacted } from '../kernel/redacted.js';
import { keyMoment, lineOf, retryOf } from './carriers/call-line.js';
import { callEvent, eventKey, machineEvent, messageEvent, roomEvent, type TwilioForm } from './carriers/twilio-callback.js';
import { renderTwiml } from './carriers/twiml.js';
import type { Code } from './code.js';
import { openSpoken } from './spoken-code.js';
import { NumbersRepository } from './vault/numbers.repository.js';

export interface CallbackOptions {
  /** The account's auth token, and during a rotation the next one. */
  webhookTokens: Redacted<readonly string[]>;
  /** The address that the carrier signed: ours as it sees it, whatever proxy stands between. */
  ingressPublicUrl: string;
  timer: Timer;
}

/** Somebody is on the phone: words that can't be had by then are asked for again. The carrier itself gives up after 15 s. */
const WORDS_WITHIN_MS = 5_000;

type Words = { script: CallScript; code?: Code | undefined };
type Found = Handoff & { carrierRef: string | null };

/**
 * Takes in what the carrier tells us and asks us. Each address holds an expiring capability for one hand-off; each
 * request is signed. Forged, stale and unknown ones are refused alike by what they lack, and nothing of them is kept.
 * When the database is away the answer is 503, and the carrier tries again; a call is told to wait a moment instead.
 *
 * Holds plaintext: the carrier's form, with numbers in it, from its arrival until the few fields we want are read; the
 * code of a call, whose URL alone opens it, from then until it is in the answer.
 */
@Controller('carrier/:capability')
@Injectable()
export class CarrierCallbacksController {
  constructor(
    @Inject('CallbackOptions') private readonly options: CallbackOptions,
    private readonly database: Database,
    private readonly handoffs: HandoffsRepository,
    private readonly outcomes: Outcomes,
    private readonly instructions: CallInstructions,
    private readonly numbers: NumbersRepository,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** What became of an SMS. */
  @Post('message')
  @HttpCode(204)
  message(@Req() request: FastifyRequest): Promise<void> {
    return this.takeIn(request, messageEvent);
  }

  /** How a call goes on. */
  @Post('call')
  @HttpCode(204)
  call(@Req() request: FastifyRequest): Promise<void> {
    return this.takeIn(request, callEvent);
  }

  /** Whether a person or a machine answered, some seconds after the fact. */
  @Post('machine')
  @HttpCode(204)
  machine(@Req() request: FastifyRequest): Promise<void> {
    return this.takeIn(request, machineEvent);
  }

  /** What happens in a conference's room, to any of its legs: the carrier tells all of it to the first one's address. */
  @Post('room')
  @HttpCode(204)
  room(@Req() request: FastifyRequest): Promise<void> {
    return this.takeIn(request, roomEvent);
  }

  /** The call was answered: what is it to say? */
  @Post('answer')
  @HttpCode(200)
  @Header('Content-Type', 'text/xml; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  answer(@Req() request: FastifyRequest): Promise<string> {
    return this.instruct(request, () => ({ kind: 'answered' }));
  }

  /** A key was pressed, or the time for one ran out. */
  @Post('keys')
  @HttpCode(200)
  @Header('Content-Type', 'text/xml; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  keys(@Req() request: FastifyRequest): Promise<string> {
    return this.instruct(request, (form) => keyMoment(request.query as Record<string, unknown>, form.Digits));
  }

  private async takeIn(request: FastifyRequest, read: (form: TwilioForm) => CarrierEvent | undefined): Promise<void> {
    const form = this.authenticate(request);
    const event = read(form);
    const key = eventKey(form, request.headers['i-twilio-idempotency-token']);
    const now = this.clock.now();
    await this.database.transaction(async (trx) => {
      const handoff = await this.find(trx, request, now);
      if (event === undefined || (event.kind !== 'room' && !isSameRef(handoff, form)) || !(await this.handoffs.rememberCallback(trx, handoff.id, key, now))) return;
      const isNews = event.kind !== 'message' || (await this.handoffs.advanceDelivery(trx, handoff.id, event.delivery));
      if (isNews) await this.outcomes.hear(trx, handoff, event, now);
      if (event.kind !== 'room') await this.prove(trx, handoff, form, now);
      this.logger.info('carrier_event', { handoffId: handoff.id, state: event.kind === 'machine' ? 'machine' : event.kind === 'call' ? event.state : event.kind === 'room' ? event.event : event.delivery });
      if (isNews) await this.outcomes.of(handoff.purpose).carrierEvent(trx, handoff, event, now);
    });
  }

  /** Asked twice for the same, we answer the same: what a key means is written once. */
  private async instruct(request: FastifyRequest, read: (form: TwilioForm) => CallMoment): Promise<string> {
    const form = this.authenticate(request);
    const moment = read(form);
    const query = request.query as Record<string, unknown>;
    const line = lineOf(query);
    const words = await this.inTime(this.words(request, form, moment)) ?? { script: outageScript(line, moment, retryOf(query)) };
    return renderTwiml(words.script, line, words.code);
  }

  private words(request: FastifyRequest, form: TwilioForm, moment: CallMoment): Promise<Words> {
    const { capability } = request.params as { capability: string };
    const now = this.clock.now();
    return this.database.transaction(async (trx) => {
      const handoff = await this.find(trx, request, now);
      // A call that isn't the one we know of, from a request whose answer was lost: it must not speak.
      if (!isSameRef(handoff, form)) return { script: HANG_UP };
      await this.prove(trx, handoff, form, now);
      const { id: handoffId, language, purpose, subjectId } = handoff;
      const digitAt = (turn: number, wrongKeys?: string): string => askedDigit(capability, turn, wrongKeys);
      const script = await this.instructions.next(trx, purpose, subjectId, moment, now, { handoffId, language, digitAt });
      const sealed = script.some((step) => 'sayCode' in step) ? await this.numbers.findSpokenCode(trx, handoffId) : undefined;
      return { script, code: sealed && openSpoken(sealed, capability, handoffId) };
    });
  }

  /**
   * Undefined when it is late or the database is away. A transaction that commits after all does no harm: the same moment
   * comes again and means the same.
   */
  private async inTime(work: Promise<Words>): Promise<Words | undefined> {
    const over = new AbortController();
    const ended = work.catch((error: unknown) => {
      if (isDatabaseAway(error)) return undefined;
      throw error;
    });
    try {
      const late = this.options.timer.wait(WORDS_WITHIN_MS, over.signal).then(() => undefined);
      const words = await Promise.race([ended, late]);
      if (words !== undefined) return words;
      this.logger.warn('words_late', { message: 'a call was asked to wait a moment' });
      ended.catch((error: unknown) => this.logger.error('words_failed', error)); // nobody waits for it any more
      return undefined;
    } finally {
      over.abort();
    }
  }

  /** The signature first: it costs no look-up. @throws Problem SIGNATURE_REFUSED */
  private authenticate(request: FastifyRequest): TwilioForm {
    const signature = request.headers['x-twilio-signature'];
    const form = typeof request.body === 'object' && request.body !== null ? (request.body as TwilioForm) : {};
    request.body = undefined; // nothing further down has a use for it
    const isOurs = typeof signature === 'string' && this.options.webhookTokens.reveal()
      .some((token) => validateRequest(token, signature, `${this.options.ingressPublicUrl}${request.originalUrl}`, form));
    if (isOurs) return form;
    this.logger.warn('callback_refused', { requestId: request.id, reason: 'signature' });
    throw new Problem('SIGNATURE_REFUSED');
  }

  private async find(trx: Transaction, request: FastifyRequest, now: Date): Promise<Found> {
    const { capability } = request.params as { capability: string };
    const handoff = await this.handoffs.findByCapability(trx, capabilityHash(capability), now);
    if (handoff !== undefined) return handoff;
    this.logger.warn('callback_refused', { requestId: request.id, reason: 'capability' });
    throw new Problem('NOT_FOUND');
  }

  /** That the carrier speaks of it proves that it was accepted, whatever became of its answer to us. */
  private async prove(trx: Transaction, handoff: Found, form: TwilioForm, now: Date): Promise<void> {
    const carrierRef = form.CallSid ?? form.MessageSid;
    if (handoff.state !== 'sending' && handoff.state !== 'unknown') return;
    const isNews = await this.handoffs.settle(trx, handoff.id, 'accepted', { carrier: 'twilio', ...(typeof carrierRef === 'string' ? { carrierRef } : {}) }, now);
    if (isNews) await this.outcomes.of(handoff.purpose).settled(trx, handoff, { state: 'accepted' }, now);
  }
}

function isSameRef(handoff: Found, form: TwilioForm): boolean {
  return handoff.carrierRef === null || handoff.carrierRef === (form.CallSid ?? form.MessageSid);
}
