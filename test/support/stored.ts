import type { World } from './world.js';

/**
 * Every row of every table as one text: without when a session was last used, and without what goes by
 * the hour whatever is asked, the limiters' rows and the openings of numbers to be shown.
 */
export async function readTables(world: Pick<World, 'rows'>): Promise<string> {
  const tables = await world.rows<{ name: string }>(
    `
      SELECT tablename AS name
      FROM pg_tables
      WHERE schemaname = 'public' AND tablename NOT IN ('limits', 'limiter_keys', 'presentation_openings', 'leases')
      ORDER BY 1
    `,
  );
  const texts = tables.map(
    ({ name }) =>
      `
        SELECT
          '${name}' AS name,
          count(*)::int AS rows,
          md5(string_agg(r::text, '|' ORDER BY r::text)) AS hash
        FROM ${name} t, LATERAL (SELECT to_jsonb(t)${name === 'sessions' ? " - 'used_at'" : ''} AS r) one
      `,
  );
  return JSON.stringify(await world.rows(`${texts.join(' UNION ALL ')} ORDER BY name`));
}

/** Rows by table of all that a taken number leaves behind. */
export async function countLeft(world: Pick<World, 'rows'>): Promise<Record<string, number>> {
  const tables = [
    'numbers',
    'verifications',
    'codes',
    'handoffs',
    'limits',
    'idempotency_keys',
    'ledger_entries',
  ];
  const counts = await Promise.all(
    tables.map((table) =>
      world.rows<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`),
    ),
  );
  return Object.fromEntries(tables.map((table, i) => [table, counts[i]?.[0]?.count ?? -1]));
}
