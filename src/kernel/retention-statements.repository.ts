/**
 * What the worker was told to erase, but nothing that PostgreSQL would keep by the bound of its
 * own: a statement that erases only a part of what belongs together would fail.
 */
const before = (table: string): string => `least($1::timestamptz, kept_since('${table}'))`;

/** Erases by the time of a row alone. */
export const eraseByTime = (table: string, id: string, at: string): string => `
  WITH over AS (
    SELECT ${id} FROM ${table} WHERE ${at} <= ${before(table)} ORDER BY ${at} LIMIT $2
  ),
  gone AS (
    DELETE FROM ${table} WHERE (${id}) IN (SELECT ${id} FROM over) RETURNING 1
  )
  SELECT count(*)::int AS erased FROM gone`;

/**
 * Erases rows with their hand-offs, which have no foreign key to what they are for. By the time
 * that it is erased no callback of theirs is taken any more. `more` goes in the same batch: parts
 * of the WITH list that may read `over` (its `columns`) and `mine`, the hand-offs' ids.
 */
export const eraseWithHandoffs = (
  table: string,
  at: string,
  subjects: string,
  columns = 'id',
  more = '',
): string => `
  WITH over AS (
    SELECT ${columns}
    FROM ${table} o
    WHERE ${at} <= ${before(table)}
      AND NOT EXISTS (
        SELECT
        FROM (${subjects.replaceAll('OVER', 'SELECT o.id')}) s
        JOIN handoffs h ON h.subject_id = s.id
        WHERE h.state IN ('queued', 'sending')
      )
    ORDER BY ${at}
    LIMIT $2
    FOR UPDATE SKIP LOCKED
  ),
  mine AS (
    SELECT h.id
    FROM (${subjects.replaceAll('OVER', 'SELECT id FROM over')}) s
    JOIN handoffs h ON h.subject_id = s.id
  ),
  hung AS (
    DELETE FROM handoffs
    WHERE id IN (
      SELECT id FROM mine
      UNION
      SELECT h.id FROM handoffs h WHERE h.target_id IN (SELECT id FROM mine)
    )
  ),
  ${more}
  gone AS (
    DELETE FROM ${table} WHERE id IN (SELECT id FROM over) RETURNING 1
  )
  SELECT count(*)::int AS erased FROM gone`;

/** A call's hand-offs are for the call itself, for its legs and for its notifications. */
export const CALL_SUBJECTS = `
  OVER
  UNION ALL
  SELECT l.id FROM legs l WHERE l.call_id IN (OVER)
  UNION ALL
  SELECT n.id FROM notifications n WHERE n.call_id IN (OVER)`;

/**
 * A verification's number goes with it, if nothing else has it: the walk over all numbers, at
 * 20,000 a minute, takes nearly nine hours for ten million.
 */
export const THEIR_NUMBERS = `
  loose AS (
    SELECT n.id
    FROM numbers n
    WHERE n.id IN (SELECT number_ref FROM over)
      AND NOT EXISTS (SELECT FROM account_numbers r WHERE r.number_ref = n.id)
      AND NOT EXISTS (SELECT FROM test_numbers r WHERE r.number_ref = n.id)
      AND NOT EXISTS (
        SELECT FROM verifications r
        WHERE r.number_ref = n.id AND r.id NOT IN (SELECT id FROM over)
      )
      AND NOT EXISTS (
        SELECT FROM handoffs r
        WHERE r.number_ref = n.id AND r.id NOT IN (SELECT id FROM mine)
      )
    FOR UPDATE SKIP LOCKED
  ),
  let_go AS (
    DELETE FROM numbers WHERE id IN (SELECT id FROM loose)
  ),`;

/**
 * Walks over all rows, and erases those that nothing needs. It takes a `lock` where a request may
 * be about to refer to a row.
 */
export const walk = (table: string, at: string, isKept: string, lock = ''): string => `
  WITH part AS (
    SELECT id, ${at}
    FROM ${table}
    WHERE ${at} <= ${before(table)} AND (${at}, id) > ($3::timestamptz, $4::uuid)
    ORDER BY ${at}, id
    LIMIT $2
  ),
  over AS (
    SELECT t.id
    FROM ${table} t
    JOIN part USING (id)
    WHERE NOT (${isKept})
    ${lock}
  ),
  gone AS (
    DELETE FROM ${table} WHERE id IN (SELECT id FROM over) RETURNING 1
  )
  SELECT
    (SELECT count(*) FROM gone)::int AS erased,
    (SELECT count(*) FROM part)::int AS seen,
    last.${at} AS at,
    last.id
  FROM (SELECT 1) one
  LEFT JOIN LATERAL (
    SELECT id, ${at} FROM part ORDER BY ${at} DESC, id DESC LIMIT 1
  ) last ON true`;

export const SEALED_UNDER = `encode(substring(s.sealed FROM 2 FOR 16), 'hex')::uuid = t.id`;

/** An event's call must be over for as long as the event is old. */
export const ERASE_CALL_EVENTS = `
  WITH over AS (
    SELECT e.id
    FROM call_events e
    JOIN calls c ON c.id = e.call_id
    WHERE e.at <= ${before('call_events')} AND c.ended_at <= ${before('call_events')}
    ORDER BY e.at
    LIMIT $2
  ),
  gone AS (
    DELETE FROM call_events WHERE id IN (SELECT id FROM over) RETURNING 1
  )
  SELECT count(*)::int AS erased FROM gone`;

/** Hand-offs whose verification or call was erased without them. */
export const ERASE_LEFT_OVER_HANDOFFS = `
  WITH over AS (
    SELECT id
    FROM handoffs h
    WHERE settled_at <= ${before('handoffs')}
      AND state NOT IN ('queued', 'sending')
      AND NOT EXISTS (SELECT FROM verifications v WHERE v.id = h.subject_id)
      AND NOT EXISTS (SELECT FROM calls c WHERE c.id = h.subject_id)
      AND NOT EXISTS (SELECT FROM legs l WHERE l.id = h.subject_id)
      AND NOT EXISTS (SELECT FROM notifications n WHERE n.id = h.subject_id)
    ORDER BY settled_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
  ),
  gone AS (
    DELETE FROM handoffs
    WHERE id IN (
      SELECT id FROM over
      UNION
      SELECT h.id FROM handoffs h WHERE h.target_id IN (SELECT id FROM over)
    )
    RETURNING 1
  )
  SELECT count(*)::int AS erased FROM gone`;
