import { randomBytes } from 'node:crypto';
import { CHANNELS, type Channel } from '../../src/handoff/channels.js';
import { PURPOSES, type Purpose } from '../../src/handoff/handoff.js';
import { HandoffsRepository } from '../../src/handoff/handoffs.repository.js';
import { OverdueHandoffsRepository } from '../../src/handoff/overdue-handoffs.repository.js';
import { countWaiting, liftStop, listStops, setStop } from '../../src/handoff/stops.repository.js';
import type { Executor, Transaction } from '../../src/kernel/database.js';
import { newId } from '../../src/kernel/ids.js';
import { Room } from '../support/room.js';

// Real: PostgreSQL, workers on the worker's login, the operator on the owner's. Not here: the queue
// and the carrier (test/e2e/stops).

const handoffs = new HandoffsRepository();
const overdue = new OverdueHandoffsRepository();
const EVERY = PURPOSES.flatMap((purpose) => CHANNELS.map((channel) => [purpose, channel] as const));
let room: Room;
beforeEach(async () => {
  room = await Room.open();
  await room.rows('INSERT INTO leases (number) VALUES (1)'); // under which is claimed
});
afterEach(() => room.close());

const waiting = async (
  purpose: Purpose,
  channel: Channel,
  kind: 'deliver' | 'hang_up' = 'deliver',
): Promise<string> => {
  const [id, now] = [newId(), room.clock.now()];
  await room.owner.transaction((trx) =>
    handoffs.insert(
      trx,
      {
        id,
        purpose,
        channel,
        kind,
        subjectId: newId(),
        accountId: newId(),
        numberRef: null,
        targetId: null,
        language: 'en',
        notBefore: now,
        notAfter: new Date(now.getTime() + 600_000),
      },
      now,
    ),
  );
  return id;
};
const claim = (id: string): Promise<boolean> => room.worker.transaction((trx) => claimIn(trx, id));
const claimIn = async (trx: Transaction, id: string): Promise<boolean> =>
  (await handoffs.claim(
    trx,
    id,
    1,
    {
      digest: randomBytes(32),
      expiresAt: new Date(room.clock.now().getTime() + 1),
      salt: randomBytes(16),
    },
    room.clock.now(),
  )) !== undefined;
const due = async (): Promise<string[]> =>
  (await overdue.findDue(room.worker.sql, room.clock.now())).map((one) => one.id);
const stop = (purpose: Purpose, channel: Channel, db: Executor = room.owner.sql) =>
  setStop(db, { purpose, channel, reason: 'test', since: room.clock.now() });
const states = async () =>
  Object.fromEntries(
    (
      await room.rows<{ id: string; state: string; attempts: number }>(
        'SELECT id, state, attempts FROM handoffs',
      )
    ).map((row) => [row.id, `${row.state} ${row.attempts}`]),
  );

test.each(EVERY)(
  'a stop of %s %s holds back exactly that, and a resume lets it go',
  async (purpose, channel) => {
    const ids = new Map(
      await Promise.all(EVERY.map(async (one) => [one.join(' '), await waiting(...one)] as const)),
    );
    const held = ids.get(`${purpose} ${channel}`) as string;
    await stop(purpose, channel);
    expect((await due()).sort()).toEqual([...ids.values()].filter((id) => id !== held).sort());
    expect(await claim(held)).toBe(false);
    expect((await states())[held]).toBe('queued 0');
    for (const id of ids.values()) if (id !== held) expect(await claim(id)).toBe(true);

    expect(await room.owner.transaction((trx) => liftStop(trx, purpose, channel))).toBe(true);
    expect(await due()).toEqual([held]);
    expect(await claim(held)).toBe(true);
    expect(await claim(held)).toBe(false);
    expect(await room.owner.transaction((trx) => liftStop(trx, purpose, channel))).toBe(false);
  },
);

test.each(EVERY)('a call of %s %s that is stopped can still be ended', async (purpose, channel) => {
  const id = await waiting(purpose, channel, 'hang_up');
  await stop(purpose, channel);
  expect(await due()).toEqual([id]);
  expect(await claim(id)).toBe(true);
});

