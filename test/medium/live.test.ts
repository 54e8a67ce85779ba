import { get } from 'node:http';
import { sql } from 'kysely';
import { LiveStreams } from '../../src/realtime/live-streams.service.js';
import { LiveOptions } from '../../src/realtime/live-options.js';
import { encodePosition } from '../../src/realtime/position.js';
import { eventually } from '../support/eventually.js';
import { account, PASSWORD, type Person } from '../support/make.js';
import { Listener, Publisher } from '../support/live.js';
import { numbersOf } from '../support/numbers.js';
import { runs } from '../support/runs.js';
import { World } from '../support/world.js';

// Real: the role `api` over HTTP, PostgreSQL by each role's login. Nothing is fake here but time.

const next = numbersOf(20261127);
const MINUTE = 60_000;
let world: World;
let ann: Person;
let bob: Person;
let eve: Person;
let publisher: Publisher;
let base: string;
let streams: LiveStreams;
let options: LiveOptions;
const open: Listener[] = [];

beforeAll(async () => {
  world = await World.start({ roles: ['api'] });
  [ann, bob, eve] = [
    await account(world, 'Ann', next()),
    await account(world, 'Bob', next()),
    await account(world, 'Eve', next()),
  ];
  publisher = new Publisher(world);
  base = world.urls.get('api') as string;
  const app = world.apps.get('api')?.app;
  streams = app?.get(LiveStreams, { strict: false }) as LiveStreams;
  options = app?.get(LiveOptions, { strict: false }) as LiveOptions;
});
afterEach(() => {
  for (const listener of open.splice(0)) listener.leave();
});
afterAll(async () => {
  await publisher.close();
  await world.close();
});

async function listen(who: { token: string }, lastEventId?: string): Promise<Listener> {
  const listener = await Listener.opened(base, { token: who.token, lastEventId });
  open.push(listener);
  return listener;
}
async function signIn(person: Person): Promise<{ token: string }> {
  const { body } = await world.call<{ token: string }>('POST', '/v1/sessions', {
    login: person.login,
    password: PASSWORD,
  });
  return body;
}
async function beat(listener: Listener): Promise<string> {
  const came = listener.heartbeat();
  await streams.beat();
  await came;
  return listener.lastEventId;
}
/** Someone who has an own connection to the database, and doesn't commit yet. */
async function slowly(
  work: (trx: Parameters<Parameters<Publisher['database']['transaction']>[0]>[0]) => Promise<void>,
): Promise<() => Promise<void>> {
  let commit = (): void => {};
  let begun = (): void => {};
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const done = publisher.database.transaction(async (trx) => {
    await work(trx);
    begun();
    await new Promise<void>((resolve) => {
      commit = resolve;
    });
  });
  await hasBegun;
  return () => {
    commit();
    return done;
  };
}

