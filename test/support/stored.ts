import type { World } from './world.js';

/** Every row of every table but the limiters', as one text; without when a session was last used. */
export async function readTables(world: Pick<World, 'rows'>): Promise<string> {
  const tables = await world.rows<{ name: string }>(
    `
      SELECT tablename AS name
      FROM pg_tables
      WHERE schemaname = 'public' AND tablename NOT IN ('limits', 'limiter_keys')
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
