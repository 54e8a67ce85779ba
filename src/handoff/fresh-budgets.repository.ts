import { sql } from 'kysely';
import type { Transaction } from '../kernel/database.js';
import { BUDGETS, budgetKey } from './budgets.js';
import type { Channel } from './channels.js';
import type { Purpose } from './handoff.js';

const EVERY_BUDGET = Object.entries(BUDGETS).flatMap(([channel, purposes]) =>
  Object.keys(purposes).map((purpose) => [channel as Channel, purpose as Purpose] as const),
);

/**
 * Forgets how often the numbers of these accounts were reached, so that each of them may be reached
 * at once. The demo does so after its story, by the owner's login: what was rung there is no phone.
 */
export async function forgetBudgets(
  trx: Transaction,
  accountIds: readonly string[],
): Promise<void> {
  const { rows } = await sql<{ numberIndex: Buffer }>`
    SELECT number_index AS "numberIndex"
    FROM account_numbers
    WHERE account_id = ANY (${[...accountIds]}::uuid[])
  `.execute(trx);
  const keys = rows.flatMap(({ numberIndex }) =>
    EVERY_BUDGET.map(([channel, purpose]) => budgetKey(numberIndex, channel, purpose)),
  );
  await sql`DELETE FROM limits WHERE key = ANY (${keys}::bytea[])`.execute(trx);
}
