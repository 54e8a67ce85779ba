import { Injectable } from '@nestjs/common';
import { CallbacksRepository } from '../handoff/callbacks.repository.js';
import { getTraits } from '../handoff/channels.js';
import type { CarrierEvent, Handoff } from '../handoff/handoff.js';
import { type OutcomeListener, Outcomes, type Settled } from '../handoff/outcomes.service.js';
import type { Transaction } from '../kernel/database.js';
import type { WebhookData } from '../webhooks/webhook-event.js';
import { Webhooks } from '../webhooks/webhooks.service.js';
import { CodeSendsRepository } from './code-sends.repository.js';
import { VerificationsRepository } from './verifications.repository.js';

/**
 * Follows a verification from the carrier's side, in `worker` and `ingress`: only a number that
 * can't be reached ends it there. Everything else (a slow SMS, a call that nobody takes, an outage,
 * our own mistake) leaves it pending: the person may send again, and what came to nothing without
 * their doing costs them nothing. Where no SMS arrives a call may follow at once; with `auto` it
 * does by itself.
 */
@Injectable()
export class VerificationOutcomes implements OutcomeListener {
  constructor(
    private readonly verifications: VerificationsRepository,
    private readonly sends: CodeSendsRepository,
    private readonly callbacks: CallbacksRepository,
    private readonly webhooks: Webhooks,
    outcomes: Outcomes,
  ) {
    outcomes.on('verification', this);
  }

  isWanted(trx: Transaction, handoff: Handoff, now: Date): Promise<boolean> {
    return this.sends.isPending(trx, handoff.subjectId, now);
  }

  async settled(trx: Transaction, handoff: Handoff, settled: Settled, now: Date): Promise<void> {
    switch (settled.state) {
      case 'accepted':
      case 'unknown':
        return; // a call may still speak its code
      case 'rejected':
        if (settled.reason === 'spend_cap') await this.blockUnlessSent(trx, handoff, now);
        else await this.dropOrFinish(trx, handoff, settled.reason === 'no_sms', now);
        break;
      case 'failed':
      case 'expired':
        await this.sends.giveBack(trx, handoff.subjectId, handoff);
        if (isText(handoff)) await this.sends.allowCall(trx, handoff.subjectId, now);
        break;
      case 'canceled':
        break;
    }
    await this.sends.eraseSpokenCode(trx, handoff.id);
  }

  async carrierEvent(
    trx: Transaction,
    handoff: Handoff,
    event: CarrierEvent,
    now: Date,
  ): Promise<void> {
    switch (event.kind) {
      case 'message':
        if (event.delivery === 'undelivered' || event.delivery === 'failed') {
          if (event.reason === 'bad_number' || event.reason === 'no_sms')
            await this.dropOrFinish(trx, handoff, event.reason === 'no_sms', now);
          else await this.sends.allowCall(trx, handoff.subjectId, now);
        }
        if (event.delivery === 'delivered') await this.sends.cancelCall(trx, handoff.subjectId);
        return this.queueWebhook(trx, handoff, event.delivery, now);
      case 'call':
        await this.callbacks.advanceDelivery(trx, handoff.id, event.state, event.reason);
        await this.queueWebhook(trx, handoff, event.state, now);
        if (event.state === 'ended') await this.sends.eraseSpokenCode(trx, handoff.id);
        return;
      case 'machine':
        await this.callbacks.noteReason(trx, handoff.id, 'machine');
        return this.sends.eraseSpokenCode(trx, handoff.id);
      case 'room':
        return; // a code is spoken in no conference
    }
  }

  private async queueWebhook(
    trx: Transaction,
    handoff: Handoff,
    delivery: WebhookData['verification.delivery']['delivery'],
    now: Date,
  ): Promise<void> {
    await this.webhooks.add(
      trx,
      {
        type: 'verification.delivery',
        appId: handoff.accountId,
        verificationId: handoff.subjectId,
        handoffId: handoff.id,
        delivery,
      },
      now,
    );
  }

  /**
   * Ends a verification whose send a cap refused. If a code has gone out before, the verification
   * stays, since that code may still be typed in.
   */
  private async blockUnlessSent(trx: Transaction, handoff: Handoff, now: Date): Promise<void> {
    if (!(await this.sends.hasLeft(trx, handoff.subjectId)))
      await this.finish(trx, handoff, 'blocked', now);
  }

  /**
   * Follows a send that can't reach the number. After an SMS a call still may; anything else ends
   * the verification, and what its calls were to speak goes with the code.
   */
  private async dropOrFinish(
    trx: Transaction,
    handoff: Handoff,
    isForSmsOnly: boolean,
    now: Date,
  ): Promise<void> {
    const { subjectId, channel } = handoff;
    const hasCallLeft =
      isForSmsOnly && isText(handoff) && (await this.sends.dropChannel(trx, subjectId, channel));
    if (hasCallLeft) await this.sends.allowCall(trx, subjectId, now);
    else await this.finish(trx, handoff, 'undeliverable', now);
  }

  /** Queues a webhook to the app in whose name the hand-off is. */
  private async finish(
    trx: Transaction,
    handoff: Handoff,
    state: 'undeliverable' | 'blocked',
    now: Date,
  ): Promise<void> {
    const verificationId = handoff.subjectId;
    if (!(await this.verifications.finish(verificationId, state, now, trx))) return;
    await this.webhooks.add(
      trx,
      { type: 'verification.failed', appId: handoff.accountId, verificationId },
      now,
    );
  }
}

const isText = ({ channel }: Handoff): boolean => getTraits(channel).form === 'text';
