import { Injectable } from '@nestjs/common';
import { Sweeper } from '../handoff/sweeper.service.js';
import type { Transaction } from '../kernel/database.js';
import { ProofRules, tellProvedBefore } from './proof.js';
import { ProofsRepository } from './proofs.repository.js';

/** Tells people, some days before, that the proof of their number ends. */
@Injectable()
export class ProofSweep {
  constructor(
    sweeper: Sweeper,
    private readonly proofs: ProofsRepository,
    private readonly rules: ProofRules,
  ) {
    sweeper.also((trx, now) => this.sweep(trx, now));
  }

  private async sweep(trx: Transaction, now: Date): Promise<void> {
    const accountIds = await this.proofs.takeToTell(trx, tellProvedBefore(this.rules, now));
    if (accountIds.length > 0) await this.proofs.tell(trx, accountIds, now);
  }
}
