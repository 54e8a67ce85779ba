import { createHash } from 'node:crypto';
import type { Seen } from '../support/network-journal.js';
import type { Drive } from './drive.js';
import type { Site } from './site.js';

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

export interface Counted {
  counts: Counts;
  handoffs: number;
  states: Record<string, number>;
  /** What was counted, to look further. */
  found: string[];
}

interface Row {
  id: string;
  purpose: string;
  channel: string;
  state: string;
  reason: string | null;
  accountId: string;
  carrierRef: string | null;
  hash: string | null;
  notAfterMs: number;
}
interface Created {
  sid: string;
  number: string;
  hash: string;
  atMs: number;
}

const sha = (given: string | Buffer): Buffer => createHash('sha256').update(given).digest();

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
        hash: sha(sha(capability)).toString('hex'),
        atMs: Number(request?.['receivedAt'] ?? 0),
      };
    });
}

/** Still open, and somebody waits for it. What waits for a step that has ended is canceled when it is due. */
const UNFINISHED = `
  SELECT h.id, h.kind, h.state, h.purpose, h.channel
  FROM handoffs h
  WHERE h.state = 'sending'
    OR h.state = 'queued' AND NOT EXISTS (SELECT FROM legs l WHERE l.id = h.subject_id AND l.state = 'ended')
      AND NOT EXISTS (SELECT FROM notifications n WHERE n.id = h.subject_id AND n.state = 'ended')
      AND h.not_before <= clock_timestamp() + interval '20 seconds'
  UNION ALL
  SELECT l.id, 'leg', l.state, c.purpose, 'voice'
  FROM legs l
  JOIN calls c ON c.id = l.call_id
  WHERE l.state IN ('ringing', 'answered') OR l.state <> 'ended' AND c.ended_at IS NOT NULL
`;

/** Recipients of Dings that nobody took back, whom no way has reached, and whose ways all say nothing of it. */
const QUIET = `
  SELECT p.id, p.account_id AS "accountId", c.id AS "dingId", d.channel,
    ARRAY(SELECT l.state || ' ' || coalesce(l.reason, '') || ' ' || coalesce(h.state, '') FROM legs l
      LEFT JOIN handoffs h ON h.subject_id = l.id AND h.kind = 'deliver' WHERE l.participant_id = p.id) AS legs,
    ARRAY(SELECT n.channel || ' ' || n.state || ' ' || coalesce(n.reason, '') || ' ' || coalesce(h.state, '')
      FROM notifications n LEFT JOIN handoffs h ON h.subject_id = n.id WHERE n.participant_id = p.id) AS notes,
    ARRAY(SELECT h.id FROM handoffs h WHERE h.kind = 'deliver' AND h.subject_id IN (
      SELECT id FROM legs WHERE participant_id = p.id
      UNION ALL SELECT id FROM notifications WHERE participant_id = p.id)) AS handoffs
  FROM ding_recipients r
  JOIN participants p ON p.id = r.participant_id
  JOIN calls c ON c.id = p.call_id
  JOIN dings d ON d.call_id = c.id
  WHERE r.confirmed_at IS NULL AND r.stopped_at IS NULL AND c.end_reason IS DISTINCT FROM 'recalled'
    AND d.channel <> 'app'
`;

export const listUnfinished = (site: Site): Promise<object[]> => site.rows(UNFINISHED);

export async function count(site: Site, drive: Drive, entries: readonly Seen[]): Promise<Counted> {
  const rows = await site.rows<Row>(`
    SELECT id, purpose, channel, state, reason, account_id AS "accountId", carrier_ref AS "carrierRef",
      encode(capability_hash, 'hex') AS hash, extract(epoch FROM not_after)::float8 * 1000 AS "notAfterMs"
    FROM handoffs
    WHERE kind = 'deliver'
  `);
  const created = listCreated(entries);
  const found: string[] = [];
  const note = (what: keyof Counts, text: unknown): void => {
    counts[what] += 1;
    found.push(`${what}: ${typeof text === 'string' ? text : JSON.stringify(text)}`);
  };
  const counts = { ...FAULTLESS };
  const byHash = new Map(rows.map((row) => [row.hash, row]));
  const seen = new Map<string, Created>();
  for (const one of created) {
    const row = byHash.get(one.hash);
    if (row === undefined || seen.has(one.hash))
      note('doubled', { one, row, first: seen.get(one.hash) });
    seen.set(one.hash, one);
    if (row === undefined) continue;
    if (one.atMs > row.notAfterMs + 1_000) note('late', { one, row });
    if (drive.numbers.get(row.accountId) !== one.number) note('wrong person', { one, row });
  }
  const sids = new Set(created.map(({ sid }) => sid));
  for (const row of rows)
    if (row.state === 'accepted' && !sids.has(row.carrierRef ?? '')) note('lost', row);
  const heard = new Set(rows.filter(({ hash }) => seen.has(hash ?? '')).map(({ id }) => id));
  for (const one of await site.rows<{ legs: string[]; notes: string[]; handoffs: string[] }>(
    QUIET,
  )) {
    const isHeard = one.handoffs.some((id) => heard.has(id));
    const isShown = [...one.legs, ...one.notes].some((way) =>
      /unknown|rejected|failed|expired|canceled|limit|ended/.test(way),
    );
    const isFollowed = one.legs.length === 0 || one.notes.some((way) => way.startsWith('sms'));
    if ((!isHeard && !isShown) || !isFollowed) note('silent', one);
  }
  for (const one of await listUnfinished(site)) note('unfinished', one);
  await countEntries(site, drive, created, note);
  counts['shown to outsiders'] = drive.shownToOutsiders;
  const states: Record<string, number> = {};
  for (const { state } of rows) states[state] = (states[state] ?? 0) + 1;
  return { counts, handoffs: rows.length, states, found };
}

/** Each time that the network was given somebody's number, their ledger had an entry by then. */
async function countEntries(
  site: Site,
  drive: Drive,
  created: readonly Created[],
  note: (what: keyof Counts, text: unknown) => void,
): Promise<void> {
  const entries = await site.rows<{ id: string; count: number }>(`
    SELECT subject_id AS id, count(*)::int AS count
    FROM ledger_readable
    WHERE body LIKE '%"carrier:%'
    GROUP BY subject_id
  `);
  const entriesOf = new Map(entries.map(({ id, count: times }) => [id, times]));
  for (const [id, number] of drive.numbers) {
    const times = created.filter((one) => one.number === number).length;
    if (times > (entriesOf.get(id) ?? 0))
      note('opened without entry', { id, times, entries: entriesOf.get(id) ?? 0 });
  }
}
