import type { Seen } from '../support/network-journal.js';
import type { Observed, Row, Unconfirmed } from './count.js';
import type { Drive } from './drive.js';
import type { Site } from './site.js';

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

const UNCONFIRMED = `
  SELECT p.id, p.account_id AS "accountId",
    (SELECT coalesce(json_agg(json_build_object('state', l.state, 'reason', l.reason, 'handoff', h.state)), '[]')
      FROM legs l LEFT JOIN handoffs h ON h.subject_id = l.id AND h.kind = 'deliver'
      WHERE l.participant_id = p.id) AS calls,
    (SELECT coalesce(json_agg(json_build_object(
        'channel', n.channel, 'state', n.state, 'reason', n.reason, 'handoff', h.state)), '[]')
      FROM notifications n LEFT JOIN handoffs h ON h.subject_id = n.id AND h.kind = 'deliver'
      WHERE n.participant_id = p.id) AS notifications,
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

const ROWS = `
  SELECT id, purpose, channel, state, reason, account_id AS "accountId", carrier_ref AS "carrierRef",
    encode(capability_hash, 'hex') AS hash, extract(epoch FROM not_after)::float8 * 1000 AS "notAfterMs",
    again_of AS "againOf"
  FROM handoffs
  WHERE kind = 'deliver'
`;

const LEDGER = `
  SELECT subject_id AS id, count(*)::int AS count
  FROM ledger_readable
  WHERE body LIKE '%"carrier:%'
  GROUP BY subject_id
`;

export const listUnfinished = (site: Site): Promise<object[]> => site.rows(UNFINISHED);

/** What there is to count, by the database and the network; `unfinished` is what had not ended in its time. */
export async function observe(
  site: Site,
  drive: Drive,
  entries: readonly Seen[],
  unfinished: readonly object[],
): Promise<Observed> {
  const ledger = await site.rows<{ id: string; count: number }>(LEDGER);
  return {
    entries,
    rows: await site.rows<Row>(ROWS),
    unconfirmed: await site.rows<Unconfirmed>(UNCONFIRMED),
    unfinished,
    ledger: new Map(ledger.map(({ id, count }) => [id, count])),
    numbers: drive.numbers,
    shownToOutsiders: drive.shownToOutsiders,
  };
}
