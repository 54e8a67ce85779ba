import { Injectable } from '@nestjs/common';
import { Sweeper } from '../handoff/sweeper.service.js';
import type { Transaction } from '../kernel/database.js';
import { calculateNoticeCutoff, ProofRules } from './proof.js';
import { ProofsRepository } from './proofs.repository.js';

/** Gives people a notice, some days before, that the proof of their number ends. */
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
    const provedBefore = calculateNoticeCutoff(this.rules, now);
    const accountIds = await this.proofs.lockUnnotified(trx, provedBefore);
    if (accountIds.length > 0) await this.proofs.announce(trx, accountIds);
  }
}