describe('a stream', () => {
  test('tells its person, and nobody else, what happens, as it happens', async () => {
    const call = await publisher.conference(ann, bob);
    const [annes, eves] = [await listen(ann), await listen(eve)];
    await publisher.publish(call, bob, 'conference.joined', [ann, bob]);
    expect((await annes.next()).data).toEqual({
      kind: 'conference.joined',
      callId: call.id,
      participantId: call.participants.get(bob.id),
    });
    const own = await publisher.conference(eve);
    await publisher.publish(own, eve, 'conference.joined', [eve]);
    expect((await eves.next()).data).toMatchObject({ callId: own.id });
  });

  test('is not kept, compressed or held back on its way, and begins with what a browser needs', async () => {
    const { response, retryMs } = await listen(ann);
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    expect(response.headers['x-request-id']).toBeDefined();
    expect(response.headers['content-encoding']).toBeUndefined();
    expect(retryMs).toBeGreaterThanOrEqual(2_000);
  });

  test('is for those who have signed in, by token or by cookie', async () => {
    const refused = await world.call('GET', '/v1/events');
    expect([refused.status, refused.body['code']]).toEqual([401, 'UNAUTHENTICATED']);
    const signedIn = await world.call(
      'POST',
      '/v1/sessions',
      { login: ann.login, password: PASSWORD, kind: 'cookie' },
      { headers: { origin: 'https://dingline.example' } },
    );
    const cookie = (signedIn.headers.get('set-cookie') as string).split(';')[0] as string;
    const listener = await Listener.opened(base, { cookie });
    open.push(listener);
    const call = await publisher.conference(ann);
    await publisher.publish(call, ann, 'conference.joined', [ann]);
    await listener.next('conference.joined');
  });

  test('of a HEAD request has only its head', async () => {
    const answer = await world.call('HEAD', '/v1/events', undefined, ann);
    expect([answer.status, answer.headers.get('content-type'), answer.text]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      '',
    ]);
  });

  test('tells what api and worker publish by their own logins', async () => {
    const call = await publisher.conference(ann, bob);
    const annes = await listen(ann);
    for (const role of ['api', 'worker'] as const) {
      await publisher.publishAs(role, call);
      await annes.next('conference.created');
    }
  });

  test('tells nothing of what was rolled back', async () => {
    const call = await publisher.conference(ann, bob);
    const annes = await listen(ann);
    await expect(
      publisher.database.transaction(async (trx) => {
        await publisher.publish(call, bob, 'conference.joined', [ann], trx);
        throw new Error('not so');
      }),
    ).rejects.toThrow('not so');
    await publisher.publish(call, bob, 'conference.left', [ann]);
    await annes.next('conference.left');
  });

  test('leaves out what is no event of ours', async () => {
    const call = await publisher.conference(ann, bob);
    const annes = await listen(ann);
    await sql`
      INSERT INTO call_events (call_id, audience, event, at)
      VALUES (${call.id}, ${[ann.id]}::uuid[], '{"kind":"conference.danced"}', now())
    `.execute(publisher.database.sql);
    await sql`
      INSERT INTO call_events (call_id, audience, event, at)
      VALUES (
        ${call.id},
        ${[ann.id]}::uuid[],
        ${JSON.stringify({ kind: 'conference.created', callId: call.id, number: '+12025550123' })},
        now()
      )
    `.execute(publisher.database.sql);
    expect((await annes.next()).data).toEqual({ kind: 'conference.created', callId: call.id });
  });
});

