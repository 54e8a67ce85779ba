import { Injectable } from '@nestjs/common';
import { type Channel, CHANNELS } from '../handoff/channels.js';
import { Clock } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import { LimiterKeys } from '../kernel/limiter-keys.js';
import { Problem } from '../kernel/problem.js';
import { longestWindowMs } from '../kernel/rate-limit.js';
import type { SubmittedNumber } from '../plaintext/gate.js';
import type { Language } from '../texts/catalogue.js';
import { prepareEvent } from '../webhooks/webhook-event.js';
import { Webhooks } from '../webhooks/webhooks.service.js';
import { CodeSending } from './code-sending.service.js';
import type { Starter } from './starter.guard.js';
import type { Finished, SendRefused, Started } from './verification-answers.js';
import { sendProblem } from './verification-problems.js';
import { nameStarter, STARTED } from './verification.metrics.js';
import { addressRules, VerificationLimits, wrongCodeRule } from './verification-session.js';
import { type NewVerificationRow, VerificationsRepository } from './verifications.repository.js';

export interface NewVerification {
  number: SubmittedNumber;
  language?: Language | undefined;
  /** With auto the code goes by SMS, and by a call if that doesn't arrive. */
  channel: Channel | 'auto';
}

/** Starts verifications, for people and for apps, and sends their codes again. */
@Injectable()
export class VerificationStarts {
  constructor(
    private readonly verifications: VerificationsRepository,
    private readonly sending: CodeSending,
    private readonly webhooks: Webhooks,
    private readonly limiterKeys: LimiterKeys,
    private readonly clock: Clock,
    private readonly limits: VerificationLimits,
  ) {}

  /**
   * Starts a verification and has its code sent, or spoken by a call. While one is live for the
   * same number it is given back as it is: its own id, no second code. To a test number nothing is
   * sent, and no limit of sends holds for it.
   *
   * @throws Problem COUNTRY_REFUSED, VOICE_ONLY, CHANNEL_OFF, SENDS_BLOCKED, SEND_TOO_SOON,
   *   SEND_LIMIT, CALL_LIMIT, TOO_MANY_REQUESTS
   */
  async start(
    starter: Starter,
    wanted: NewVerification,
    address: string | undefined,
    key: string | undefined,
  ): Promise<Started> {
    requireCountry(starter, wanted.number);
    const now = this.clock.now();
    const row = await this.newRow(starter, wanted, address);
    const { number, language, channel } = wanted;
    const started = await this.sending.once(
      {
        starter,
        key,
        route: 'POST /v1/verifications',
        body: { number, language, channel },
        isTogether: true,
        now,
      },
      async (trx) =>
        this.requireSent(
          'start',
          await this.verifications.start(row, this.limits.send, now, trx),
          now,
        ),
    );
    if (started.isNew && !started.view.isTest)
      STARTED.add({ starter: nameStarter(starter), channel });
    if (started.isNew && starter.app?.hasWebhook === true) this.webhooks.wakeSoon();
    await this.sending.enqueue(started, row.channel, row.handoffId);
    return started;
  }

  /**
   * Sends the code once more, by SMS or by a call.
   *
   * @throws Problem NOT_FOUND, VERIFICATION_FINISHED, VOICE_ONLY, CHANNEL_OFF, SENDS_BLOCKED,
   *   SEND_TOO_SOON, SEND_LIMIT, CALL_LIMIT, TOO_MANY_REQUESTS
   */
  async sendAgain(
    starter: Starter,
    id: string,
    channel: Channel,
    address: string | undefined,
    key: string | undefined,
  ): Promise<Started> {
    const now = this.clock.now();
    const handoffId = newId();
    const addressKeys = await this.addressKeys(address);
    const send = { id, starter, channel, addressKeys, handoffId };
    const started = await this.sending.once(
      {
        starter,
        key,
        route: `POST /v1/verifications/${id}/sends`,
        body: { channel },
        isTogether: false,
        now,
      },
      async (trx) =>
        this.requireSent(
          'again',
          await this.verifications.send(send, this.limits.send, now, trx),
          now,
        ),
    );
    await this.sending.enqueue(started, channel, handoffId);
    return started;
  }

  private async newRow(
    starter: Starter,
    wanted: NewVerification,
    address: string | undefined,
  ): Promise<NewVerificationRow> {
    const { number } = wanted;
    const id = newId();
    const channels = number.channels.filter((channel) => starter.channels.includes(channel));
    const channel = wanted.channel === 'auto' ? (channels[0] ?? CHANNELS[0]) : wanted.channel;
    const addressKeys = await this.addressKeys(address);
    return {
      id,
      starter,
      numberRef: number.ref,
      sealedNumber: number.sealed,
      testIndex: number.testIndex,
      numberKeys: number.limiterKeys,
      country: number.country,
      prefixKey: number.prefixKey,
      proofs: number.proofs,
      blockedUntil: number.blockedUntil,
      addressKeys,
      channel,
      channels,
      isAuto: wanted.channel === 'auto',
      language: wanted.language,
      handoffId: newId(),
      wrongKeys: await this.wrongKeys(starter, address),
      event: prepareEvent(starter.app),
    };
  }

  private addressKeys(address: string | undefined): Promise<readonly Buffer[]> {
    const windowMs = longestWindowMs(addressRules(this.limits.send));
    return this.limiterKeys.keysForAddress('send', address, windowMs);
  }

  /** Whose address an app gave; a person's own comes with each of their checks. */
  private async wrongKeys(
    { app }: Starter,
    address: string | undefined,
  ): Promise<readonly Buffer[] | undefined> {
    if (app === undefined || address === undefined) return undefined;
    const { windowMs } = wrongCodeRule(this.limits.guess, true);
    return this.limiterKeys.keysForAddress('wrong', address, windowMs);
  }

  /** @throws Problem UNAUTHENTICATED, NOT_FOUND, or why the send was refused */
  private requireSent(
    kind: 'start' | 'again',
    answer: Started | SendRefused | Finished | undefined,
    now: Date,
  ): Started {
    if (answer === undefined) throw new Problem(kind === 'start' ? 'UNAUTHENTICATED' : 'NOT_FOUND');
    if (answer.refused !== undefined) throw sendProblem(kind, answer, this.limits, now);
    return answer;
  }
}

/** @throws Problem COUNTRY_REFUSED if the starter may not verify numbers of this one's country */
function requireCountry({ countries }: Starter, { country }: SubmittedNumber): void {
  if (countries.length > 0 && (country === undefined || !countries.includes(country)))
    throw new Problem('COUNTRY_REFUSED');
}
