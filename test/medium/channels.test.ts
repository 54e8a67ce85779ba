import { sql } from 'kysely';
import {
  type Channel,
  CHANNELS,
  CONFIRMED_BY,
  NOTIFIED_BY,
  WAYS,
} from '../../src/handoff/channels.js';
import { OverdueHandoffsRepository } from '../../src/handoff/overdue-handoffs.repository.js';
import { Sends } from '../support/sends.js';

// Real: PostgreSQL with the migrations, what takes numbers in, the worker's claim and what it asks
// of the rows, what a day may cost. Fake: the carrier, who notes what it is given.

/** Every column that holds a channel or a way, and what may stand in it. */
const HELD: Record<string, readonly string[]> = {
  'handoffs.channel': CHANNELS,
  'stops.channel': CHANNELS,
  'lines.channel': CHANNELS,
  'carrier_runs.channel': CHANNELS,
  'verify_services.channels': CHANNELS,
  'dings.channel': WAYS,
  'ding_recipients.confirmed_by': CONFIRMED_BY,
  'notifications.channel': NOTIFIED_BY,
};
/** Functions of ours fill it, from a list that was checked where it came in. */
const UNCHECKED = ['verifications.channels', 'webhook_events.channel'];

let sends: Sends;
beforeEach(async () => {
  sends = await Sends.open();
});
afterEach(() => sends.close());

test('the channels of the code are those that the tables check', async () => {
  const columns = await sends.room.rows<{ place: string; checks: string[] }>(`
    SELECT
      t.relname || '.' || a.attname AS place,
      ARRAY(
        SELECT pg_get_constraintdef(c.oid)
        FROM pg_constraint c
        WHERE c.conrelid = t.oid AND c.contype = 'c' AND a.attnum = ANY (c.conkey)
      ) AS checks
    FROM pg_attribute a
    JOIN pg_class t ON t.oid = a.attrelid AND t.relkind IN ('r', 'p')
    WHERE a.attname IN ('channel', 'channels', 'confirmed_by')
      AND NOT a.attisdropped
      AND t.relnamespace = 'public'::regnamespace
  `);
  const checked = Object.fromEntries(
    columns.map(({ place, checks }) => {
      const named = [...checks.join(' ').matchAll(/'\{?([a-z,]+)\}?'/g)].flatMap(([, list = '']) =>
        list.split(','),
      );
      return [place, [...new Set(named)].sort()];
    }),
  );
  const expected = Object.entries(HELD).map(([place, held]) => [place, [...held].sort()]);
  expect(checked).toEqual(
    Object.fromEntries([...expected, ...UNCHECKED.map((place) => [place, []])]),
  );
});

test('what a newer build hands off by another channel is left to it: no SMS, no call, and nobody else waits for it', async () => {
  const overdue = new OverdueHandoffsRepository();
  await sql`ALTER TABLE handoffs DROP CONSTRAINT handoffs_channel_check`.execute(
    sends.room.owner.sql,
  );
  const number = await sends.intake.takeNumber('+12028340001');
  const { id, handoffId: sms } = await sends.start(number);
  const pigeon = await sends.handOff(id, number.ref, 'pigeon' as Channel);
  const worker = sends.worker();

  expect(await worker.run(pigeon)).toBeUndefined();
  expect(sends.sent).toEqual([]);
  const untouched = [{ state: 'queued', attempts: 0 }];
  expect(
    await sends.room.rows(`SELECT state, attempts FROM handoffs WHERE id = '${pigeon}'`),
  ).toEqual(untouched);
  expect(await sends.room.rows('SELECT 1 FROM spendings')).toEqual([]);
  expect(await sends.room.rows('SELECT 1 FROM ledger_entries')).toEqual([]);

  const later = new Date(sends.room.clock.now().getTime() + 60_000);
  expect((await overdue.findDue(sends.room.worker.sql, later)).map((due) => due.id)).toEqual([sms]);
  await worker.run(sms);
  expect(sends.sent).toEqual(['+12028340001']);
  const afterwards = new Date(later.getTime() + 3_600_000);
  expect(await overdue.findOver(sends.room.worker.sql, 'expired', afterwards)).toEqual([]);
  expect(
    await sends.room.worker.transaction((trx) =>
      overdue.takeOver(trx, pigeon, 'expired', afterwards),
    ),
  ).toBeUndefined();
});

test('a send by another channel is an error, and neither waits nor counts as an SMS or a call', async () => {
  const populate = (type: string, fields: object): string =>
    `jsonb_populate_record(NULL::${type}, '${JSON.stringify(fields)}')`;
  const verification = populate('verifications', {
    channels: [...CHANNELS, 'pigeon'],
    sends: 0,
    sms_sends: 0,
    calls: 0,
  });
  const limits = populate('send_limits', { sms_waits: [1], call_waits: [1], calls: 1 });
  const ask = (channel: string): Promise<unknown>[] => [
    sends.room.rows(`SELECT send_due('${channel}', ${verification}, ${limits})`),
    sends.room.rows(`SELECT with_send(${verification}, '${channel}', ${limits}, now())`),
  ];
  for (const channel of CHANNELS) await Promise.all(ask(channel));
  await Promise.all(ask('pigeon').map((asked) => expect(asked).rejects.toThrow('case not found')));
});
