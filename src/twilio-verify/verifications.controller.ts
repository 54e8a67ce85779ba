import { Controller, Get, HttpCode, Param, Post, Req, UseInterceptors } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type CallingApp } from '../apps/app.js';
import { SignedInApp, TheApp } from '../apps/app.guard.js';
import { Apps } from '../apps/apps.service.js';
import { CHANNELS, getTraits } from '../handoff/channels.js';
import { Clock } from '../kernel/clock.js';
import { noteForLog } from '../kernel/logger.js';
import { parseId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import { because } from '../kernel/reason.js';
import { ValidBody } from '../kernel/schema.pipe.js';
import {
  NumberEcho,
  NumberInPath,
  LookupNumber,
  lookupNumber,
  SubmittedCheckPipe,
  submittedCode,
  submittedNumber,
  SubmittedToPipe,
} from '../plaintext/gate.js';
import { appAsStarter, type Starter } from '../verification/starter.guard.js';
import { VerificationChecks } from '../verification/verification-checks.service.js';
import { VerificationService } from '../verification/verification.service.js';
import { VerificationStarts } from '../verification/verification-starts.service.js';
import type { VerificationRow } from '../verification/verification-row.js';
import { PublicUrl } from './public-url.js';
import { StartedTwice } from './refusals.js';
import {
  type AnswerContext,
  channelNamed,
  parseLocale,
  MASKED,
  showCheck,
  showVerification,
} from './resources.js';

/** An empty parameter counts as none: some SDKs send those. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.union([z.literal('').transform(() => undefined), schema]).optional();

/**
 * Each of these parameters would take a promise or a limit away if it were passed over in silence,
 * so it is refused with this reason.
 */
const REFUSED = {
  CustomCode: 'codes are made here, by chance',
  CustomMessage: "the text is the service's, which the operator writes",
  Amount: 'a code here is bound to no payment',
  Payee: 'a code here is bound to no payment',
  RateLimits: "the limits are the operator's; DeviceIp is counted",
} as const;
const refused = {
  CustomCode: z.unknown().optional(),
  CustomMessage: z.unknown().optional(),
  Amount: z.unknown().optional(),
  Payee: z.unknown().optional(),
  RateLimits: z.unknown().optional(),
};

/** A parameter that isn't named here is passed over. */
const start = z.object({
  To: submittedNumber,
  Channel: z.enum(['sms', 'call', 'auto', 'whatsapp', 'email', 'sna', 'rcs']),
  Locale: optional(
    z
      .string()
      .max(20)
      .transform((locale, context) => {
        const language = parseLocale(locale);
        if (language === undefined)
          context.addIssue({ code: 'custom', ...because('expected one of our languages') });
        return language;
      }),
  ),
  DeviceIp: optional(z.union([z.ipv4(), z.ipv6()])),
  SendDigits: optional(z.string()),
  RiskCheck: optional(z.literal('enable')), // `disable` would go past the guard
  ...refused,
});
const check = z.object({
  To: lookupNumber.optional(),
  VerificationSid: optional(z.string()),
  Code: submittedCode,
  Amount: refused.Amount,
  Payee: refused.Payee,
});
const update = z.object({ Status: z.enum(['canceled', 'approved']) });

function isText(name: string): boolean {
  const channel = channelNamed(name);
  return channel !== undefined && getTraits(channel).form === 'text';
}

const invalid = (path: string, message: string): Problem =>
  new Problem('INVALID_INPUT', { errors: [{ path, message }] });

/**
 * Speaks Twilio Verify v2 over the service that our own API uses, so that whoever has one of
 * Twilio's SDKs changes an address and a secret.
 */
@Controller('v2/Services/:service')
@ApiExcludeController()
@SignedInApp()
@UseInterceptors(NumberEcho)
export class TwilioVerificationsController {
  constructor(
    private readonly verifications: VerificationService,
    private readonly starts: VerificationStarts,
    private readonly checks: VerificationChecks,
    private readonly apps: Apps,
    private readonly clock: Clock,
    private readonly publicUrl: PublicUrl,
  ) {}

  /**
   * Starts a verification; while one is pending its code is sent once more, as the waits allow it.
   */
  @Post('Verifications')
  async start(
    @TheApp() app: CallingApp,
    @Param('service') sid: string,
    @Req() request: FastifyRequest,
    @ValidBody(start, SubmittedToPipe) body: z.infer<typeof start>,
  ): Promise<object> {
    refuse(body);
    if (body.SendDigits !== undefined && !isText(body.Channel))
      throw invalid('SendDigits', 'a call is answered by a person, who presses a key');
    const scope = await this.getScope(app, sid);
    const channel = body.Channel === 'auto' ? 'auto' : channelNamed(body.Channel);
    if (channel === undefined) throw new Problem('CHANNEL_OFF');
    const beganAt = this.clock.now();
    const { view: made, isNew } = await this.starts.start(
      scope.starter,
      { number: body.To, channel, language: body.Locale },
      body.DeviceIp,
      undefined,
    );
    if (isNew) return showVerification(scope.context, noteVerification(request, made), body.To);
    if (made.createdAt >= beganAt)
      throw new StartedTwice(this.verifications.nextSteps(made, this.clock.now()).smsAt);
    const again = await this.starts.sendAgain(
      scope.starter,
      made.id,
      channel === 'auto' ? (made.channels[0] ?? CHANNELS[0]) : channel,
      body.DeviceIp,
      undefined,
    );
    return showVerification(scope.context, noteVerification(request, again.view), body.To);
  }

  @Get('Verifications/:verification')
  async read(
    @TheApp() app: CallingApp,
    @Param('service') sid: string,
    @Req() request: FastifyRequest,
    @Param('verification') verification: string,
    @NumberInPath() number: LookupNumber | undefined,
  ): Promise<object> {
    const scope = await this.getScope(app, sid);
    return showVerification(
      scope.context,
      noteVerification(
        request,
        await this.verifications.get(
          scope.starter,
          await this.find(scope.starter, verification, number),
        ),
      ),
      number ?? MASKED,
    );
  }

  /**
   * Cancels a verification. Only its code approves one: an app's word would be a proof without a
   * code, and would make the guard blind.
   */
  @Post('Verifications/:verification')
  @HttpCode(200)
  async update(
    @TheApp() app: CallingApp,
    @Param('service') sid: string,
    @Req() request: FastifyRequest,
    @Param('verification') verification: string,
    @NumberInPath() number: LookupNumber | undefined,
    @ValidBody(update) { Status }: z.infer<typeof update>,
  ): Promise<object> {
    if (Status === 'approved')
      throw invalid('Status', 'a verification is approved by its code alone');
    const scope = await this.getScope(app, sid);
    return showVerification(
      scope.context,
      noteVerification(
        request,
        await this.verifications.cancel(
          scope.starter,
          await this.find(scope.starter, verification, number),
        ),
      ),
      number ?? MASKED,
    );
  }

  /** A wrong code is answered with 200, and the body says that it was wrong. */
  @Post('VerificationCheck')
  @HttpCode(200)
  async check(
    @TheApp() app: CallingApp,
    @Param('service') sid: string,
    @Req() request: FastifyRequest,
    @ValidBody(check, SubmittedCheckPipe) body: z.infer<typeof check>,
  ): Promise<object> {
    refuse(body);
    const { To, VerificationSid } = body;
    const scope = await this.getScope(app, sid);
    if (To === undefined && VerificationSid === undefined)
      throw invalid('To', 'this or VerificationSid');
    const id = await this.find(scope.starter, VerificationSid ?? '', To);
    // A number and an id that don't belong together get the answer of what doesn't exist.
    if (VerificationSid !== undefined && id !== parseId(VerificationSid, 'VE'))
      throw new Problem('NOT_FOUND');
    const { view } = await this.checks.check(scope.starter, id, body.Code, undefined);
    return showCheck(scope.context, noteVerification(request, view), To ?? MASKED);
  }

  /**
   * A service sees only its own verifications, as at Twilio.
   *
   * @throws Problem NOT_FOUND
   */
  private async getScope(
    app: CallingApp,
    sid: string,
  ): Promise<{ context: AnswerContext; starter: Starter }> {
    const id = parseId(sid, 'VA');
    if (id === undefined) throw new Problem('NOT_FOUND');
    const service = await this.apps.service(app, id);
    return {
      context: { app, service, publicUrl: this.publicUrl.value },
      starter: { ...appAsStarter(app, service), starterIds: [service.id] },
    };
  }

  private async find(
    starter: Starter,
    sid: string,
    number: LookupNumber | undefined,
  ): Promise<VerificationRow['id']> {
    if (number !== undefined) return this.verifications.getIdByNumber(starter, number.limiterKeys);
    const id = parseId(sid, 'VE');
    if (id === undefined) throw new Problem('NOT_FOUND');
    return id;
  }
}

function noteVerification<T extends VerificationRow>(request: FastifyRequest, row: T): T {
  noteForLog(request, { verificationId: row.id, state: row.state });
  return row;
}

function refuse(body: Partial<Record<keyof typeof REFUSED, unknown>>): void {
  for (const [field, message] of Object.entries(REFUSED))
    if (![undefined, ''].includes(body[field as keyof typeof REFUSED] as undefined))
      throw invalid(field, message);
}
