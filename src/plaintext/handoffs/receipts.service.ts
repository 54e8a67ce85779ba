import { Injectable } from '@nestjs/common';
import type { Claimed } from '../../handoff/handoffs.repository.js';
import type { Transaction } from '../../kernel/database.js';
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
  toCarrier(trx: Transaction, handoff: Claimed): Promise<Receipt> {
    return this.ledger.recordOpening(trx, handoff.id, `carrier:${this.carrier.name}`);
  }

  /** It was opened for the carrier, and not handed over: the entry before this one says more than happened. */
  async withheld(trx: Transaction, handoff: Claimed): Promise<void> {
    await this.ledger.recordOpening(trx, handoff.id, 'nobody');
  }

  /** A number goes to the call's participants (D5c). */
  toParticipants(trx: Transaction, handoff: Claimed): Promise<Receipt> {
    return this.ledger.recordOpening(trx, handoff.id, 'participants');
  }
}
