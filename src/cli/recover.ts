import { Command } from 'commander';
import { askToRecover } from '../handoff/ask-to-recover.repository.js';
import type { Transaction } from '../kernel/database.js';
import { operateAtOnce } from './operate.js';
import { UsageError } from './usage-error.js';

/**
 * `dingline recover`: for a database that was put back where nothing outside remembers what it knew.
 * Before it, the workers are best stopped; they may also run. For whoever has the owner's login: no
 * role may write that table.
 */
export const recover = (): Command =>
  new Command('recover')
    .description(
      'after a restore: what was to go out by now, or until a time, may have gone out before, and goes\n' +
        'out no more by itself; it is asked for at the carrier, and its next way starts',
    )
    .option('--until <time>', 'when the lost database was last there: 2026-11-30T03:05:00Z')
    .action(({ until }: { until?: string }) => {
      const time = parseUntil(until, new Date());
      return operateAtOnce('recover', (trx) => ask(trx, time));
    });

function parseUntil(text: string | undefined, now: Date): Date {
  if (text === undefined) return now;
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const time = new Date(text);
  if (!isTime || Number.isNaN(time.getTime()))
    throw new UsageError('--until must be a time with its zone: 2026-11-30T03:05:00Z');
  if (time > now) throw new UsageError('--until must not be in the future');
  return time;
}

async function ask(trx: Transaction, until: Date): Promise<string[]> {
  const count = await askToRecover(trx, until);
  const what = count === 1 ? '1 hand-off that was' : `${String(count)} hand-offs that were`;
  return [
    `${what} to go out by ${until.toISOString()}: held back by the workers, within 5 s or as they start`,
    'what becomes of them: npm run status',
  ];
}
