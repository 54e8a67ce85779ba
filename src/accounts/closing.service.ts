import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database, type Transaction } from '../kernel/database.js';
import { Problem } from '../kernel/problem.js';
import { ConsentEnds } from './consent-ends.service.js';
import { NumberMoves } from './number-moves.service.js';
import { PasswordChanges } from './password-changes.service.js';
import { SessionsRepository } from './sessions.repository.js';
import type { Me } from './sessions.service.js';

/** Closes a person's own account. */
@Injectable()
export class Closing {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly passwords: PasswordChanges,
    private readonly sessions: SessionsRepository,
    private readonly consentEnds: ConsentEnds,
    private readonly moves: NumberMoves,
  ) {}

  /**
   * Nobody signs in to it from then on, and what rings or waits for its person or by their number
   * ends. The worker erases the rest.
   */
  async close(me: Me, password: string): Promise<void> {
    const { accountId, sessionId } = me;
    const { stretched } = await this.passwords.stretchAsked(me, password);
    const guessId = await this.passwords.guess(me, stretched);
    const at = this.clock.now();
    const work = async (trx: Transaction): Promise<boolean> => {
      if (!(await this.sessions.close(trx, { sessionId, guessId }))) return false;
      await this.consentEnds.endReach(trx, accountId, at);
      await this.moves.notify(trx, [accountId], at);
      return true;
    };
    const isClosed = await this.database.transaction(work, { as: me });
    if (!isClosed) throw new Problem('WRONG_CREDENTIALS');
  }
}
