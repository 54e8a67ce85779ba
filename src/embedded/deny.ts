import type { Transaction } from '../kernel/database.js';
import {
  allowPrefix,
  denyPrefix,
  listDeniedPrefixes,
} from '../plaintext/denied-prefixes.repository.js';
import { isPrefix } from '../plaintext/number-policy.js';
import { operate, UsageError } from './operator.js';

/**
 * `npm run deny`: the prefixes that are refused, in the database, while everything runs: each
 * process of `api` and of the worker looks at them every second. For whoever has the owner's login: no role may write
 * that table.
 */
const USAGE = `refuses the numbers that begin with a prefix, while everything runs

  npm run deny -- add +8817 "why"      from a second later, nothing goes to any of them
  npm run deny -- remove +8817
  npm run deny -- list

  (in a container: node dist/embedded/deny.js add|remove|list ...)
`;
const LONGEST_REASON = 200;

interface Order {
  verb: 'add' | 'remove' | 'list';
  prefix: string;
  reason: string;
}

/** What is refused isn't said back: it may be somebody's number. */
function parse([verb, prefix, ...rest]: readonly string[]): Order {
  const reason = rest.join(' ').trim();
  if (verb === 'list' && prefix === undefined) return { verb, prefix: '', reason };
  if (verb !== 'add' && verb !== 'remove')
    throw new UsageError(
      verb === 'list' ? 'list takes no words' : 'the first word must be add, remove or list',
    );
  if (prefix === undefined || !isPrefix(prefix))
    throw new UsageError(
      "the prefix must be + and 1 to 10 digits, and not a whole number, which would be one person's",
    );
  if (verb === 'remove' && reason !== '') throw new UsageError('remove takes a prefix and no more');
  if (verb === 'add' && (reason === '' || reason.length > LONGEST_REASON))
    throw new UsageError(`say why, in 1 to ${LONGEST_REASON} characters`);
  return { verb, prefix, reason };
}

async function carryOut({ verb, prefix, reason }: Order, trx: Transaction): Promise<string[]> {
  if (verb === 'list') {
    const denied = await listDeniedPrefixes(trx);
    if (denied.length === 0) return ['nothing is denied'];
    return denied.map(
      (one) => `${one.prefix}: denied since ${one.since.toISOString()} (${one.reason})`,
    );
  }
  if (verb === 'remove') {
    const wasDenied = await allowPrefix(trx, prefix);
    return [wasDenied ? `${prefix}: not denied any more` : `${prefix}: was not denied`];
  }
  await denyPrefix(trx, { prefix, reason, since: new Date() });
  return [`${prefix}: denied`];
}

await operate({
  name: 'deny',
  usage: USAGE,
  parse,
  work: (order: Order) => (database) => database.transaction((trx) => carryOut(order, trx)),
});
