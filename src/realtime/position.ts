/**
 * Where a reader of live events is.
 *
 * Ids and transaction ids are given out in another order than transactions commit, so "all after
 * number n" loses what commits late. A reader's place is therefore a snapshot of PostgreSQL: which
 * transactions it has seen. What the next snapshot shows and this one doesn't is new, whatever its
 * number, once. Within that, ids are in the order of what happened, for whoever publishes about a
 * call holds its row. The roads not taken: docs/decisions/live-events-position.md.
 */
export interface Snapshot {
  /** All before it have ended. */
  xmin: bigint;
  /** None of those from it on had ended. */
  xmax: bigint;
  /** Between the two, still running; ascending. */
  running: readonly bigint[];
}

/**
 * What has been seen: all that `seen` shows and, of what `until` shows besides, the ids up to `id`.
 */
export interface Position {
  seen: Snapshot;
  part?: { until: Snapshot; id: bigint };
}

export function isSeen(xid: bigint, { xmin, xmax, running }: Snapshot): boolean {
  return xid < xmin || (xid < xmax && !running.includes(xid));
}

/**
 * Was `a` taken after `b`, or at the same time? Of one server's snapshots one always shows all that
 * the other does.
 */
export function isAsNew(a: Snapshot, b: Snapshot): boolean {
  return a.xmax > b.xmax || (a.xmax === b.xmax && a.running.length <= b.running.length);
}

export const newerSnapshot = (a: Snapshot, b: Snapshot): Snapshot => (isAsNew(a, b) ? a : b);

/** Reads a pg_snapshot as PostgreSQL writes it: `xmin:xmax:xid,xid`. */
export function parseSnapshot(text: string): Snapshot {
  const [xmin = '', xmax = '', running = ''] = text.split(':');
  return {
    xmin: BigInt(xmin),
    xmax: BigInt(xmax),
    running: running === '' ? [] : running.split(',').map(BigInt),
  };
}

export const printSnapshot = ({ xmin, xmax, running }: Snapshot): string =>
  `${xmin}:${xmax}:${running.join(',')}`;

// The event's id ----------------------------------------------------------------------------------

const toBase36 = (value: bigint): string => value.toString(36);
const encodeSnapshot = ({ xmin, xmax, running }: Snapshot): string =>
  [xmin, xmax - xmin, ...running.map((xid) => xid - xmin)].map(toBase36).join('-');

/**
 * A position and when it was reached, as the id of an event: some 30 characters. It isn't signed:
 * whoever makes one up asks for other events of their own.
 */
export function encodePosition({ seen, part }: Position, at: Date): string {
  const parts = ['1', toBase36(BigInt(Math.floor(at.getTime() / 1000))), encodeSnapshot(seen)];
  if (part !== undefined) parts.push(encodeSnapshot(part.until), toBase36(part.id));
  return parts.join('.');
}

const LONGEST = 4_096;
const NUMBER = /^(0|[1-9a-z][0-9a-z]{0,12})$/;
/** xid8 has 64 bits, an id 63. */
const LARGEST = 2n ** 63n;

/** It returns undefined for an id that isn't ours, or that PostgreSQL wouldn't take. */
export function decodePosition(text: string): { position: Position; at: Date } | undefined {
  if (text.length > LONGEST) return undefined;
  const [version, at, seen, until, id, ...more] = text.split('.');
  if (version !== '1' || more.length > 0) return undefined;
  const [time, first] = [decodeNumber(at), decodeSnapshot(seen)];
  if (time === undefined || time > 100_000_000_000n || first === undefined) return undefined;
  const reachedAt = new Date(Number(time) * 1000);
  if (until === undefined) return { position: { seen: first }, at: reachedAt };
  const [second, last] = [decodeSnapshot(until), decodeNumber(id)];
  if (second === undefined || last === undefined || !isAsNew(second, first)) return undefined;
  return { position: { seen: first, part: { until: second, id: last } }, at: reachedAt };
}

function decodeNumber(text: string | undefined): bigint | undefined {
  if (text === undefined || !NUMBER.test(text)) return undefined;
  let value = 0n;
  for (const digit of text) value = value * 36n + BigInt(parseInt(digit, 36));
  return value < LARGEST ? value : undefined;
}

function decodeSnapshot(text: string | undefined): Snapshot | undefined {
  const numbers = (text ?? '').split('-').map(decodeNumber);
  const [xmin, width, ...offsets] = numbers;
  if (xmin === undefined || xmin === 0n || width === undefined || xmin + width >= LARGEST)
    return undefined;
  const running: bigint[] = [];
  let before = -1n;
  for (const offset of offsets) {
    if (offset === undefined || offset <= before || offset >= width) return undefined;
    running.push(xmin + offset);
    before = offset;
  }
  return { xmin, xmax: xmin + width, running };
}
