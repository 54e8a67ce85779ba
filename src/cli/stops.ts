import { Command } from 'commander';
import { CHANNELS, type Channel } from '../handoff/channels.js';
import { PURPOSES, type Purpose } from '../handoff/handoff.js';
import { countWaiting, liftStop, listStops, setStop } from '../handoff/stops.repository.js';
import type { Transaction } from '../kernel/database.js';
import { operateAtOnce } from './operate.js';
import { parseReason } from './reason.js';
import { UsageError } from './usage-error.js';

/**
 * `dingline stop`, `resume` and `stops`: what an operator holds back while everything runs.
 *
 * It writes a row that each worker asks for before it claims a hand-off, so it holds in every
 * process as soon as this command has returned. For whoever has the owner's login: no role may
 * write that table.
 */
const LONGEST_REASON = 500;
const PURPOSE = ['<purpose>', `${PURPOSES.join(', ')} or all`] as const;
const CHANNEL = ['<channel>', `${CHANNELS.join(', ')} or all`] as const;

interface Wish {
  purposes: readonly Purpose[];
  channels: readonly Channel[];
}

export const stop = (): Command =>
  new Command('stop')
    .description(
      'holds back what goes to the carrier, while everything runs; what waits is kept:\n' +
        'dingline stop ding voice "carrier outage"',
    )
    .argument(...PURPOSE)
    .argument(...CHANNEL)
    .argument('[why...]')
    .action((purpose: string, channel: string, why: string[]) => {
      const wish = parseWish(purpose, channel);
      const reason = why.length === 0 ? 'no reason given' : parseReason(why, LONGEST_REASON);
      return operateAtOnce('stops', (trx) => setAll(trx, wish, reason));
    });

export const resume = (): Command =>
  new Command('resume')
    .description('what waited goes out, unless it is too late')
    .argument(...PURPOSE)
    .argument(...CHANNEL)
    .action((purpose: string, channel: string) => {
      const wish = parseWish(purpose, channel);
      return operateAtOnce('stops', (trx) => liftAll(trx, wish));
    });

export const stops = (): Command =>
  new Command('stops')
    .description('what is stopped, and what waits')
    .action(() => operateAtOnce('stops', list));

const parseWish = (purpose: string, channel: string): Wish => ({
  purposes: parseWord('purpose', purpose, PURPOSES),
  channels: parseWord('channel', channel, CHANNELS),
});

function parseWord<T extends string>(
  what: string,
  word: string,
  words: readonly T[],
): readonly T[] {
  if (word === 'all') return words;
  const found = words.find((one) => one === word);
  if (found === undefined) throw new UsageError(`the ${what} must be ${words.join(', ')} or all`);
  return [found];
}

const plural = (count: number): string => `${count} ${count === 1 ? 'hand-off' : 'hand-offs'}`;

type CountHeld = (purpose: Purpose, channel: Channel) => { queued: number; sending: number };

async function readCounts(trx: Transaction): Promise<CountHeld> {
  const waiting = await countWaiting(trx);
  return (purpose, channel) =>
    waiting.find((one) => one.purpose === purpose && one.channel === channel) ?? {
      queued: 0,
      sending: 0,
    };
}

async function list(trx: Transaction): Promise<string[]> {
  const [all, count] = [await listStops(trx), await readCounts(trx)];
  if (all.length === 0) return ['nothing is stopped'];
  return all.map(
    ({ purpose, channel, since, reason }) =>
      `${purpose} ${channel}: stopped since ${since.toISOString()} ` +
      `(${reason}); ${plural(count(purpose, channel).queued)} held`,
  );
}

async function setAll(trx: Transaction, wish: Wish, reason: string): Promise<string[]> {
  const [before, count] = [await listStops(trx), await readCounts(trx)];
  const lines: string[] = [];
  for (const purpose of wish.purposes)
    for (const channel of wish.channels) {
      const { queued, sending } = count(purpose, channel);
      const was = before.find((one) => one.purpose === purpose && one.channel === channel);
      await setStop(trx, { purpose, channel, reason, since: new Date() });
      const claimed =
        sending > 0 ? `; ${plural(sending)} claimed before, which may still go out` : '';
      const state = was ? `was stopped already, since ${was.since.toISOString()}` : 'stopped';
      lines.push(`${purpose} ${channel}: ${state}; ${plural(queued)} held${claimed}`);
    }
  return lines;
}

async function liftAll(trx: Transaction, wish: Wish): Promise<string[]> {
  const count = await readCounts(trx);
  const lines: string[] = [];
  for (const purpose of wish.purposes)
    for (const channel of wish.channels) {
      const { queued } = count(purpose, channel);
      lines.push(
        (await liftStop(trx, purpose, channel))
          ? `${purpose} ${channel}: resumed; ${plural(queued)} waited: sent now unless too late`
          : `${purpose} ${channel}: was not stopped`,
      );
    }
  return lines;
}