describe('nothing is lost, and nothing comes twice', () => {
  test('when transactions commit in another order than they began', async () => {
    const [early, late] = [
      await publisher.conference(ann, bob),
      await publisher.conference(ann, bob),
    ];
    const annes = await listen(ann);
    const commit = await slowly((trx) =>
      publisher.publish(early, bob, 'conference.joined', [ann], trx),
    );
    await publisher.publish(late, bob, 'conference.joined', [ann]);
    const first = await annes.next(); // not held back by the one that is still open
    expect(first.data).toMatchObject({ callId: late.id });
    await commit();
    expect((await annes.next()).data).toMatchObject({ callId: early.id });
    // Who was away in between gets just the one that committed late, though its number is the lower one.
    const again = await listen(ann, first.id);
    expect((await again.next()).data).toMatchObject({ callId: early.id });
    await publisher.publish(late, bob, 'conference.left', [ann]);
    for (const listener of [annes, again]) await listener.next('conference.left');
  });

  test('in the order of the call, even if the transaction that came second began first', async () => {
    const call = await publisher.conference(ann, bob);
    const annes = await listen(ann);
    const lock = sql`SELECT 1 FROM calls WHERE id = ${call.id} FOR NO KEY UPDATE`;
    // Has its transaction id before the other, and then waits for the call.
    const commit = await slowly(async (trx) => {
      await sql`SELECT pg_current_xact_id()`.execute(trx);
    });
    await publisher.database.transaction(async (trx) => {
      await lock.execute(trx);
      await publisher.publish(call, bob, 'conference.joined', [ann], trx);
    });
    await commit();
    const older = await annes.next('conference.joined');
    // The same with both in one look: the reader is away.
    annes.leave();
    let beginSecond = (): void => {};
    const mayBegin = new Promise<void>((resolve) => {
      beginSecond = resolve;
    });
    let isBegun = (): void => {};
    const begun = new Promise<void>((resolve) => {
      isBegun = resolve;
    });
    const second = publisher.database.transaction(async (trx) => {
      await sql`SELECT pg_current_xact_id()`.execute(trx);
      isBegun();
      await mayBegin;
      await lock.execute(trx);
      await publisher.publish(call, bob, 'conference.left', [ann], trx);
    });
    await begun;
    await publisher.database.transaction(async (trx) => {
      await lock.execute(trx);
      await publisher.publish(call, bob, 'conference.joined', [ann], trx);
    });
    beginSecond();
    await second;
    const again = await listen(ann, older.id);
    expect((await again.take(2)).map(({ kind }) => kind)).toEqual([
      'conference.joined',
      'conference.left',
    ]);
  });

  test('when the connection that listens is cut', async () => {
    const call = await publisher.conference(ann, bob);
    const annes = await listen(ann);
    const [{ pid }] = (await world.rows<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
    )) as [{ pid: number }];
    await world.rows('SELECT pg_terminate_backend($1)', [pid]);
    await publisher.publish(call, bob, 'conference.joined', [ann]);
    await annes.next('conference.joined');
    await eventually(
      'listens again',
      async () =>
        (
          await world.rows(
            `
              SELECT 1
              FROM pg_stat_activity
              WHERE datname = current_database() AND query LIKE 'LISTEN%' AND pid <> $1
            `,
            [pid],
          )
        ).length === 1,
    );
    await publisher.publish(call, bob, 'conference.left', [ann]);
    await annes.next('conference.left');
  });

  test('when nobody is told that there is something new: it is looked for', async () => {
    const call = await publisher.conference(ann, bob);
    const annes = await listen(ann);
    await world.rows('ALTER TABLE call_events DISABLE TRIGGER call_events_told');
    try {
      await publisher.publish(call, bob, 'conference.joined', [ann]);
      await annes.next('conference.joined');
    } finally {
      await world.rows('ALTER TABLE call_events ENABLE TRIGGER call_events_told');
    }
  });

  test('when 20 transactions tell at once, 5 readers come and go, and each goes on where it was', async () => {
    const call = await publisher.conference(ann, bob);
    const first = await listen(ann);
    const start = first.lastEventId;
    const ROUNDS = runs(100, 1_000);
    let published = 0;
    const publishing = Promise.all(
      Array.from({ length: 20 }, async () => {
        while (published < ROUNDS) {
          published += 1;
          const [count, trouble] = [1 + (published % 3), published % 7 === 0];
          await publisher.database.transaction(async (trx) => {
            for (let i = 0; i < count; i += 1)
              await publisher.publish(call, bob, 'conference.joined', [ann], trx);
            if (trouble) await sql`SELECT pg_sleep(0.01)`.execute(trx);
          });
        }
      }),
    );
    /** Takes a few, leaves, comes again; gives the ids of rows in the order in which they came. */
    const wander = async (stay: number): Promise<string[]> => {
      const all: string[] = [];
      let id = start;
      for (let listener = await listen(ann, id); ; listener = await listen(ann, id)) {
        for (let i = 0; i < stay; i += 1) {
          const one = await listener.next();
          id = one.id;
          all.push(one.id.split('.')[4] as string);
          if (one.kind === 'conference.left') {
            listener.leave();
            return all;
          }
        }
        listener.leave();
      }
    };
    const wandering = Promise.all([1, 3, 7, 50, 1_000].map(wander));
    await publishing;
    await publisher.publish(call, bob, 'conference.left', [ann]);
    const rows = (
      await world.rows<{ id: string }>('SELECT id FROM call_events WHERE call_id = $1', [call.id])
    ).map((row) => BigInt(row.id).toString(36));
    for (const all of await wandering)
      expect([all.length, [...all].sort()]).toEqual([rows.length, [...rows].sort()]);
  });
});

