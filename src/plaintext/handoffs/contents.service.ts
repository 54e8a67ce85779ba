import { Injectable } from '@nestjs/common';
import { getTraits } from '../../handoff/channels.js';
import { Outcomes } from '../../handoff/outcomes.service.js';
import type { Transaction } from '../../kernel/database.js';
import { Capabilities } from './capabilities.js';
import type { Claim, Taken } from './claim.js';
import { HandoffCodes } from './codes.service.js';
import { HandoffReceipts } from './receipts.service.js';
import { HandoffShowings } from './showings.service.js';

type Contents = Pick<Claim, 'smsText' | 'code' | 'receipt' | 'toPresent'>;

/**
 * What a hand-off brings, as it is claimed: its capability, a code, if there is none yet, the feature's
 * words, and receipts for what will be opened.
 *
 * Holds plaintext: a code that was made, until it is given to the caller.
 */
@Injectable()
export class HandoffContents {
  constructor(
    private readonly outcomes: Outcomes,
    private readonly codes: HandoffCodes,
    private readonly receipts: HandoffReceipts,
    private readonly showings: HandoffShowings,
    private readonly capabilities: Capabilities,
  ) {}

  /** What stands in its addresses for the carrier, and by which salt that is made again. */
  draw(handoffId: string): { capability: string; salt: Buffer } {
    const salt = this.capabilities.makeSalt();
    return { capability: this.capabilities.make(handoffId, salt), salt };
  }

  async prepare(trx: Transaction, { handoff, at }: Taken, now: Date): Promise<Contents> {
    const listener = this.outcomes.listenerFor(handoff.purpose);
    const isForAPhone = handoff.kind === 'deliver';
    await at('showing');
    const asked = isForAPhone ? undefined : await listener.toPresent?.(trx, handoff);
    const toPresent =
      asked !== undefined && (await this.showings.take(trx, handoff, asked, now))
        ? asked
        : undefined;
    const isText = isForAPhone && getTraits(handoff.channel).form === 'text';
    await at('code');
    const code = isForAPhone ? await this.codes.make(trx, handoff) : undefined;
    await at('text');
    const smsText = isText ? await listener.smsText?.(trx, handoff, now) : undefined;
    await at('receipt');
    return {
      code,
      smsText,
      receipt: isForAPhone ? await this.receipts.toCarrier(trx, handoff) : undefined,
      toPresent: toPresent && {
        ...toPresent,
        receipt: await this.receipts.toParticipants(trx, handoff),
      },
    };
  }
}
