import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { HandoffsRepository } from '../handoff/handoffs.repository.js';
import type { Transaction } from '../kernel/database.js';
import type { CallPurpose } from './call.js';
import { findNumberToShow } from './shown-numbers.repository.js';

/**
 * Has a number sealed for those of a call who may see it (D5c), by a hand-off that no carrier hears
 * of. It is queued in the transaction by which the rule begins to allow it, and not before: what
 * nobody may see yet is sealed for nobody.
 */
@Injectable()
export class CallerIds {
  constructor(private readonly handoffs: HandoffsRepository) {}

  /**
   * `subjectId` is a Ding that has reached for a recipient, or a conference's leg that has joined
   * the room. What is sealed already, or about to be, is left as it is. The call is locked.
   */
  async present(
    trx: Transaction,
    purpose: CallPurpose,
    subjectId: string,
    now: Date,
  ): Promise<void> {
    const shown = await findNumberToShow(trx, purpose, subjectId);
    if (shown === undefined) return;
    const { accountId, numberRef } = shown;
    if (await this.handoffs.isBeingPresented(trx, subjectId, numberRef)) return;
    await this.handoffs.insertAndWake(
      trx,
      {
        id: randomUUID(),
        purpose,
        channel: 'sms', // nothing goes out by it
        kind: 'present',
        subjectId,
        accountId,
        numberRef,
        targetId: null,
        language: 'en',
        notBefore: now,
        notAfter: shown.expiresAt,
      },
      now,
    );
  }
}
