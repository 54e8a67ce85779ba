import { Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Apps } from '../apps/apps.service.js';
import { Clock } from '../kernel/clock.js';
import { Problem } from '../kernel/problem.js';
import { givenId } from '../kernel/ids.js';
import { Id } from '../kernel/path-id.js';
import { IdempotencyKey } from '../kernel/idempotency.js';
import { noteForLog } from '../kernel/logger.js';
import { CHANNELS } from '../handoff/channels.js';
import { Answer, NextInProblems, Problems, Title } from '../kernel/openapi.js';
import { ValidBody, ValidFrom } from '../kernel/schema.pipe.js';
import {
  SubmittedCodePipe,
  submittedDevice,
  SubmittedNumberPipe,
  submittedCode,
  submittedNumber,
} from '../plaintext/gate.js';
import { LANGUAGES } from '../texts/catalogue.js';
import {
  appAsStarter,
  ForStarters,
  type Starter,
  getSubmission,
  TheStarter,
} from './starter.guard.js';
import { checked, nextInProblems, verification } from './verification-shapes.js';
import { AccountNumbers } from './account-numbers.service.js';
import { showDelivery } from './delivery-words.js';
import { VerificationChecks } from './verification-checks.service.js';
import { VerificationService } from './verification.service.js';
import { VerificationStarts } from './verification-starts.service.js';
import type { VerificationRow } from './verification-row.js';

const VOICE = 'voice: a call that speaks the code once the key that it asks for is pressed';
const channel = z.enum(CHANNELS).default('sms').describe(VOICE);
const address = z
  .union([z.ipv4(), z.ipv6()])
  .optional()
  .describe(
    'Apps only: the IP address of your user, which is counted as if they had come to us themselves',
  );
const newVerification = z.strictObject({
  number: submittedNumber,
  language: z
    .enum(LANGUAGES)
    .optional()
    .describe("Of the SMS or the call; your account's if left out"),
  channel: z
    .enum([...CHANNELS, 'auto'])
    .default('sms')
    .describe(
      `${VOICE}. auto: an SMS, and by itself a call with the same code if the carrier can't deliver it, ` +
        "or doesn't say that it did within a minute",
    ),
  device: submittedDevice.optional(),
  service: givenId('VA')
    .optional()
    .describe(
      'Apps only: by which of your services; the one that your app was made with if left out',
    ),
  address,
});
const newSend = z.strictObject({ channel, address });
const newCheck = z.strictObject({ code: submittedCode, address });

/** A start and a further send are refused alike with these. */
const REFUSED_SENDS = [
  'VOICE_ONLY',
  'CHANNEL_OFF',
  'SENDS_BLOCKED',
  'SEND_TOO_SOON',
  'SEND_LIMIT',
  'CALL_LIMIT',
  'TOO_MANY_REQUESTS',
] as const;

const appsOnlyProblem = (path: string): Problem =>
  new Problem('INVALID_INPUT', { errors: [{ path, message: 'for apps only' }] });

/**
 * Finds the address from which a person asks; an app's users don't come to us themselves, so it may
 * give theirs.
 */
function getClientAddress(
  starter: Starter,
  given: string | undefined,
  ip: string,
): string | undefined {
  if (starter.app !== undefined) return given;
  if (given !== undefined) throw appsOnlyProblem('address');
  return ip;
}

/** Proves a number by a code: the person's own, or, for an app, that of its user. */
@Controller('v1/verifications')
@ForStarters()
export class VerificationController {
  constructor(
    private readonly verifications: VerificationService,
    private readonly starts: VerificationStarts,
    private readonly checks: VerificationChecks,
    private readonly numbers: AccountNumbers,
    private readonly apps: Apps,
    private readonly clock: Clock,
  ) {}