describe('a stream that is opened again', () => {
  test('with the id of its hello has all since then', async () => {
    const call = await publisher.conference(ann, bob);
    const before = await listen(ann);
    before.leave();
    await publisher.publish(call, bob, 'conference.joined', [ann]);
    await (await listen(ann, before.lastEventId)).next('conference.joined');
  });

  test('with the id of a heartbeat goes on there: a quiet person is not reset', async () => {
    const call = await publisher.conference(ann, bob);
    const before = await listen(ann);
    const hello = before.lastEventId;
    world.clock.advance(1_000);
    await eventually('is live', async () => (await beat(before)) !== hello);
    // Others' events have moved it on, and nothing was heard of them.
    const theirs = await publisher.conference(eve);
    const eves = await listen(eve);
    await publisher.publish(theirs, eve, 'conference.joined', [eve]);
    await eves.next();
    const between = before.lastEventId;
    world.clock.advance(13 * 60 * MINUTE);
    await beat(before);
    expect(before.lastEventId).not.toBe(between);
    expect(before.heard).toHaveLength(1);
    before.leave();
    await publisher.publish(call, bob, 'conference.joined', [ann]);
    const again = await listen(ann, before.lastEventId);
    await again.next('conference.joined');
  });

  test('with an id from before what is kept, of another database, or none of ours, is told to read all again', async () => {
    const call = await publisher.conference(ann, bob);
    const { lastEventId } = await listen(ann);
    const ahead = encodePosition(
      { seen: { xmin: 2n ** 40n, xmax: 2n ** 40n, running: [] } },
      world.clock.now(),
    );
    world.clock.advance(12 * 60 * MINUTE);
    for (const id of [lastEventId, ahead, '42', 'x'.repeat(8_000), '1.0.1-0']) {
      const listener = await listen(ann, id);
      await listener.next('reset');
      await publisher.publish(call, bob, 'conference.joined', [ann]);
      await listener.next('conference.joined');
    }
  });

  test('with an id that somebody made up does no harm', async () => {
    const now = world.clock.now();
    const call = await publisher.conference(ann, bob);
    await publisher.publish(call, bob, 'conference.joined', [ann, eve]); // she is no participant
    for (const seen of [
      { xmin: 1n, xmax: 1n, running: [] },
      { xmin: 3n, xmax: 5n, running: [3n, 4n] },
    ]) {
      const listener = await listen(eve, encodePosition({ seen }, now));
      await publisher.publish(await publisher.conference(eve), eve, 'conference.invited', [eve]);
      const own = new Set(
        (
          await world.rows<{ id: string }>(
            'SELECT call_id AS id FROM participants WHERE account_id = $1',
            [eve.id],
          )
        ).map(({ id }) => id),
      );
      let last = await listener.next();
      for (; last.kind !== 'conference.invited'; last = await listener.next())
        expect(own).toContain((last.data as { callId: string }).callId);
      listener.leave();
    }
  });
});

