import { Command } from 'commander';
import type { Transaction } from '../kernel/database.js';
import {
  allowPrefix,
  denyPrefix,
  listDeniedPrefixes,
} from '../plaintext/denied-prefixes.repository.js';
import { isPrefix } from '../plaintext/number-policy.js';
import { operateAtOnce } from './operate.js';
import { parseReason } from './reason.js';
import { UsageError } from './usage-error.js';

/**
 * `dingline deny`: the prefixes that are refused, in the database, while everything runs: each
 * process of `api` and of the worker looks at them every second. For whoever has the owner's login:
 * no role may write that table.
 *
 * What is refused isn't said back: it may be somebody's number.
 */
export function deny(): Command {
  const group = new Command('deny').description(
    'refuses the numbers that begin with a prefix, while everything runs',
  );
  group
    .command('add')
    .description('from a second later, nothing goes to any of them: add +8817 "why"')
    .argument('<prefix>')
    .argument('<why...>')
    .action((prefix: string, why: string[]) => {
      const [known, reason] = [parsePrefix(prefix), parseReason(why)];
      return operateAtOnce('deny', (trx) => add(trx, known, reason));
    });
  group
    .command('remove')
    .argument('<prefix>')
    .action((prefix: string) => {
      const known = parsePrefix(prefix);
      return operateAtOnce('deny', (trx) => remove(trx, known));
    });
  group.command('list').action(() => operateAtOnce('deny', list));
  return group;
}

function parsePrefix(text: string): string {
  if (!isPrefix(text))
    throw new UsageError(
      "the prefix must be + and 1 to 10 digits, and not a whole number, which would be one person's",
    );
  return text;
}

async function add(trx: Transaction, prefix: string, reason: string): Promise<string[]> {
  await denyPrefix(trx, { prefix, reason, since: new Date() });
  return [`${prefix}: denied`];
}

async function remove(trx: Transaction, prefix: string): Promise<string[]> {
  const wasDenied = await allowPrefix(trx, prefix);
  return [wasDenied ? `${prefix}: not denied any more` : `${prefix}: was not denied`];
}

async function list(trx: Transaction): Promise<string[]> {
  const denied = await listDeniedPrefixes(trx);
  if (denied.length === 0) return ['nothing is denied'];
  return denied.map(
    (one) => `${one.prefix}: denied since ${one.since.toISOString()} (${one.reason})`,
  );
}