  @Post()
  @Title('Start a verification, and send its code')
  @Answer(201, verification, 'The verification')
  @NextInProblems(nextInProblems)
  @Problems(
    'INVALID_NUMBER',
    'NUMBER_TYPE_REFUSED',
    'COUNTRY_REFUSED',
    'PREFIX_REFUSED',
    'NOT_FOUND',
    'SENDER_LIMIT',
    ...REFUSED_SENDS,
  )
  async create(
    @TheStarter() starter: Starter,
    @ValidFrom(getSubmission, newVerification, SubmittedNumberPipe)
    body: z.infer<typeof newVerification>,
    @Req() request: FastifyRequest,
    @IdempotencyKey() key: string | undefined,
  ): Promise<z.infer<typeof verification>> {
    const { service } = body;
    if (service !== undefined && starter.app === undefined) throw appsOnlyProblem('service');
    const serviceStarter =
      service === undefined || starter.app === undefined
        ? starter
        : appAsStarter(starter.app, await this.apps.service(starter.app, service));
    await this.numbers.take(serviceStarter, body.number);
    const { view } = await this.starts.start(
      serviceStarter,
      body,
      getClientAddress(starter, body.address, request.ip),
      key,
    );
    return this.show(request, view);
  }

  @Get(':id')
  @Title('Read a verification')
  @Answer(200, verification, 'The verification')
  @Problems('NOT_FOUND', 'TOO_MANY_REQUESTS')
  async get(
    @TheStarter() starter: Starter,
    @Id('id', 'VE') id: string,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof verification>> {
    return this.show(request, await this.verifications.get(starter, id));
  }

  @Post(':id/sends')
  @Title('Send the code again')
  @Answer(201, verification, 'The verification')
  @NextInProblems(nextInProblems)
  @Problems('NOT_FOUND', 'VERIFICATION_FINISHED', ...REFUSED_SENDS)
  async sendAgain(
    @TheStarter() starter: Starter,
    @Id('id', 'VE') id: string,
    @ValidBody(newSend) body: z.infer<typeof newSend>,
    @Req() request: FastifyRequest,
    @IdempotencyKey() key: string | undefined,
  ): Promise<z.infer<typeof verification>> {
    const { view } = await this.starts.sendAgain(
      starter,
      id,
      body.channel,
      getClientAddress(starter, body.address, request.ip),
      key,
    );
    return this.show(request, view);
  }

  /** A wrong code is answered with 200, and the body says that it was wrong. */
  @Post(':id/check')
  @HttpCode(200)
  @Title('Check a code')
  @Answer(200, checked, 'The verification, and whether the code was right')
  @NextInProblems(nextInProblems)
  @Problems('NOT_FOUND', 'VERIFICATION_FINISHED', 'GUESS_LIMIT', 'TOO_MANY_REQUESTS')
  async check(
    @TheStarter() starter: Starter,
    @Id('id', 'VE') id: string,
    @ValidBody(newCheck, SubmittedCodePipe) body: z.infer<typeof newCheck>,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof checked>> {
    const { view, isCorrect } = await this.checks.check(
      starter,
      id,
      body.code,
      getClientAddress(starter, body.address, request.ip),
    );
    return Object.assign(this.show(request, view), { isCorrect });
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Title('Cancel a verification')
  @Answer(200, verification, 'The verification')
  @NextInProblems(nextInProblems)
  @Problems('NOT_FOUND', 'VERIFICATION_FINISHED', 'TOO_MANY_REQUESTS')
  async cancel(
    @TheStarter() starter: Starter,
    @Id('id', 'VE') id: string,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof verification>> {
    return this.show(request, await this.verifications.cancel(starter, id));
  }

  private show(request: FastifyRequest, answer: VerificationRow): z.infer<typeof verification> {
    noteForLog(request, { verificationId: answer.id, state: answer.state });
    const { delivery } = answer;
    const next = this.verifications.nextSteps(answer, this.clock.now());
    return {
      id: answer.id,
      state: answer.state,
      createdAt: answer.createdAt.toISOString(),
      expiresAt: answer.expiresAt.toISOString(),
      finishedAt: answer.finishedAt?.toISOString() ?? null,
      delivery: delivery === undefined ? null : showDelivery(delivery, this.clock.now()),
      next: {
        smsAt: next.smsAt?.toISOString() ?? null,
        voiceAt: next.voiceAt?.toISOString() ?? null,
        mayCheck: next.mayCheck,
        checksLeft: next.checksLeft,
      },
    };
  }
}
