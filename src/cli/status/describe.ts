import type { CarrierRun, CarrierStatus, Status } from './read.js';
import { COUNTED_AT_MOST, type Spending, type Waiting, type Why } from './waits.repository.js';

/** One line of what `dingline status` prints. */
export interface Line {
  isWrong: boolean;
  /** What it is about, in the first column. */
  part: string;
  text: string;
}

/** What is due goes out within seconds; what has waited for longer is stuck. */
const STUCK_MS = 30_000;
/** From this share on a cap is worth a look. */
const NEAR_CAP = 0.8;
const APPS_SHOWN = 3;
const COUNTRIES_SHOWN = 5;

/** What is wrong stands first; each half in the order of the way: carrier, worker, queue, money. */
export function describeStatus(status: Status): Line[] {
  const lines = [
    ...status.carrier.flatMap((one) => describeCarrier(one, status)),
    describeWorkers(status),
    ...status.stops.map(({ purpose, channel, since }) =>
      wrong(
        `stop ${purpose} ${channel}`,
        `held back by an operator ${describeSince(since, status)}; dingline resume`,
      ),
    ),
    ...describeQueue(status),
    ...describeSpendings(status),
    ...describeBlocks(status),
    ...describeWebhooks(status),
  ];
  return [...lines.filter(({ isWrong }) => isWrong), ...lines.filter(({ isWrong }) => !isWrong)];
}

/** A mark, two columns. */
export function formatStatus(status: Status): string[] {
  const lines = describeStatus(status);
  const count = lines.filter(({ isWrong }) => isWrong).length;
  const verdict = count === 0 ? 'nothing is wrong' : `${plural(count, 'line')} to look at`;
  const width = Math.max(...lines.map(({ part }) => part.length));
  return [
    `dingline at ${status.at}: ${verdict}`,
    ...lines.map(
      ({ isWrong, part, text }) => `${isWrong ? '!' : ' '} ${part.padEnd(width)}  ${text}`,
    ),
  ];
}