test('what waits is counted, and what a stop came too late for is told apart', async () => {
  const [first] = [
    await waiting('ding', 'voice'),
    await waiting('ding', 'voice'),
    await waiting('ding', 'sms'),
    await waiting('ding', 'voice', 'hang_up'),
  ];
  await claim(first);
  expect(
    (await countWaiting(room.owner.sql)).sort((a, b) => a.channel.localeCompare(b.channel)),
  ).toEqual([
    { purpose: 'ding', channel: 'sms', queued: 1, sending: 0 },
    { purpose: 'ding', channel: 'voice', queued: 1, sending: 1 },
  ]);
});

test('setting it again keeps its beginning and takes the new reason', async () => {
  await stop('ding', 'voice');
  const since = room.clock.now();
  room.clock.advance(5_000);
  await setStop(room.owner.sql, {
    purpose: 'ding',
    channel: 'voice',
    reason: 'again',
    since: room.clock.now(),
  });
  expect(await listStops(room.worker.sql)).toEqual([
    { purpose: 'ding', channel: 'voice', reason: 'again', since },
  ]);
});

test('no role may set or lift a stop; each may read it', async () => {
  await stop('ding', 'voice');
  for (const role of [room.api, room.ingress, room.worker]) {
    await expect(stop('ding', 'sms', role.sql)).rejects.toMatchObject({ code: '42501' });
    await expect(role.transaction((trx) => liftStop(trx, 'ding', 'voice'))).rejects.toMatchObject({
      code: '42501',
    });
    expect(await listStops(role.sql)).toHaveLength(1);
  }
});

test('a claim that is under way when the stop is set goes out; none that begins after it does', async () => {
  const [before, after] = [await waiting('ding', 'voice'), await waiting('ding', 'voice')];
  let stopped: () => void = () => undefined;
  let claimed: () => void = () => undefined;
  const hasStopped = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  const hasClaimed = new Promise<void>((resolve) => {
    claimed = resolve;
  });
  const first = room.worker.transaction(async (trx) => {
    const isMine = await claimIn(trx, before);
    claimed();
    await hasStopped; // not committed yet
    return isMine;
  });
  await hasClaimed;
  await stop('ding', 'voice');
  expect(await claim(after)).toBe(false);
  stopped();
  expect(await first).toBe(true);
  expect(await states()).toEqual({ [before]: 'sending 1', [after]: 'queued 0' });
});

test('while workers claim, a stop cuts them off at its commit, and after a resume each is claimed exactly once', async () => {
  const ids = await Promise.all(Array.from({ length: 200 }, () => waiting('verification', 'sms')));
  let isStopped = false;
  const late: string[] = [];
  const claimedBy = new Map<string, number>();
  const worker = async (): Promise<void> => {
    for (const id of ids) {
      const beganAfter = isStopped;
      if (!(await claim(id))) continue;
      claimedBy.set(id, (claimedBy.get(id) ?? 0) + 1);
      if (beganAfter) late.push(id);
    }
  };
  const round = Promise.all([worker(), worker(), worker()]);
  while (claimedBy.size < 40) await new Promise((resolve) => setImmediate(resolve));
  await stop('verification', 'sms');
  isStopped = true;
  await round;
  expect(late).toEqual([]);
  expect(claimedBy.size).toBeLessThan(200);
  expect(await due()).toEqual([]);

  await room.owner.transaction((trx) => liftStop(trx, 'verification', 'sms'));
  isStopped = false;
  await Promise.all([worker(), worker()]);
  expect(claimedBy.size).toBe(200);
  expect([...claimedBy.values()].every((times) => times === 1)).toBe(true);
});

test('a resume tells the workers at once which hand-offs waited', async () => {
  const [id] = [await waiting('ding', 'sms'), await waiting('ding', 'voice')];
  await stop('ding', 'sms');
  const heard: string[] = [];
  const { Client } = await import('pg').then((module) => module.default);
  const client = new Client({ connectionString: room.database.workerUrl });
  await client.connect();
  try {
    client.on('notification', (message) => heard.push(message.payload ?? ''));
    await client.query('LISTEN dingline_handoffs');
    await room.owner.transaction((trx) => liftStop(trx, 'ding', 'sms'));
    while (heard.length === 0) await client.query('SELECT 1');
    expect(heard).toEqual([`${id} sms ding`]);
  } finally {
    await client.end();
  }
});
