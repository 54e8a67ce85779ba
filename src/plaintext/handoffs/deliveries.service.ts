import { Injectable } from '@nestjs/common';
import { unknownChannel } from '../../handoff/channels.js';
import type { HandoffStep } from '../../handoff/handoff.js';
import { Clock } from '../../kernel/clock.js';
import type { Code } from '../code.js';
import type { PhoneNumber } from '../phone-number.js';
import { NumberRules } from '../number-rules.service.js';
import { Vault } from '../vault/vault.js';
import type { Ask, Claim, Ended } from './claim.js';
import { HandoffLimits } from './limits.service.js';
import { HandoffTurns } from './turns.service.js';
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
 * Makes the one request by which what was claimed goes to the carrier, unless the operator refuses
 * its number by now.
 *
 * Holds plaintext: from `vault.open` until the request is given to the caller, who forgets it.
 */
@Injectable()
export class HandoffDeliveries {
  constructor(
    private readonly vault: Vault,
    private readonly rules: NumberRules,
    private readonly words: HandoffWords,
    private readonly limits: HandoffLimits,
    private readonly turns: HandoffTurns,
    private readonly origin: CallbackOrigin,
    private readonly clock: Clock,
  ) {}

  async prepare(claim: Claim, step: (name: HandoffStep) => void): Promise<Ask | Ended> {
    const { handoff, receipt, at } = claim;
    if (handoff.numberRef === null || receipt === undefined)
      throw new Error('nothing to deliver to');
    await at('rules');
    const rules = await this.rules.find();
    if (rules === undefined) return { kind: 'waits', because: 'late' };
    await at('open');
    const to = await this.vault.open(handoff.numberRef, receipt);
    if (to.isRefusedBy(rules)) {
      const newest = await this.rules.findNewest();
      if (newest === undefined || to.isRefusedBy(newest)) return { kind: 'refused' };
    }
    await at('find-code');
    const code = claim.code ?? (await this.words.findCode(handoff));
    step('opened');
    switch (handoff.channel) {
      case 'sms':
        return this.prepareSms(claim, to, code);
      case 'voice':
        return this.prepareCall(claim, to, code);
      default:
        return unknownChannel(handoff.channel);
    }
  }

  private async prepareSms(
    claim: Claim,
    to: PhoneNumber,
    code: Code | undefined,
  ): Promise<Ask | Ended> {
    await claim.at('word');
    const text = await this.words.wordSms(claim, code);
    if (text === undefined) return { kind: 'canceled' };
    await claim.at('segments');
    await this.turns.payForSegments(claim.handoff.channel, text);
    const validitySeconds = Math.floor(
      (claim.handoff.notAfter.getTime() - this.clock.now().getTime()) / 1000,
    );
    const callbackUrl = this.callbackUrl(claim);
    const { purpose } = claim.handoff;
    return (carrier) => carrier.sendSms({ to, text, callbackUrl, purpose, validitySeconds });
  }

  private async prepareCall(
    claim: Claim,
    to: PhoneNumber,
    code: Code | undefined,
  ): Promise<Ask | Ended> {
    const { purpose, language, callSeconds: timeLimitSeconds } = claim.handoff;
    await claim.at('leave-code');
    if (purpose === 'verification' && !(await this.words.leaveCode(claim, code)))
      return { kind: 'canceled' };
    await claim.at('late-ring');
    const wait = await this.limits.countLate(claim);
    if (wait !== undefined) return wait;
    const call = {
      to,
      callbackUrl: this.callbackUrl(claim),
      context: { language, about: purpose },
      ringSeconds: RING_SECONDS,
      timeLimitSeconds,
    };
    return (carrier) => carrier.placeCall(call);
  }

  private callbackUrl({ capability }: Claim): string {
    return `${this.origin.url}/carrier/${capability}`;
  }
}