const wrong = (part: string, text: string): Line => ({ isWrong: true, part, text });
const right = (part: string, text: string): Line => ({ isWrong: false, part, text });
const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** As somebody says it: 40 s, 12 min, 3 h, 2 days. */
function describeLength(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
const passed = (from: string, { at }: Status): number => Date.parse(at) - Date.parse(from);
const describeSince = (from: string, status: Status): string =>
  `since ${from.slice(0, 19)}Z, ${describeLength(passed(from, status))}`;
const describeAgo = (from: string, status: Status): string =>
  `${describeLength(passed(from, status))} ago`;
const describeUntil = (at: string, status: Status): string =>
  `until ${at.slice(0, 19)}Z, for ${describeLength(-passed(at, status))}`;

const RUNS: Record<CarrierRun['kind'], string> = {
  not_taken: 'away: it takes nothing',
  refused: 'it refuses each',
  not_delivered: 'it delivers nothing',
};

function describeCarrier({ channel, acceptedAt, runs }: CarrierStatus, status: Status): Line[] {
  const part = `carrier ${channel}`;
  const bad = runs.filter(({ stage }) => stage > 0);
  if (bad.length > 0)
    return bad.map((run) => wrong(part, `${RUNS[run.kind]} ${describeRun(run, status)}`));
  const taken =
    acceptedAt === null
      ? 'nothing was tried in the last half hour'
      : `ok, took the last ${describeAgo(acceptedAt, status)}`;
  const [few] = runs;
  if (few === undefined) return [right(part, taken)];
  const failed = `${plural(few.count, 'try').replace('trys', 'tries')} since then came to ${describeOutcome(few)}`;
  return [
    right(part, acceptedAt === null ? failed.replace(' since then', '') : `${taken}; ${failed}`),
  ];
}

const describeOutcome = ({ outcome, carrierCode }: CarrierRun): string =>
  carrierCode === null ? outcome : `${outcome}, code ${carrierCode}`;
const describeRun = (run: CarrierRun, status: Status): string =>
  `${describeSince(run.since, status)}: ${run.count} in a row, the last ` +
  `${describeAgo(run.lastAt, status)}: ${describeOutcome(run)}`;

function describeWorkers({ workers, connections }: Status): Line {
  const all = Object.entries(connections).map(([role, count]) => `${role} ${count}`);
  const seen = `connections to the database: ${all.join(', ')}`;
  return workers === 0
    ? wrong('workers', `none runs, so nothing goes out; ${seen}`)
    : right('workers', `${plural(workers, 'worker')}; ${seen}`);
}

function describeQueue(status: Status): Line[] {
  if (status.waiting.length === 0) return [right('queue', 'nothing waits')];
  const lines = status.waiting.map((one) => describeWaiting(one, status));
  const all = status.waiting.reduce((sum, { count }) => sum + count, 0);
  return all < COUNTED_AT_MOST
    ? lines
    : [...lines, wrong('queue', `${all} or more wait: the first ${all} are counted`)];
}

const PUT_OFF: Record<Exclude<Why, 'due' | 'stop'>, string> = {
  retry: 'the carrier took nothing, and is asked again',
  turn: 'in line: the carrier takes so much in a second',
  limit: 'put off: its phone was reached as often as it may be for now',
};

function describeWaiting(one: Waiting, status: Status): Line {
  const { purpose, channel, why, count, first } = one;
  const part = `waits ${purpose} ${channel}`;
  switch (why) {
    case 'stop':
      return wrong(part, `${count}: held back by an operator (dingline stops)`);
    case 'due': {
      const text = `${count}: due, the first for ${describeLength(passed(first, status))}`;
      const cause = findCause(one, status);
      return cause === undefined ? right(part, text) : wrong(part, `${text}: ${cause}`);
    }
    case 'retry':
    case 'turn':
    case 'limit':
      return right(
        part,
        `${count}: ${PUT_OFF[why]}, the first in ${describeLength(-passed(first, status))}`,
      );
  }
}

/** Why what is due has not gone out; undefined where it only just became due. */
function findCause({ channel, first }: Waiting, status: Status): string | undefined {
  if (status.workers === 0) return 'no worker runs';
  if (passed(first, status) < STUCK_MS) return undefined;
  const isAway = status.carrier.some(
    (one) =>
      one.channel === channel &&
      one.runs.some(({ kind, stage }) => kind === 'not_taken' && stage > 0),
  );
  return isAway
    ? 'the carrier is away'
    : 'is the queue away, or is there more than the workers can do?';
}

const formatMoney = (amount: number): string => amount.toFixed(2);

function describeSpendings({ spending, capped }: Status): Line[] {
  const seen = { country: 0, app: 0 };
  const lines = spending.flatMap((one) => {
    const [kind = ''] = one.subject.split(':');
    const isNear = one.cap !== null && one.spent >= NEAR_CAP * one.cap;
    const isShown =
      kind === 'all' ||
      (kind === 'country' && (seen.country += 1) <= COUNTRIES_SHOWN) ||
      (kind === 'app' && (seen.app += 1) <= APPS_SHOWN);
    return isShown || isNear ? [describeSpending(one, isNear)] : [];
  });
  if (spending.length === 0) lines.push(right('spent today', 'nothing'));
  return capped === 0
    ? lines
    : [wrong('spend cap', `it ended ${plural(capped, 'hand-off')} in the last hour`), ...lines];
}

function describeSpending({ subject, spent, cap }: Spending, isNear: boolean): Line {
  const part = `spent ${subject === 'all' ? 'today' : subject.replace(':', ' ')}`;
  if (cap === null) return right(part, `${formatMoney(spent)}, no cap`);
  const text = `${formatMoney(spent)} of ${formatMoney(cap)}`;
  return isNear
    ? wrong(part, `${text}, what does not fit is refused until the next UTC day`)
    : right(part, text);
}

const describeBlocks = (status: Status): Line[] =>
  status.blocks.map(({ id, kind, country, until }) =>
    wrong(
      `block ${id.slice(0, 8)}`,
      `SMS pumping: a ${kind}${country === null ? '' : kind === 'country' ? `, ${country}` : ` of ${country}`}, ` +
        `${describeUntil(until, status)}; dingline guard list`,
    ),
  );

const describeWebhooks = (status: Status): Line[] =>
  status.webhooks.map(({ appId, state, at }) => {
    const part = `webhook ${appId}`;
    switch (state) {
      case 'off':
        return wrong(part, 'off, since its server failed for long or said that it is gone');
      case 'paused':
        return wrong(
          part,
          `its server asks us to wait ${at === null ? '' : describeUntil(at, status)}`,
        );
      case 'failing':
        return wrong(part, `fails ${at === null ? '' : describeSince(at, status)}`);
    }
  });
