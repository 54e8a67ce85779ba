import { readFileSync } from 'node:fs';
import path from 'node:path';
import { RETENTION, makeRetentionTable } from '../../src/kernel/retention.js';
import { ERASERS } from '../../src/kernel/retention.repository.js';
import { Room } from '../support/room.js';

// Real: the schema, as PostgreSQL has it after all migrations.

let room: Room;
beforeAll(async () => {
  room = await Room.open();
});
afterAll(() => room.close());

test('every table of the schema says what it keeps, for how long and why, and no other does', async () => {
  const tables = await room.rows<{ name: string }>(
    `
      SELECT relname AS name
      FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    `,
  );
  expect(Object.keys(RETENTION).sort()).toEqual(tables.map((table) => table.name).sort());
});

test('what is said to be erased by the worker alone has an eraser, and every eraser is said', () => {
  const said = Object.entries(RETENTION)
    .filter(([name, { erasedBy }]) => erasedBy === 'worker' && name !== 'limits')
    .map(([name]) => name);
  expect([...said, 'handoffs'].sort()).toEqual(ERASERS.map((eraser) => eraser.name).sort());
});

test('docs/retention.md holds the table as it is', () => {
  const text = readFileSync(path.join(__dirname, '../../docs/retention.md'), 'utf8');
  expect(/<!-- retention -->\n([\s\S]*?)\n<!-- \/retention -->/.exec(text)?.[1]).toBe(
    makeRetentionTable(),
  );
});

test('every foreign key has an index, so that no erasure reads a whole table', async () => {
  const unindexed = await room.rows<{ key: string }>(`
    SELECT c.conname AS key
    FROM pg_constraint c
    WHERE c.contype = 'f'
      AND c.connamespace = 'public'::regnamespace
      -- Nobody erases the teams of these two.
      AND c.conrelid NOT IN ('team_members'::regclass, 'consent_events'::regclass)
      AND NOT EXISTS (
        SELECT
        FROM pg_index i
        WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1]
      )
  `);
  expect(unindexed).toEqual([]);
});
