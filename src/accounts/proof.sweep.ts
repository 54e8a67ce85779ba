import { Injectable } from '@nestjs/common';
import { Sweeper } from '../handoff/sweeper.service.js';
import { ProofsRepository } from './proofs.repository.js';

/**
 * Gives people a notice, some days before, that the proof of their number ends: when, PostgreSQL
 * goes by what `npm run migrate` wrote.
 */
@Injectable()
export class ProofSweep {
  constructor(sweeper: Sweeper, proofs: ProofsRepository) {
    sweeper.also((trx) => proofs.announceOld(trx));
  }
}
