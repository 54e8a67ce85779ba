import { Injectable } from '@nestjs/common';
import { unknownChannel } from '../../handoff/channels.js';
import type { HandoffStep } from '../../handoff/handoff.js';
import { Clock } from '../../kernel/clock.js';
import { CarrierClient } from '../carriers/carrier.js';
import type { Code } from '../code.js';
import type { PhoneNumber } from '../phone-number.js';
import { NumberRules } from '../number-rules.service.js';
import { Vault } from '../vault/vault.js';
import type { Claim, Ended } from './claim.js';
import { HandoffLimits } from './limits.service.js';
import { HandoffWords } from './words.service.js';

/** A call rings so long when nobody says otherwise. */
export const RING_SECONDS = 60;

/**
 * Where the carrier reaches `ingress`; our callback addresses begin with it.
 *
 * Holds plaintext: never.
 */
export class CallbackOrigin {
  constructor(readonly url: string) {}
}

/**
 * Gives what was claimed to the carrier, in one request, unless the operator refuses its number by
 * now.
 *
 * Holds plaintext: from `vault.open` until the carrier's answer.
 */
@Injectable()
export class HandoffDeliveries {
  constructor(
    private readonly vault: Vault,
    private readonly rules: NumberRules,
    private readonly words: HandoffWords,
    private readonly limits: HandoffLimits,
    private readonly carrier: CarrierClient,
    private readonly origin: CallbackOrigin,
    private readonly clock: Clock,
  ) {}

  async deliver(claim: Claim, step: (name: HandoffStep) => void): Promise<Ended> {
    const { handoff, receipt } = claim;
    if (handoff.numberRef === null || receipt === undefined)
      throw new Error('nothing to deliver to');
    const rules = await this.rules.find();
    if (rules === undefined) return { kind: 'waits', because: 'late' };
    const to = await this.vault.open(handoff.numberRef, receipt);
    if (to.isRefusedBy(rules)) {
      const newest = await this.rules.findNewest();
      if (newest === undefined || to.isRefusedBy(newest)) return { kind: 'refused' };
    }
    const code = claim.code ?? (await this.words.findCode(handoff));
    step('opened');
    switch (handoff.channel) {
      case 'sms':
        return this.sendSms(claim, to, code);
      case 'voice':
        return this.placeCall(claim, to, code);
      default:
        return unknownChannel(handoff.channel);
    }
  }

  async close(): Promise<void> {
    await this.carrier.close();
  }

  private async sendSms(claim: Claim, to: PhoneNumber, code: Code | undefined): Promise<Ended> {
    const text = await this.words.wordSms(claim, code);
    if (text === undefined) return { kind: 'canceled' };
    const validitySeconds = Math.floor(
      (claim.handoff.notAfter.getTime() - this.clock.now().getTime()) / 1000,
    );
    return this.carrier.sendSms({
      to,
      text,
      callbackUrl: this.callbackUrl(claim),
      purpose: claim.handoff.purpose,
      validitySeconds,
    });
  }

  private async placeCall(claim: Claim, to: PhoneNumber, code: Code | undefined): Promise<Ended> {
    const { purpose, language, callSeconds: timeLimitSeconds } = claim.handoff;
    if (purpose === 'verification' && !(await this.words.leaveCode(claim, code)))
      return { kind: 'canceled' };
    const wait = await this.limits.countLate(claim);
    if (wait !== undefined) return wait;
    const context = { language, about: purpose };
    return this.carrier.placeCall({
      to,
      callbackUrl: this.callbackUrl(claim),
      context: context,
      ringSeconds: RING_SECONDS,
      timeLimitSeconds,
    });
  }

  private callbackUrl({ capability }: Claim): string {
    return `${this.origin.url}/carrier/${capability}`;
  }
}
