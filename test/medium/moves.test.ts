import { createHash } from 'node:crypto';
import { MOVES } from '../../src/handoff/moves.js';
import { ownSql } from '../../src/kernel/build-sql.js';
import { account } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: PostgreSQL with the migrations, api. Fake: the telephone network, which is never reached.

const STATES = 'queued sending accepted rejected failed unknown expired canceled'.split(' ');
const ROLES = ['api', 'ingress', 'worker'] as const;

let world: World;
beforeAll(async () => {
  world = await World.start({ roles: ['api'] });
});
afterAll(() => world.close());

test('PostgreSQL lets each role move a hand-off as the table has it, and no other way', async () => {
  const next = numbersOf(20260712);
  const ann = await account(world, 'Ann', next());
  const { body } = await world.call<{ id: string }>(
    'POST',
    '/v1/verifications',
    { number: ann.number },
    ann,
  );
  const digest = createHash('sha256').update('its capability').digest();
  await world.rows(
    `
      UPDATE handoffs
      SET capability_hash = sha256($1), capability_expires_at = db_now() + interval '1 hour'
      WHERE subject_id = $2
    `,
    [digest, body.id],
  );
  // Its verification is over: so its code may be taken back.
  await world.rows(
    `UPDATE verifications SET state = 'canceled', finished_at = db_now(), voice_at = NULL WHERE id = $1`,
    [body.id],
  );
  const moves = await world.rows<{ role: string; from: string; to: string }>(
    `
      WITH shown AS MATERIALIZED (SELECT ${ownSql().schema}.show_capability($1) AS id)
      SELECT role, f AS from, t AS to
      FROM shown
      JOIN handoffs h ON h.id = shown.id
      CROSS JOIN unnest($2::text[]) role
      CROSS JOIN unnest($3::text[]) f
      CROSS JOIN unnest($3::text[]) t
      WHERE f <> t
        AND may_move('dingline_' || role, jsonb_populate_record(h, jsonb_build_object('state', f)), t)
    `,
    [digest, ROLES, STATES],
  );
  const sorted = (all: readonly { role: string; from: string; to: string }[]) =>
    all.map(({ role, from, to }) => `${role}: ${from} to ${to}`).sort();
  expect(sorted(moves)).toEqual(
    sorted(MOVES.flatMap(({ from, to, by }) => by.map((role) => ({ role, from, to })))),
  );
});
