import { createHash } from 'node:crypto';
import type { Seen } from '../support/network-journal.js';

/** What a run must have none of, by what the handsets saw. */
export const FAULTLESS = {
  lost: 0,
  doubled: 0,
  late: 0,
  'wrong person': 0,
  silent: 0,
  'shown to outsiders': 0,
  'opened without entry': 0,
  unfinished: 0,
};
export type Counts = typeof FAULTLESS;

/** A hand-off to a phone, as its row says it. */
export interface Row {
  id: string;
  purpose: string;
  channel: string;
  state: string;
  reason: string | null;
  accountId: string;
  carrierRef: string | null;
  /** Of the capability in its addresses, as PostgreSQL keeps it. */
  hash: string | null;
  notAfterMs: number;
  /** The hand-off of unknown fate that it goes out again for. */
  againOf: string | null;
}

/** A recipient of a Ding that nobody took back, and who hasn't confirmed it. */
export interface Unconfirmed {
  id: string;
  accountId: string;
  /** The state and reason of each, and how its hand-off stands: there may have been two. */
  calls: { state: string; reason: string | null; handoff: string | null }[];
  notifications: {
    channel: string;
    state: string;
    reason: string | null;
    handoff: string | null;
  }[];
  handoffs: string[];
}

/** What is counted, once all has come to its end. */
export interface Observed {
  /** The network's journal: what was asked of it, and what it made of that. */
  entries: readonly Seen[];
  rows: readonly Row[];
  unconfirmed: readonly Unconfirmed[];
  unfinished: readonly object[];
  /** Entries of a person's ledger that speak of a carrier, by account. */
  ledger: ReadonlyMap<string, number>;
  /** Whose number is which, by account. */
  numbers: ReadonlyMap<string, string>;
  /** How often somebody was shown a number in a call that isn't theirs. */
  shownToOutsiders: number;
}

export interface Counted {
  counts: Counts;
  handoffs: number;
  states: Record<string, number>;
  /** What was counted, to look further. */
  found: string[];
}
type Note = (what: keyof Counts, found: object) => void;

/** A call or an SMS that the network has made. */
interface Created {
  sid: string;
  number: string;
  hash: string;
  atMs: number;
}

/** A request that left in time may be a moment on its way. */
const ON_ITS_WAY_MS = 1_000;
/** In these states it has not left, as its row says. */
const NOT_LEFT = new Set(['rejected', 'expired', 'canceled']);
/** An SMS would fare no better, or isn't wanted: none follows a call that ended so. */
const ENDS_ALL = new Set(['bad_number', 'number_refused', 'opted_out', 'no_consent', 'stopped']);

const sha = (given: string | Buffer): Buffer => createHash('sha256').update(given).digest();
/** A capability's digest as a hand-off's row has it. */
export const digestCapability = (capability: string): string =>
  sha(sha(capability)).toString('hex');

/** What the handsets saw, beside what the rows say of it. */
export function count(observed: Observed): Counted {
  const counts = { ...FAULTLESS };
  const found: string[] = [];
  const note: Note = (what, it) => {
    counts[what] += 1;
    found.push(`${what}: ${JSON.stringify(it)}`);
  };
  const created = listCreated(observed.entries);
  countCreated(observed, created, note);
  countLost(observed, created, note);
  countSilent(observed, created, note);
  countUnledgered(observed, created, note);
  for (const one of observed.unfinished) note('unfinished', one);
  if (observed.shownToOutsiders > 0) {
    counts['shown to outsiders'] = observed.shownToOutsiders;
    found.push(`shown to outsiders: ${String(observed.shownToOutsiders)} times`);
  }
  const states: Record<string, number> = {};
  for (const { state } of observed.rows) states[state] = (states[state] ?? 0) + 1;
  return { counts, handoffs: observed.rows.length, states, found };
}

/** What the network took, with the digest of the capability in its addresses, by which its hand-off is known. */
function listCreated(entries: readonly Seen[]): Created[] {
  const requests = new Map(
    entries.filter(({ type }) => type === 'request').map((one) => [one.seq, one]),
  );
  return entries
    .filter(({ type }) => type === 'created')
    .map((one) => {
      const request = requests.get(Number(one['requestSeq']));
      const fields = Object.values((request?.['fields'] ?? {}) as Record<string, string>).join(' ');
      const capability = /\/carrier\/([\w-]{43})/.exec(fields)?.[1] ?? '';
      return {
        sid: String(one['sid']),
        number: String(one.number),
        hash: digestCapability(capability),
        atMs: Number(request?.['receivedAt'] ?? 0),
      };
    });
}

/** At most once, to the right person, before it is too late, and never after the row says that it hasn't left. */
function countCreated({ rows, numbers }: Observed, created: readonly Created[], note: Note): void {
  const byHash = new Map(rows.map((row) => [row.hash, row]));
  const seen = new Set<string>();
  for (const one of created) {
    const row = byHash.get(one.hash);
    // Of an attempt that another one took the place of: its row knows only the last.
    if (row === undefined) {
      note('doubled', { one, of: 'an attempt that its row has forgotten' });
      continue;
    }
    const first = row.againOf ?? row.id;
    if (seen.has(first)) note('doubled', { one, row });
    seen.add(first);
    if (one.atMs > row.notAfterMs + ON_ITS_WAY_MS || NOT_LEFT.has(row.state))
      note('late', { one, row });
    if (numbers.get(row.accountId) !== one.number) note('wrong person', { one, row });
  }
}

/** The row says that the carrier has it, and the network has no such thing. */
function countLost({ rows }: Observed, created: readonly Created[], note: Note): void {
  const sids = new Set(created.map(({ sid }) => sid));
  for (const row of rows)
    if (row.state === 'accepted' && !sids.has(row.carrierRef ?? '')) note('lost', row);
}

/**
 * A recipient whom no way has reached, and none of whose ways says so; or whose call was followed by no SMS, though
 * one could have reached them.
 */
function countSilent(
  { rows, unconfirmed }: Observed,
  created: readonly Created[],
  note: Note,
): void {
  const made = new Set(created.map(({ hash }) => hash));
  const heard = new Set(rows.filter(({ hash }) => made.has(hash ?? '')).map(({ id }) => id));
  for (const one of unconfirmed) {
    const isHeard = one.handoffs.some((id) => heard.has(id));
    const isShown = [...one.calls, ...one.notifications].some(
      ({ state, handoff }) => state === 'ended' || handoff === 'unknown',
    );
    const isFollowed =
      one.calls.length === 0 ||
      one.calls.some(({ reason }) => ENDS_ALL.has(reason ?? '')) ||
      one.notifications.some(({ channel }) => channel === 'sms');
    if ((!isHeard && !isShown) || !isFollowed) note('silent', one);
  }
}

/** Each time that the network was given somebody's number, their ledger had an entry by then. */
function countUnledgered(
  { ledger, numbers }: Observed,
  created: readonly Created[],
  note: Note,
): void {
  for (const [id, number] of numbers) {
    const times = created.filter((one) => one.number === number).length;
    const entries = ledger.get(id) ?? 0;
    if (times > entries) note('opened without entry', { id, times, entries });
  }
}
