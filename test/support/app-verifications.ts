import { randomBytes } from 'node:crypto';
import { newId } from '../../src/kernel/ids.js';
import type { World } from './world.js';

export type Rows = Pick<World, 'rows' | 'clock'>;

/** Verifications of an app's as rows, without a number to be sent to. */
export async function addVerifications(
  world: Rows,
  appId: string,
  state: 'pending' | 'approved' | 'canceled' | 'expired' = 'approved',
  count = 1,
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId());
  const now = world.clock.now();
  await world.rows(
    `
      INSERT INTO verify_services (id, app_id, is_default, name, created_at)
      SELECT gen_random_uuid(), $1, true, 'Shop', $2
      WHERE NOT EXISTS (SELECT FROM verify_services WHERE app_id = $1)
    `,
    [appId, now],
  );
  await world.rows(
    `
      WITH ids AS (SELECT unnest($1::uuid[]) AS id),
      numbers AS (
        INSERT INTO numbers (id, sealed, created_at) SELECT id, $2, $3 FROM ids RETURNING id
      )
      INSERT INTO verifications (
        id, service_id, number_ref, limiter_index, language, state, created_at, expires_at,
        finished_at
      )
      SELECT
        n.id, s.id, n.id, uuid_send(n.id), 'en', $4, $3::timestamptz,
        $3::timestamptz + interval '10 min', CASE WHEN $4 <> 'pending' THEN $3::timestamptz END
      FROM numbers n, verify_services s
      WHERE s.app_id = $5
    `,
    [ids, randomBytes(45), now, state, appId],
  );
  return ids;
}
