import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { REFUSED, steal } from '../support/thief.js';
import { World } from '../support/world.js';

// Real: PostgreSQL by the login of api, as the roles have migrated it. What holds for every table and every guard.

let world: World;
let api: pg.Client;
beforeAll(async () => {
  world = await World.start();
  api = await steal(world, 'apiUrl');
});
afterAll(async () => {
  await api?.end();
  await world?.close();
});

test('every text that a login writes has a bound, and a guard reads no table by an old snapshot', async () => {
  const unbounded = await world.rows(`
    SELECT a.attrelid::regclass::text AS table, a.attname AS name
    FROM pg_attribute a
    JOIN pg_class t ON t.oid = a.attrelid AND t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace
    WHERE a.atttypid IN ('text'::regtype, 'json'::regtype, 'jsonb'::regtype, 'bytea'::regtype) AND a.attnum > 0
      AND EXISTS (
        SELECT FROM unnest('{dingline_api,dingline_ingress,dingline_worker}'::text[]) login
        WHERE has_column_privilege(login, a.attrelid, a.attnum, 'INSERT')
          OR has_column_privilege(login, a.attrelid, a.attnum, 'UPDATE'))
      AND NOT EXISTS (
        SELECT FROM pg_constraint c
        WHERE c.conrelid = a.attrelid AND c.contype = 'c' AND a.attnum = ANY (c.conkey)
          AND (pg_get_constraintdef(c.oid) LIKE '%octet_length%'
            -- A list of words is a bound.
            OR pg_get_constraintdef(c.oid)
              ~ '^CHECK \\(\\(\\w+ = ANY \\((ARRAY\\[[^()]*\\]|''\\{[\\w,]+\\}''::text\\[\\])\\)\\)\\)$'))
      AND NOT EXISTS (
        SELECT FROM pg_constraint c
        JOIN pg_depend d ON d.classid = 'pg_constraint'::regclass AND d.objid = c.oid
        JOIN pg_proc p ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid
        WHERE c.conrelid = a.attrelid AND c.conname = 'row_is_bounded'
          AND p.prosrc ~ ('(RETURN|AND) octet_length\\(this\\.' || a.attname || '(::text)?\\) (<=|=) \\d+\\y'))
  `);
  expect(unbounded).toEqual([]);
  const text = 'x'.repeat(100_000);
  await expect(
    api.query('INSERT INTO dings (call_id, text, channel) VALUES ($1, $2, $3)', [
      randomUUID(),
      text,
      'sms',
    ]),
  ).rejects.toThrow(REFUSED);
  const stable = await world.rows<{ name: string }>(`
    SELECT p.proname AS name
    FROM pg_proc p
    JOIN pg_language l ON l.oid = p.prolang AND l.lanname IN ('sql', 'plpgsql')
    WHERE p.pronamespace = 'public'::regnamespace AND p.provolatile = 's'
    ORDER BY 1
  `);
  expect(stable.map(({ name }) => name)).toEqual([
    'called_code',
    'called_handoff',
    'db_now',
    'has_ended_by',
    'identified_account',
    'identity_code',
    'is_off_the_wire',
    'is_reached',
    'is_sealed_under',
    'is_waiting_for_code',
    'kept_since',
    'may_be_out',
    'may_erase_handoff',
    'near_now',
    'show_standing',
    'waits_for',
  ]);
});
