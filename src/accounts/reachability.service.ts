import { Injectable } from '@nestjs/common';
import { Outcomes } from '../handoff/outcomes.service.js';
import { assessReach } from './proof.js';
import { ProofsRepository } from './proofs.repository.js';

/**
 * Notes, for each proved number, whether the carrier says that there is no such number. Dings and
 * conferences count; a verification's number may be anybody's.
 */
@Injectable()
export class Reachability {
  constructor(outcomes: Outcomes, proofs: ProofsRepository) {
    outcomes.observe(async (trx, { id, purpose }, event) => {
      const reach = purpose === 'verification' ? undefined : assessReach(event);
      if (reach !== undefined) await proofs.noteReach(trx, id, reach === 'reached');
    });
  }
}