describe('each event is told only to who may know it', () => {
  test('who is removed is told so, and the stream ends; all that comes after it is not for them', async () => {
    const call = await publisher.conference(ann, bob, eve);
    const other = await publisher.conference(ann, bob);
    const [annes, bobs] = [await listen(ann), await listen(bob)];
    await publisher.remove(call, bob);
    const last = await bobs.next('conference.removed');
    expect(await bobs.over).toBe('ended');
    await annes.next('conference.removed');
    // It is so even if whoever publishes it were to name them.
    await publisher.publish(call, eve, 'conference.joined', [ann, bob]);
    await publisher.publish(other, ann, 'conference.joined', [ann, bob]);
    const again = await listen(bob, last.id);
    expect((await again.next()).data).toMatchObject({ callId: other.id });
    await publisher.publish(call, eve, 'conference.left', [ann, bob]);
    await publisher.publish(other, ann, 'conference.left', [ann, bob]);
    expect((await again.next()).data).toMatchObject({ callId: other.id });
    expect((await annes.take(4)).map(({ kind }) => kind)).toEqual([
      'conference.joined',
      'conference.joined',
      'conference.left',
      'conference.left',
    ]);
  });

  test('who was away is not told what they may not know any more, but that they were removed', async () => {
    const call = await publisher.conference(ann, bob, eve);
    const before = await listen(bob);
    before.leave();
    await publisher.publish(call, eve, 'conference.joined', [ann, bob, eve]);
    await publisher.remove(call, bob);
    const again = await listen(bob, before.lastEventId);
    const { data } = await again.next('conference.removed');
    expect(data).toMatchObject({ participantId: call.participants.get(bob.id) });
    expect(await again.over).toBe('ended');
    expect(again.heard).toHaveLength(1);
  });

  test('who joined later is not told what was before', async () => {
    const call = await publisher.conference(ann);
    const before = await listen(bob);
    before.leave();
    await publisher.publish(call, ann, 'conference.joined', [ann]);
    const participant = call.participants
      .set(bob.id, '01890a5d-ac96-774b-bcce-b302099a8057')
      .get(bob.id);
    await world.rows(
      `INSERT INTO participants (id, call_id, account_id, role) VALUES ($1, $2, $3, 'invitee')`,
      [participant, call.id, bob.id],
    );
    await publisher.publish(call, bob, 'conference.invited', [ann, bob]);
    const again = await listen(bob, before.lastEventId);
    await again.next('conference.invited');
    expect(again.heard).toHaveLength(1);
  });
});

describe('a stream ends with its session', () => {
  test('at once when its person signs out; their other sessions go on', async () => {
    const call = await publisher.conference(ann, bob);
    const [one, other] = [await signIn(ann), await signIn(ann)];
    const [ones, others] = [await listen(one), await listen(other)];
    await world.call('DELETE', '/v1/sessions/current', undefined, one);
    expect(await ones.over).toBe('ended');
    await publisher.publish(call, bob, 'conference.joined', [ann]);
    await others.next('conference.joined');
    expect(ones.heard).toHaveLength(1);
    expect(
      (await Listener.open(base, { ...one, lastEventId: ones.lastEventId })).response.statusCode,
    ).toBe(401);
  });

  test('at the next heartbeat if nobody was told that it is over', async () => {
    const one = await signIn(ann);
    const listener = await listen(one);
    await world.rows('ALTER TABLE sessions DISABLE TRIGGER sessions_end_told');
    await world.call('DELETE', '/v1/sessions/current', undefined, one);
    await world.rows('ALTER TABLE sessions ENABLE TRIGGER sessions_end_told');
    await streams.beat();
    expect(await listener.over).toBe('ended');
  });

  test('at its time', async () => {
    const one = await signIn(ann);
    const [{ at }] = (await world.rows<{ at: Date }>(
      'SELECT max(expires_at) AS at FROM sessions WHERE account_id = $1',
      [ann.id],
    )) as [{ at: Date }];
    const listener = await listen(one);
    await world.rows('UPDATE sessions SET expires_at = $1 WHERE expires_at = $2', [
      new Date(world.clock.now().getTime() + MINUTE),
      at,
    ]);
    await beat(listener);
    world.clock.advance(MINUTE);
    await streams.beat();
    expect(await listener.over).toBe('ended');
  });
});

