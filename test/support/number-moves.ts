import { sql } from 'kysely';
import type { NumberMoves } from '../../src/accounts/number-moves.service.js';
import type { Database } from '../../src/kernel/database.js';

/** What a right code does: `owner` stands for the function that has compared it. */
export function moveNumber(
  owner: Database,
  number: { accountId: string; numberRef: string; numberIndex: Buffer; now: Date },
  moves?: NumberMoves,
): Promise<{ former: string | null; lost: string[] }> {
  const { accountId, numberRef, numberIndex, now } = number;
  return owner.transaction(async (trx) => {
    const { rows } = await sql<{ former: string | null; lost: string[] }>`
      SELECT former, lost FROM move_number(${accountId}, ${numberRef}, ${numberIndex}, ${now})
    `.execute(trx);
    const moved = rows[0] ?? { former: null, lost: [] };
    if (moved.lost.length > 0) await moves?.notify(trx, moved.lost, now);
    return moved;
  });
}
