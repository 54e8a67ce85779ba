import { Injectable } from '@nestjs/common';
import type { Claimed } from '../../handoff/handoffs.repository.js';
import type { ToPresent } from '../../handoff/outcomes.service.js';
import type { Transaction } from '../../kernel/database.js';
import type { NumberRef } from '../../kernel/ids.js';
import { LedgerRepository, type Receipt } from '../../ledger/ledger.repository.js';
import { CarrierClient } from '../carriers/carrier.js';

/**
 * What a hand-off will open, in the ledger before anything is opened.
 *
 * Holds plaintext: never.
 */
@Injectable()
export class HandoffReceipts {
  constructor(
    private readonly ledger: LedgerRepository,
    private readonly carrier: CarrierClient,
  ) {}

  get carrierName(): string {
    return this.carrier.name;
  }

  /** The recipient's number goes to the carrier (D5b). */
  toCarrier(trx: Transaction, handoff: Claimed, numberRef: NumberRef): Promise<Receipt> {
    return this.ledger.record(trx, {
      ...about(handoff),
      subjectId: handoff.accountId,
      numberRef,
      recipient: `carrier:${this.carrier.name}`,
      basis: 'D5b',
    });
  }

  /** It was opened for the carrier, and not handed over: the entry before this one says more than happened. */
  async withheld(trx: Transaction, handoff: Claimed, numberRef: NumberRef): Promise<void> {
    await this.ledger.record(trx, {
      ...about(handoff),
      subjectId: handoff.accountId,
      numberRef,
      recipient: 'nobody',
      basis: 'D5b',
    });
  }

  /** The initiator's number goes to the call's participants (D5c). */
  toParticipants(
    trx: Transaction,
    handoff: Claimed,
    { accountId, numberRef, callId }: ToPresent,
  ): Promise<Receipt> {
    return this.ledger.record(trx, {
      ...about(handoff),
      subjectId: accountId,
      numberRef,
      recipient: `participants:${callId}`,
      basis: 'D5c',
    });
  }
}

const about = ({ id, purpose }: Claimed) => ({
  purpose,
  fields: ['number'] as const,
  handoffId: id,
});
