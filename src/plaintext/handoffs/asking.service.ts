import { Injectable } from '@nestjs/common';
import { ASKED_WITHIN_MS, type HandoffStep } from '../../handoff/handoff.js';
import { listLogIds } from '../../handoff/log-ids.js';
import { findTakenMs } from '../../handoff/taken.repository.js';
import { Timer } from '../../kernel/clock.js';
import { Database, isDatabaseAway } from '../../kernel/database.js';
import { Logger } from '../../kernel/logger.js';
import { CarrierClient } from '../carriers/carrier.js';
import type { Ask, Claim, Ended } from './claim.js';
import { HandoffControls } from './controls.service.js';
import { HandoffDeliveries } from './deliveries.service.js';

/** It did not leave, and is tried again. */
const NOT_LEFT: Ended = { kind: 'waits', because: 'late' };

/**
 * Nobody else asks the carrier for anything. So what fails before the carrier's client has the
 * request provably did not leave, and is tried again; what fails from then on may have left.
 *
 * Holds plaintext: within the request that it was given, until the carrier's answer.
 */
@Injectable()
export class HandoffAsking {
  constructor(
    private readonly database: Database,
    private readonly deliveries: HandoffDeliveries,
    private readonly controls: HandoffControls,
    private readonly carrier: CarrierClient,
    private readonly timer: Timer,
    private readonly logger: Logger,
  ) {}

  /** Does what the hand-off asks for. */
  async carryOut(claim: Claim, step: (name: HandoffStep) => void): Promise<Ended> {
    let isAsked = false;
    try {
      const ask = await this.prepare(claim, step);
      if (typeof ask !== 'function') return ask;
      const withheld = await this.findWithheld(claim);
      if (withheld !== undefined) return withheld;
      await claim.at('ask');
      isAsked = true;
      return await ask(this.carrier);
    } catch (error) {
      // A database that is away is told once by its pool; anything else is a defect.
      if (!isDatabaseAway(error))
        this.logger.error('handoff_failed', error, listLogIds(claim.handoff));
      return isAsked ? { kind: 'unknown' } : NOT_LEFT;
    }
  }

  async close(): Promise<void> {
    await this.carrier.close();
  }

  private prepare(claim: Claim, step: (name: HandoffStep) => void): Promise<Ask | Ended> {
    switch (claim.handoff.kind) {
      case 'deliver':
        return this.deliveries.prepare(claim, step);
      case 'present':
        return this.controls.present(claim);
      case 'hang_up':
      case 'mute':
      case 'unmute':
        return this.controls.prepare(claim);
    }
  }

  /**
   * The last look before the request: this worker may have stood still, and its hand-off been called
   * over. A machine that slept counts no time meanwhile, but for PostgreSQL's clock.
   */
  private async findWithheld({
    handoff,
    capability,
    takenAtMs,
    at,
  }: Claim): Promise<Ended | undefined> {
    await at('last-look');
    const takenMs = await findTakenMs(this.database.sql, { id: handoff.id, capability });
    if (takenMs === undefined) return { kind: 'canceled' };
    const heldMs = Math.max(takenMs, this.timer.readMs() - takenAtMs);
    return heldMs > ASKED_WITHIN_MS ? NOT_LEFT : undefined;
  }
}
