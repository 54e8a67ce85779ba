import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LOGINS } from '../../src/embedded/databases.js';
import { ownSql } from '../../src/kernel/build-sql.js';
import { Room } from '../support/room.js';

// Real: the rights of the three logins, as PostgreSQL has them. docs/grants.md gives each its reason: a
// right that is new, wider or gone fails here until the list says so, too.

let room: Room;
beforeAll(async () => {
  room = await Room.open();
});
afterAll(() => room.close());

const doc = readFileSync(path.join(__dirname, '../../docs/grants.md'), 'utf8');

/** The rows of the table that a heading begins, without their last column, the reason. */
function listed(heading: string): string[] {
  const [, section = ''] = doc.split(`## ${heading}\n`);
  const rows = (section.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| '));
  for (const row of rows) {
    const reason = row.split(' | ').at(-1) ?? '';
    if (reason.length < 5) throw new Error(`no reason: ${row}`);
  }
  return rows.slice(1).map((row) => row.split(' | ').slice(0, -1).join(' | '));
}

const ROLES = Object.entries(LOGINS)
  .map(([role, login]) => `('${role}', '${login}')`)
  .join(', ');

test('what each login may write is what is listed, column by column', async () => {
  const rows = await room.rows<{ line: string }>(`
    WITH logins (role, login) AS (VALUES ${ROLES}), rights AS (
      SELECT role, c.relname AS thing, a.privilege_type AS may, NULL::text AS col, 0 AS place
      FROM pg_class c, aclexplode(c.relacl) a, logins
      WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = to_regrole(login)
      UNION ALL
      SELECT role, c.relname, a.privilege_type, t.attname, t.attnum
      FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a, logins
      WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = to_regrole(login)
    ), by_kind AS (
      SELECT role, thing, array_position('{INSERT,UPDATE,DELETE,TRUNCATE}', may) AS place,
        may || coalesce(' (' || string_agg(col, ', ' ORDER BY place) || ')', '') AS may
      FROM rights
      WHERE may NOT IN ('SELECT', 'USAGE')
      GROUP BY role, thing, rights.may, col IS NULL
    )
    SELECT format('| %s | \`%s\` | %s', role, thing, string_agg(may, ', ' ORDER BY place)) AS line
    FROM by_kind GROUP BY role, thing`);
  expect(rows.map(({ line }) => line).sort()).toEqual(listed('What each login may write').sort());
});

test('which rows a login may write is what is listed', async () => {
  const rows = await room.rows<{ line: string }>(`
    SELECT format(
      '| \`%s\` | %s | %s | %s',
      tablename,
      policyname,
      cmd,
      CASE
        WHEN roles = '{public}' THEN 'all'
        ELSE replace(array_to_string(roles, ', '), 'dingline_', '')
      END
    ) AS line
    FROM pg_policies
    WHERE schemaname = 'public' AND cmd <> 'SELECT'
  `);
  expect(rows.map(({ line }) => line).sort()).toEqual(listed('Which rows').sort());
});

test('what runs by more rights than its caller has is what is listed', async () => {
  const rows = await room.rows<{ line: string }>(`
    WITH logins (role, login) AS (VALUES ${ROLES})
    SELECT format('| \`%s\` | %s | %s', p.proname, pg_get_userbyid(p.proowner),
      coalesce(string_agg(DISTINCT role, ', '), 'none')) AS line
    FROM pg_proc p
    LEFT JOIN logins ON has_function_privilege(login, p.oid, 'EXECUTE')
    WHERE p.prosecdef AND p.proname <> 'db_now'
      AND p.pronamespace IN ('public'::regnamespace, '${ownSql().schema}'::regnamespace)
    GROUP BY p.oid, p.proname, p.proowner`);
  expect(rows.map(({ line }) => line).sort()).toEqual(listed('Functions').sort());
});

test('nobody signs in as the keeper, and what it runs looks nowhere else for its tables', async () => {
  const rows = await room.rows(`
    SELECT rolcanlogin, rolsuper, rolcreaterole, rolbypassrls
    FROM pg_roles
    WHERE rolname = 'dingline_keeper'
  `);
  expect(rows).toEqual([
    { rolcanlogin: false, rolsuper: false, rolcreaterole: false, rolbypassrls: false },
  ]);
  const paths = await room.rows<{ path: string | null }>(`
    SELECT (
      SELECT setting
      FROM unnest(p.proconfig) setting
      WHERE setting LIKE 'search_path=%'
    ) AS path
    FROM pg_proc p
    WHERE p.prosecdef AND pg_get_userbyid(p.proowner) = 'dingline_keeper'
  `);
  for (const { path: searched } of paths) expect(searched).toMatch(/^search_path=.*pg_temp$/);
});
