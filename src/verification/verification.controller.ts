import { Controller, Get, HttpCode, Ip, Post } from '@nestjs/common';
import { z } from 'zod';
import { Me, SignedIn } from '../accounts/session.guard.js';
import { Clock } from '../kernel/clock.js';
import { Id } from '../kernel/id.pipe.js';
import { IdempotencyKey } from '../kernel/idempotency.js';
import { Answer, Problems } from '../kernel/openapi.js';
import { ValidBody } from '../kernel/schema.pipe.js';
import { SubmittedCodePipe, SubmittedNumberPipe, submittedCode, submittedNumber } from '../plaintext/gate.js';
import { LANGUAGES } from '../texts/catalogue.js';
import { nextSteps } from './verification-session.js';
import { type VerificationAnswer, VerificationService } from './verification.service.js';

const channel = z.enum(['sms', 'voice']).default('sms').describe('voice: a call that speaks the code once the key that it asks for is pressed');
const newVerification = z.strictObject({
  number: submittedNumber,
  language: z.enum(LANGUAGES).optional().describe('Of the SMS or the call; your account\'s if left out'),
  channel,
});
const newSend = z.strictObject({ channel });
const newCheck = z.strictObject({ code: submittedCode });

const time = z.iso.datetime();
const verification = z.object({
  id: z.uuid(),
  state: z.enum(['pending', 'approved', 'canceled', 'expired', 'max_attempts', 'undeliverable', 'blocked']),
  createdAt: time,
  expiresAt: time,
  finishedAt: time.nullable(),
  delivery: z.object({
    state: z.string().describe('On its way to the carrier: queued, held (an operator holds it back for now), sending, accepted, unknown. An SMS then: sent, delivered. A call: ringing, answered, delivered (the code was spoken). Come to nothing: rejected, failed, expired, canceled, undelivered, or ended (a call that ended without speaking the code)'),
    reason: z.string().nullable().describe('Why it came to nothing. A call: busy (also declined), no_answer, hung_up, machine (voicemail heard no code), canceled, failed. Refused: bad_number, blocked, opted_out, fraud, spend_cap (what codes may cost in a day is used up)'),
    at: time,
  }).nullable().describe('How far the newest SMS or call has come'),
  next: z.object({
    sendAt: time.nullable().describe('From when the code may be sent again; null: not for this verification'),
    mayCheck: z.boolean(),
    checksLeft: z.int(),
  }),
});
const checked = verification.extend({ isCorrect: z.boolean() });

/** Proving one's number by a code. */
@Controller('v1/verifications')
@SignedIn()
export class VerificationController {
  constructor(
    private readonly verifications: VerificationService,
    private readonly clock: Clock,
  ) {}

  @Post()
  @Answer(201, verification, 'The verification')
  @Problems('INVALID_NUMBER', 'NUMBER_TYPE_REFUSED', 'COUNTRY_REFUSED', 'PREFIX_REFUSED', 'VOICE_ONLY', 'SENDS_BLOCKED', 'SEND_TOO_SOON', 'SEND_LIMIT', 'TOO_MANY_REQUESTS')
  async create(@Me() me: Me, @ValidBody(newVerification, SubmittedNumberPipe) body: z.infer<typeof newVerification>, @Ip() address: string, @IdempotencyKey() key: string | undefined): Promise<z.infer<typeof verification>> {
    return this.show(await this.verifications.create(me.accountId, body, address, key));
  }

  @Get(':id')
  @Answer(200, verification, 'The verification')
  async get(@Me() me: Me, @Id() id: string): Promise<z.infer<typeof verification>> {
    return this.show(await this.verifications.get(me.accountId, id));
  }

  @Post(':id/sends')
  @Answer(201, verification, 'The verification')
  @Problems('NOT_FOUND', 'VERIFICATION_FINISHED', 'SENDS_BLOCKED', 'SEND_TOO_SOON', 'SEND_LIMIT', 'TOO_MANY_REQUESTS')
  async sendAgain(@Me() me: Me, @Id() id: string, @ValidBody(newSend) body: z.infer<typeof newSend>, @Ip() address: string, @IdempotencyKey() key: string | undefined): Promise<z.infer<typeof verification>> {
    return this.show(await this.verifications.sendAgain(me.accountId, id, body.channel, address, key));
  }

  /** A wrong code is a 200 that says so. */
  @Post(':id/check')
  @HttpCode(200)
  @Answer(200, checked, 'The verification, and whether the code was right')
  @Problems('NOT_FOUND', 'VERIFICATION_FINISHED', 'GUESS_LIMIT')
  async check(@Me() me: Me, @Id() id: string, @ValidBody(newCheck, SubmittedCodePipe) body: z.infer<typeof newCheck>): Promise<z.infer<typeof checked>> {
    const answer = await this.verifications.check(me.accountId, id, body.code);
    return { ...this.show(answer), isCorrect: answer.isCorrect };
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Answer(200, verification, 'The verification')
  @Problems('NOT_FOUND', 'VERIFICATION_FINISHED')
  async cancel(@Me() me: Me, @Id() id: string): Promise<z.infer<typeof verification>> {
    return this.show(await this.verifications.cancel(me.accountId, id));
  }

  private show(answer: VerificationAnswer): z.infer<typeof verification> {
    const next = nextSteps(answer, this.clock.now());
    return {
      id: answer.id,
      state: answer.state,
      createdAt: answer.createdAt.toISOString(),
      expiresAt: answer.expiresAt.toISOString(),
      finishedAt: answer.finishedAt?.toISOString() ?? null,
      delivery: answer.delivery === undefined ? null : { state: answer.delivery.state, reason: answer.delivery.reason, at: answer.delivery.at.toISOString() },
      next: { sendAt: next.sendAt?.toISOString() ?? null, mayCheck: next.mayCheck, checksLeft: next.checksLeft },
    };
  }
}
