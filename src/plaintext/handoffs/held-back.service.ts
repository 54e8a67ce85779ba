import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { capabilityDigest } from '../../handoff/handoff.js';
import { type Doubtful, findDoubtful, takeForNobody } from '../../handoff/recoveries.repository.js';
import { Clock } from '../../kernel/clock.js';
import { Database } from '../../kernel/database.js';
import { CAPABILITY_MS } from './claims.service.js';
import { HandoffContents } from './contents.service.js';

/**
 * Holds back what may have gone out before the database went back: each such hand-off is what a
 * worker would have left behind that died with it in hand. So it becomes `unknown`, is asked for at
 * the carrier, and its next way starts; by itself it goes out no more.
 *
 * Holds plaintext: never.
 */
@Injectable()
export class HeldBack {
  constructor(
    private readonly database: Database,
    private readonly contents: HandoffContents,
    private readonly clock: Clock,
  ) {}

  /** Every one of them; says how many. */
  async holdBack(until: Date): Promise<number> {
    const lease = randomInt(1, 2 ** 31);
    for (let count = 0; ;) {
      const found = await findDoubtful(this.database.sql, until, this.clock.now());
      if (found.length === 0) return count;
      for (const handoff of found) if (await this.take(handoff, lease)) count += 1;
    }
  }

  private take({ id, notAfter, callSeconds }: Doubtful, lease: number): Promise<boolean> {
    const { capability, salt } = this.contents.draw(id);
    const expiresAt = new Date(notAfter.getTime() + callSeconds * 1000 + CAPABILITY_MS);
    const shown = { digest: capabilityDigest(capability), expiresAt, salt };
    return this.database.transaction((trx) => takeForNobody(trx, { id, lease }, shown));
  }
}
