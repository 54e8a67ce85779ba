import { CHANNELS, type Channel } from '../handoff/channels.js';
import { PURPOSES, type Purpose } from '../handoff/handoff.js';
import { countWaiting, liftStop, listStops, setStop } from '../handoff/stops.repository.js';
import type { Transaction } from '../kernel/database.js';
import { operate, UsageError } from './operator.js';

/**
 * `npm run stop`, `npm run resume`, `npm run stops`: what an operator holds back while everything
 * runs.
 *
 * It writes a row that each worker asks for before it claims a hand-off, so it holds in every
 * process as soon as this command has returned. For whoever has the owner's login: no role may
 * write that table.
 */
const USAGE = `holds back what goes to the carrier, while everything runs; what waits is kept

  npm run stop -- <purpose> <channel> [why]     from now on none goes out: npm run stop -- ding voice "carrier outage"
  npm run resume -- <purpose> <channel>         what waited goes out, unless it is too late
  npm run stops                                 what is stopped, and what waits

  purpose: ${PURPOSES.join(', ')} or all       channel: ${CHANNELS.join(', ')} or all
  (in a container: node dist/embedded/stops.js stop|resume|list ...)
`;

interface Order {
  verb: 'stop' | 'resume' | 'list';
  purposes: readonly Purpose[];
  channels: readonly Channel[];
  reason: string;
}
const LONGEST_REASON = 500;

function parse([verb, purpose, channel, ...rest]: readonly string[]): Order {
  if (verb === 'list' && purpose === undefined)
    return { verb, purposes: [], channels: [], reason: '' };
  if (verb !== 'stop' && verb !== 'resume')
    throw new UsageError(
      verb === 'list' ? 'it takes no words' : `"${verb ?? ''}" is none of stop, resume, list`,
    );
  const reason = rest.join(' ').trim();
  if (verb === 'resume' && rest.length > 0)
    throw new UsageError(`resume takes a purpose and a channel, and no more: "${reason}"`);
  if (reason.length > LONGEST_REASON)
    throw new UsageError(`the reason is longer than ${LONGEST_REASON} characters`);
  return {
    verb,
    purposes: parseWord('purpose', purpose, PURPOSES),
    channels: parseWord('channel', channel, CHANNELS),
    reason: reason || 'no reason given',
  };
}

function parseWord<T extends string>(
  what: string,
  word: string | undefined,
  words: readonly T[],
): readonly T[] {
  if (word === undefined)
    throw new UsageError(`the ${what} is missing: ${words.join(', ')} or all`);
  if (word === 'all') return words;
  const found = words.find((one) => one === word);
  if (found === undefined)
    throw new UsageError(`"${word}" is no ${what}: ${words.join(', ')} or all`);
  return [found];
}

const plural = (count: number): string => `${count} ${count === 1 ? 'hand-off' : 'hand-offs'}`;

async function carryOut(order: Order, trx: Transaction): Promise<string[]> {
  const lines: string[] = [];
  const before = await listStops(trx);
  const waiting = await countWaiting(trx);
  const findCounts = (purpose: Purpose, channel: Channel) =>
    waiting.find((one) => one.purpose === purpose && one.channel === channel) ?? {
      queued: 0,
      sending: 0,
    };
  if (order.verb === 'list') {
    if (before.length === 0) return ['nothing is stopped'];
    return before.map(
      (stop) =>
        `${stop.purpose} ${stop.channel}: stopped since ${stop.since.toISOString()} ` +
        `(${stop.reason}); ${plural(findCounts(stop.purpose, stop.channel).queued)} held`,
    );
  }
  for (const purpose of order.purposes) {
    for (const channel of order.channels) {
      const { queued, sending } = findCounts(purpose, channel);
      const was = before.find((stop) => stop.purpose === purpose && stop.channel === channel);
      if (order.verb === 'stop') {
        await setStop(trx, { purpose, channel, reason: order.reason, since: new Date() });
        const claimed =
          sending > 0 ? `; ${plural(sending)} claimed before, which may still go out` : '';
        const state = was ? `was stopped already, since ${was.since.toISOString()}` : 'stopped';
        lines.push(`${purpose} ${channel}: ${state}; ${plural(queued)} held${claimed}`);
      } else {
        lines.push(
          (await liftStop(trx, purpose, channel))
            ? `${purpose} ${channel}: resumed; ${plural(queued)} waited: sent now unless too late`
            : `${purpose} ${channel}: was not stopped`,
        );
      }
    }
  }
  return lines;
}

await operate({
  name: 'stops',
  usage: USAGE,
  parse,
  work: (order: Order) => (database) => database.transaction((trx) => carryOut(order, trx)),
});