describe('a reader that takes nothing', () => {
  /** The kernel takes no more either. */
  const stalled = (): Promise<unknown> => {
    let times = 0;
    return eventually('it is stalled', () =>
      Promise.resolve((times = streams.load.stalled === 1 ? times + 1 : 0) > 10),
    );
  };
  const MANY = 40_000; // some 7 MB: more than the kernel takes for a connection on its way

  test('costs nobody else anything, and goes on where it was when it takes again', async () => {
    const call = await publisher.conference(ann, bob);
    const [slow, annes] = [await listen(bob), await listen(ann)];
    slow.pause();
    for (let i = 0; i < MANY; i += 10_000)
      await publisher.publishMany(call, bob, [ann, bob], 10_000);
    await publisher.publish(call, bob, 'conference.left', [ann, bob]);
    let heard = 0;
    for (; (await annes.next()).kind !== 'conference.left'; heard += 1);
    expect(heard).toBe(MANY);
    await stalled();
    expect(streams.load.bufferedBytes).toBeLessThan(64 * 1024);
    slow.resume();
    heard = 0;
    for (; (await slow.next()).kind !== 'conference.left'; heard += 1);
    expect(heard).toBe(MANY);
    expect(new Set(slow.heard.map(({ id }) => id.split('.')[4])).size).toBe(MANY + 2); // each once, and hello
  });

  test('is cut off after 30 s', async () => {
    const call = await publisher.conference(ann, bob);
    const slow = await listen(bob);
    slow.pause();
    await publisher.publishMany(call, bob, [bob], MANY);
    await stalled();
    await streams.beat();
    world.clock.advance(29_000);
    await streams.beat();
    expect(streams.load).toMatchObject({ streams: 1, stalled: 1 });
    world.clock.advance(1_000);
    await streams.beat();
    expect(streams.load).toEqual({ streams: 0, stalled: 0, bufferedBytes: 0 });
    slow.resume();
    expect(await slow.over).toBe('cut');
    // It comes again and has the rest.
    const again = await listen(bob, slow.lastEventId);
    await publisher.publish(call, bob, 'conference.left', [bob]);
    let heard = slow.heard.length - 1;
    for (; (await again.next()).kind !== 'conference.left'; heard += 1);
    expect(heard).toBe(MANY);
  });
});

describe('of streams there are so many', () => {
  test('10 for an account: the oldest makes room, and comes again in a minute', async () => {
    const carl = await account(world, 'Carl', next());
    const all: Listener[] = [];
    for (let i = 0; i < 11; i += 1) all.push(await listen(carl));
    expect(await all[0]?.over).toBe('ended');
    expect(all[0]?.retryMs).toBe(60_000);
    const call = await publisher.conference(carl);
    await publisher.publish(call, carl, 'conference.joined', [carl]);
    for (const listener of all.slice(1)) await listener.next('conference.joined');
  });

  test('as many for a process as it may have; then UNAVAILABLE, until one leaves', async () => {
    const most = options.maxStreams;
    await eventually('all have left', () => Promise.resolve(!streams.hasReaders()));
    options.maxStreams = 2;
    try {
      const [one] = [await listen(ann), await listen(bob)];
      const refused = await world.call('GET', '/v1/events', undefined, eve);
      expect([refused.status, refused.body['code'], refused.headers.get('retry-after')]).toEqual([
        503,
        'UNAVAILABLE',
        '2',
      ]);
      one.leave();
      await eventually('there is room', async () => {
        const listener = await Listener.open(base, eve);
        open.push(listener);
        return listener.response.statusCode === 200;
      });
    } finally {
      options.maxStreams = most;
    }
  });
});

test('a role that ends ends its streams, read or not, and opens no more', async () => {
  const another = await World.start({ roles: ['api'] });
  const dan = await account(another, 'Dan', next());
  const danes = new Publisher(another);
  const call = await danes.conference(dan);
  const url = another.urls.get('api') as string;
  const [listener, stuck] = [await Listener.opened(url, dan), await Listener.opened(url, dan)];
  stuck.pause();
  await danes.publishMany(call, dan, [dan], 40_000);
  for (let heard = 0; heard < 40_000; heard += 1) await listener.next();
  await another.stop('api'); // it would wait for ever for a stream that nobody reads
  expect(await listener.over).toBe('ended');
  stuck.resume();
  expect(await stuck.over).toBe('cut');
  await expect(
    new Promise((resolve, reject) => get(`${url}/v1/events`, resolve).on('error', reject)),
  ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await danes.close();
  await another.close();
});
