import { Injectable } from '@nestjs/common';
import type { Claimed } from '../../handoff/handoffs.repository.js';
import { listLogIds } from '../../handoff/log-ids.js';
import type { ToPresent } from '../../handoff/outcomes.service.js';
import type { Transaction } from '../../kernel/database.js';
import { Logger } from '../../kernel/logger.js';
import { ShowingsRepository } from '../showings.repository.js';

const HOUR_MS = 3_600_000;

/**
 * How many numbers are opened to be shown in an hour: of one person, and of all.
 *
 * Holds plaintext: never.
 */
export class ShowingBounds {
  constructor(
    readonly ofPerson: number,
    readonly ofAll: number,
  ) {}
}

/**
 * Bounds that shout. Whoever finds a way to have numbers shown gets so many of them in an hour:
 * beyond that it rings and shows nothing, the operator reads it in the log, and the person is told.
 * The count is the worker's, and no other login can lift it.
 *
 * Holds plaintext: never.
 */
@Injectable()
export class HandoffShowings {
  constructor(
    private readonly showings: ShowingsRepository,
    private readonly bounds: ShowingBounds,
    private readonly logger: Logger,
  ) {}

  /** Counts one, and tells its person; false where no more may be opened now. */
  async take(
    trx: Transaction,
    handoff: Claimed,
    toPresent: ToPresent,
    now: Date,
  ): Promise<boolean> {
    const since = new Date(now.getTime() - HOUR_MS);
    const { accountId } = toPresent;
    const { ofPerson, ofAll } = await this.showings.count(trx, accountId, since);
    if (ofPerson < this.bounds.ofPerson && ofAll < this.bounds.ofAll) {
      await this.showings.add(trx, handoff, accountId, now);
      await this.showings.addNotice(trx, 'number_shown', toPresent, now);
      return true;
    }
    if (await this.showings.addNotice(trx, 'number_not_shown', toPresent, now))
      this.logger.error('presentations_unusual', undefined, {
        ...listLogIds(handoff),
        reason: ofAll < this.bounds.ofAll ? 'person' : 'all',
        message:
          'more numbers were to be shown in an hour than PRESENTATIONS_OF_PERSON_AN_HOUR or ' +
          'PRESENTATIONS_AN_HOUR lets: it rings, and shows none; find out who asks for them',
      });
    return false;
  }
}
