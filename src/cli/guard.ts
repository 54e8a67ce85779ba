import { Command } from 'commander';
import { ExpectedError } from '../embedded/expected-error.js';
import { type Block, liftBlock, listBlocks } from '../guard/pumping-blocks.repository.js';
import { lookAtLastHour } from '../guard/pumping-evidence.repository.js';
import { listSpendings } from '../guard/spending.repository.js';
import type { Transaction } from '../kernel/database.js';
import { operateAtOnce } from './operate.js';
import { UsageError } from './usage-error.js';

/**
 * `dingline guard`: what the guard against SMS pumping has blocked, and why. For whoever has the
 * owner's login.
 */
export function guard(): Command {
  const group = new Command('guard').description(
    'what the guard against SMS pumping sees and blocks (docs/pumping.md)',
  );
  group
    .command('list')
    .description('what is blocked, and was within a day')
    .action(() => operateAtOnce('guard', list));
  group
    .command('lift')
    .description('ends a block; it comes back only by what is sent from then on')
    .argument('<id>', 'as list shows it, or its first eight digits')
    .action((id: string) => {
      if (!/^[0-9a-f-]{8,36}$/.test(id))
        throw new UsageError('the id must be one that list shows, or its first eight digits');
      return operateAtOnce('guard', (trx) => lift(trx, id));
    });
  group
    .command('figures')
    .description("today's costs, and the last hour's conversion by country")
    .action(() => operateAtOnce('guard', listFigures));
  return group;
}

const describeShare = (approvals: number, sends: number): string =>
  sends === 0
    ? 'nothing sent'
    : `${approvals} of ${sends} typed in (${((100 * approvals) / sends).toFixed(0)} %)`;
const formatMoney = (text: string): string => text.replace(/(\.\d\d)(\d*?)0*$/, '$1$2');
function nameBlock({ kind, prefix, country }: Pick<Block, 'kind' | 'prefix' | 'country'>): string {
  if (kind === 'country') return `country ${country}`;
  const name = prefix ?? '(nobody was refused yet, so it is known by its hash alone)';
  return country === null ? `prefix ${name}` : `prefix ${name} of ${country}`;
}

function describeBlock(block: Block, now: Date): string {
  const end =
    block.liftedAt !== null
      ? `lifted at ${block.liftedAt.toISOString()}`
      : block.until <= now
        ? `over since ${block.until.toISOString()}`
        : `blocked until ${block.until.toISOString()}`;
  const ordinal = block.level === 1 ? 'nd' : block.level === 2 ? 'rd' : 'th';
  const again = block.level === 0 ? '' : `; ${block.level + 1}${ordinal} time within a day`;
  return (
    `${block.id.slice(0, 8)}  ${nameBlock(block)}: ${end}, since ${block.since.toISOString()}; ` +
    `${block.reason}: ${describeShare(block.approvals, block.sends)}, ` +
    `cost ${formatMoney(block.cost)}${again}`
  );
}

async function list(trx: Transaction): Promise<string[]> {
  const now = new Date();
  const blocks = await listBlocks(trx, now);
  return blocks.length === 0
    ? ['nothing is blocked, nor was within a day']
    : blocks.map((block) => describeBlock(block, now));
}

async function lift(trx: Transaction, id: string): Promise<string[]> {
  const lifted = await liftBlock(trx, id, new Date());
  if (lifted === undefined)
    throw new ExpectedError('no single block with this id holds now; npm run guard -- list');
  return [`${nameBlock(lifted)}: lifted`];
}

async function listFigures(trx: Transaction): Promise<string[]> {
  const now = new Date();
  const spent = (await listSpendings(trx, now.toISOString().slice(0, 10))).map(
    ({ subject, name, spent: sum }) =>
      `${name === null ? subject : `app ${name}`}: ${formatMoney(sum)} today`,
  );
  const hour = (await lookAtLastHour(trx, now))
    .filter(({ kind }) => kind === 'country')
    .map(
      ({ country, hour: counts }) =>
        `${country}: ${describeShare(counts.approvals, counts.sends)} in the last hour`,
    );
  return [...(spent.length === 0 ? ['nothing was spent today'] : spent), ...hour];
}
