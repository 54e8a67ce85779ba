import { Controller, HttpCode, Injectable, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CallMoment } from '../calls/call-script.js';
import { Logger } from '../kernel/logger.js';
import { Problem } from '../kernel/problem.js';
import { countCallback } from './callback.metrics.js';
import { CallWords } from './call-words.service.js';
import type { CallbackAddress } from './called-handoffs.service.js';
import { keyMoment, parseCallContext, parseRetry } from './carriers/call-context.js';
import { type CallbackKind, CarrierCallbacks, type CarrierNews } from './carriers/carrier.js';
import { CarrierEvents } from './carrier-events.service.js';

/**
 * Takes in what the carrier tells us and asks us. Each address holds an expiring capability for one
 * hand-off; each request is signed. Forged, stale and unknown ones are refused alike by what they
 * lack, and nothing of them is kept. When the database is away the answer is 503, and the carrier
 * tries again; a call is told to wait a moment instead.
 *
 * Holds plaintext: the carrier's request, with numbers in it, from its arrival until the few facts
 * that we want are read, before anything is waited for; the code of a call, from when it was opened
 * until it is in the answer.
 */
@Controller('carrier/:capability')
@Injectable()
export class CarrierCallbacksController {
  constructor(
    private readonly carrier: CarrierCallbacks,
    private readonly events: CarrierEvents,
    private readonly words: CallWords,
    private readonly logger: Logger,
  ) {}

  /** What became of an SMS. */
  @Post('message')
  @HttpCode(204)
  message(@Req() request: FastifyRequest): Promise<void> {
    return this.takeIn(request, 'message');
  }

  /** How a call goes on. */
  @Post('call')
  @HttpCode(204)
  call(@Req() request: FastifyRequest): Promise<void> {
    return this.takeIn(request, 'call');
  }

  /** Whether a person or a machine answered, some seconds after the fact. */
  @Post('machine')
  @HttpCode(204)
  machine(@Req() request: FastifyRequest): Promise<void> {
    return this.takeIn(request, 'machine');
  }

  /**
   * What happens in a conference's room, to any of its legs: the carrier tells all of it to the
   * first one's address.
   */
  @Post('room')
  @HttpCode(204)
  room(@Req() request: FastifyRequest): Promise<void> {
    return this.takeIn(request, 'room');
  }

  /** The call was answered: what is it to say? */
  @Post('answer')
  @HttpCode(200)
  answer(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return countCallback(
      'answer',
      async () => {
        const news = this.read(request, 'answer');
        return this.instruct(request, reply, news, { kind: 'answered' });
      },
      () => 'taken',
    );
  }

  /** A key was pressed, or the time for one ran out. */
  @Post('keys')
  @HttpCode(200)
  keys(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return countCallback(
      'keys',
      async () => {
        const news = this.read(request, 'keys');
        const moment = keyMoment(parseQuery(request), news.pressedKey);
        return this.instruct(request, reply, news, moment);
      },
      () => 'taken',
    );
  }

  private async takeIn(request: FastifyRequest, kind: CallbackKind): Promise<void> {
    await countCallback(
      kind,
      async () => this.events.takeIn(parseAddress(request), this.read(request, kind)),
      (result) => result,
    );
  }

  /** Asked twice for the same, we answer the same: what a key means is written once. */
  private async instruct(
    request: FastifyRequest,
    reply: FastifyReply,
    news: CarrierNews,
    moment: CallMoment,
  ): Promise<string> {
    const query = parseQuery(request);
    const context = parseCallContext(query);
    const { script, code } = await this.words.inTime(parseAddress(request), news, moment, {
      context: context,
      retry: parseRetry(query),
    });
    const { contentType, body } = this.carrier.renderScript(script, context, code);
    void reply.header('Content-Type', contentType);
    return body;
  }

  /** The signature first: it costs no look-up. @throws Problem SIGNATURE_REFUSED */
  private read(request: FastifyRequest, kind: CallbackKind): CarrierNews {
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
    request.body = undefined; // nothing further down has a use for it
    const signed = this.carrier.authenticate({
      path: request.originalUrl,
      headers: request.headers,
      body,
    });
    if (signed !== undefined) return this.carrier.read(kind, signed);
    this.logger.warn('callback_refused', { requestId: request.id, reason: 'signature' });
    throw new Problem('SIGNATURE_REFUSED');
  }
}

const parseQuery = (request: FastifyRequest): Record<string, unknown> =>
  request.query as Record<string, unknown>;

const parseAddress = ({ id, params }: FastifyRequest): CallbackAddress => ({
  capability: (params as { capability: string }).capability,
  requestId: id,
});
