import { Injectable, Optional } from '@nestjs/common';
import { CallbacksRepository } from '../handoff/callbacks.repository.js';
import { getTraits } from '../handoff/channels.js';
import type { CarrierEvent, EndReason, Handoff } from '../handoff/handoff.js';
import { type OutcomeListener, Outcomes, type Settled } from '../handoff/outcomes.service.js';
import type { Transaction } from '../kernel/database.js';
import type { WebhookData } from '../webhooks/webhook-event.js';
import { Webhooks } from '../webhooks/webhooks.service.js';
import { CodeSendsRepository } from './code-sends.repository.js';
import { judgeFailedSend } from './failed-send.js';
import { CODES_SENT } from './verification.metrics.js';
import { SendLimits } from './verification-session.js';
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
    /** The worker's alone, which sends. */
    @Optional() private readonly limits?: SendLimits,
  ) {
    outcomes.on('verification', this);
  }

  isWanted(trx: Transaction, handoff: Handoff, now: Date): Promise<boolean> {
    return this.sends.isPending(trx, handoff.subjectId, now);
  }

  async settled(trx: Transaction, handoff: Handoff, settled: Settled, now: Date): Promise<void> {
    switch (settled.state) {
      case 'accepted':
        CODES_SENT.add({ channel: handoff.channel });
        return; // a call may still speak its code
      case 'unknown':
        return; // a call may still speak its code
      case 'rejected':
        // By our own rules it did not leave.
        if (settled.reason === 'spend_cap' || settled.reason === 'number_refused')
          await this.sends.giveBack(trx, handoff.subjectId, handoff);
        if (settled.reason === 'spend_cap') await this.blockUnlessSent(trx, handoff, now);
        else await this.followFailed(trx, handoff, settled.reason, now);
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

  async sendAgain(trx: Transaction, first: Handoff, id: string, now: Date): Promise<boolean> {
    if (this.limits === undefined) return false;
    return this.sends.sendAgain(trx, { first: first.id, id }, this.limits, now);
  }

  async carrierEvent(
    trx: Transaction,
    handoff: Handoff,
    event: CarrierEvent,
    now: Date,
  ): Promise<void> {
    switch (event.kind) {
      case 'message':
        if (event.delivery === 'undelivered' || event.delivery === 'failed')
          await this.followFailed(trx, handoff, event.reason ?? 'undelivered', now);
        if (event.delivery === 'delivered') await this.sends.cancelCall(trx, handoff.subjectId);
        return this.queueWebhook(trx, handoff, event.delivery, now);
      case 'call':
        await this.callbacks.advanceDelivery(trx, handoff.id, event.state, event);
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
   * Follows a send that came to nothing. Where no call is left the verification ends, and what its
   * calls were to speak goes with the code.
   */
  private async followFailed(
    trx: Transaction,
    handoff: Handoff,
    reason: EndReason,
    now: Date,
  ): Promise<void> {
    const { subjectId, channel } = handoff;
    const follows = judgeFailedSend(channel, reason);
    const hasCallLeft =
      follows === 'passing' ||
      (follows === 'by_call' && (await this.sends.dropChannel(trx, subjectId, channel)));
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
