import { Injectable } from '@nestjs/common';
import { type Called, CallbacksRepository } from '../handoff/callbacks.repository.js';
import { capabilityDigest } from '../handoff/handoff.js';
import { HandoffsRepository } from '../handoff/handoffs.repository.js';
import { Outcomes } from '../handoff/outcomes.service.js';
import type { Transaction } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import { Problem } from '../kernel/problem.js';
import type { CarrierNews } from './carriers/carrier.js';
import { CARRIER } from './carriers/carriers.js';

/** Which hand-off a callback speaks of, as its address says. */
export interface CallbackAddress {
  capability: string;
  requestId: string;
}

/**
 * The hand-off behind a callback's address, and what the mere callback proves of it.
 *
 * Holds plaintext: never.
 */
@Injectable()
export class CalledHandoffs {
  constructor(
    private readonly handoffs: HandoffsRepository,
    private readonly callbacks: CallbacksRepository,
    private readonly outcomes: Outcomes,
    private readonly logger: Logger,
  ) {}

  /** Locked until the transaction ends. @throws Problem NOT_FOUND */
  async get(trx: Transaction, { capability, requestId }: CallbackAddress): Promise<Called> {
    const handoff = await this.callbacks.findByCapability(trx, capabilityDigest(capability));
    if (handoff !== undefined) return handoff;
    this.logger.warn('callback_refused', { requestId, reason: 'capability' });
    throw new Problem('NOT_FOUND');
  }

  /**
   * That the carrier speaks of it proves that it was accepted, whatever became of its answer to us.
   */
  async proveAccepted(
    trx: Transaction,
    handoff: Called,
    { carrierRef }: CarrierNews,
    now: Date,
  ): Promise<void> {
    if (handoff.state !== 'sending' && handoff.state !== 'unknown') return;
    const proof = {
      cause: 'news' as const,
      carrier: CARRIER.name,
      carrierRef,
      tried: { outcome: 'accepted' as const },
    };
    const isNew = await this.handoffs.settle(trx, handoff, 'accepted', proof, now);
    if (isNew && !handoff.isSuperseded)
      await this.outcomes
        .listenerFor(handoff.purpose)
        .settled(trx, handoff, { state: 'accepted' }, now);
  }
}

/** False for a message or call that we don't know of, made by a request whose answer was lost. */
export const isSameRef = (handoff: Called, { carrierRef }: CarrierNews): boolean =>
  handoff.carrierRef === null || handoff.carrierRef === carrierRef;
