import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { Database } from '../../src/kernel/database.js';
import { newId } from '../../src/kernel/ids.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { WebhookRequests } from '../../src/webhooks/webhook-request.service.js';
import { deriveSecret, serializeSecret } from '../../src/webhooks/webhook-signature.js';
import { Webhooks } from '../../src/webhooks/webhooks.service.js';
import { AppWebhooksRepository } from '../../src/webhooks/app-webhooks.repository.js';
import { WAKE_CHANNEL, WebhooksRepository } from '../../src/webhooks/webhooks.repository.js';
import { addVerifications } from '../support/app-verifications.js';
import { ManualTimer } from '../support/clock.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/servers.mjs';
import {
  silence,
  status,
  verified,
  WebhookReceiver,
  type Answering,
} from '../support/webhook-receiver.js';
import { World } from '../support/world.js';

// Real: the worker, PostgreSQL by each role's own login, apps' servers on loopback, and the
// official verifier of Standard Webhooks. The time is the test's, and so is the deadline of a
// request.

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];
const rows = new WebhooksRepository();
const hooks = new AppWebhooksRepository();
let world: World;
let timer: ManualTimer;
let receiver: WebhookReceiver;
const databases: Database[] = [];
let owner: Database;
let api: Database;

const connect = (url: string): Database => {
  const database = new Database(new Redacted(url), 'test', () => {});
  databases.push(database);
  return database;
};

beforeAll(async () => {
  timer = new ManualTimer();
  world = await World.start({ roles: ['worker'], at: new Date(), timer });
  owner = connect(world.database.ownerUrl);
  api = connect(world.database.apiUrl);
  receiver = await WebhookReceiver.start();
});
afterAll(async () => {
  await receiver.close();
  for (const database of databases) await database.close();
  await world.close();
});

interface Row {
  state: string;
  attempts: number;
  last_status: number | null;
  last_reason: string | null;
  next_at: Date | null;
  settled_at: Date | null;
}

/** An app with a webhook at a path of its own. */
async function newApp(how: { url?: string; answers?: Answering[] } = {}) {
  const [id, path] = [newId(), `/${randomBytes(6).toString('hex')}`];
  if (how.answers !== undefined) receiver.answer(path, ...how.answers);
  await world.rows(
    'INSERT INTO apps (id, name, created_at) VALUES ($1::uuid, $1::uuid::text, now())',
    [id],
  );
  await hooks.set(owner.sql, id, how.url ?? receiver.url(path), world.clock.now());
  return {
    id,
    path,
    secret: (version = 1): string =>
      serializeSecret(
        deriveSecret(Buffer.from(world.env['WEBHOOK_KEY'] ?? '', 'base64url'), id, version),
      ),
    row: async (): Promise<Row> =>
      (
        await world.rows<Row>(
          'SELECT * FROM webhook_events WHERE app_id = $1 ORDER BY id DESC LIMIT 1',
          [id],
        )
      )[0] as Row,
    webhook: async () =>
      (await hooks.find(owner.sql, id)) as NonNullable<
        Awaited<ReturnType<AppWebhooksRepository['find']>>
      >,
    is: (state: string, attempts?: number) =>
      eventually(`the event is ${state}`, async () =>
        (await world.rows<Row>('SELECT * FROM webhook_events WHERE app_id = $1', [id])).every(
          (row) => row.state === state && (attempts === undefined || row.attempts === attempts),
        ),
      ),
  };
}
type App = Awaited<ReturnType<typeof newApp>>;

/** What happened, as `api` writes it down. */
async function tell(
  app: Pick<App, 'id'>,
  what: 'approved' | 'expired' = 'approved',
  count = 1,
  database = api,
): Promise<string[]> {
  const webhooks = new Webhooks(database, rows);
  const ids = await addVerifications(world, app.id, what, count);
  const type = what === 'approved' ? 'verification.approved' : 'verification.failed';
  await database.transaction(async (trx) => {
    for (const verificationId of ids)
      await webhooks.add(trx, { type, appId: app.id, verificationId }, world.clock.now());
  });
  return ids;
}

describe('an event', () => {
  test('goes out as the specification says, and the official verifier accepts it', async () => {
    const app = await newApp();
    const [verificationId] = await tell(app, 'expired');
    const delivery = await receiver.expect(app.path);
    const [{ id }] = (await world.rows<{ id: string }>(
      'SELECT id FROM webhook_events WHERE app_id = $1',
      [app.id],
    )) as [{ id: string }];
    expect(delivery.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(world.clock.now().getTime() / 1000)),
    });
    expect(delivery.headers['webhook-signature']).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
    expect(verified(delivery, app.secret())).toEqual({
      type: 'verification.failed',
      timestamp: world.clock.now().toISOString(),
      data: { verificationId, state: 'expired' },
    });
    expect(() =>
      verified({ ...delivery, body: delivery.body.replace('expired', 'canceled') }, app.secret()),
    ).toThrow();
    expect(() => verified(delivery, app.secret(2))).toThrow();
    await app.is('delivered', 1);
    expect(await app.row()).toMatchObject({ last_status: 204, last_reason: null, next_at: null });
  });

  test('wakes the workers right after its transaction, without a word of what it is', async () => {
    const payloads: string[] = [];
    let hear: () => void = () => {};
    const first = new Promise<void>((resolve) => (hear = resolve));
    const held = await owner.listen(
      [WAKE_CHANNEL],
      (payload) => {
        payloads.push(payload);
        hear();
      },
      () => {},
    );
    try {
      await tell(await newApp());
      await first;
      expect(payloads).toContain('');
    } finally {
      await held.end();
    }
  });

  test('may be written by api and the worker, and none but the worker reads where it goes', async () => {
    const app = await newApp();
    const [ingress, worker] = [
      connect(world.database.ingressUrl),
      connect(world.database.workerUrl),
    ];
    for (const database of [api, worker]) await tell(app, undefined, 1, database);
    await receiver.expect(app.path, 2);
    for (const database of [api, ingress]) {
      const held = await database.hold(() => {});
      try {
        for (const query of [
          'SELECT url FROM app_webhooks',
          'SELECT verification_id FROM webhook_events',
          `UPDATE app_webhooks SET url = 'x'`,
          `UPDATE webhook_events SET outcome = 'x'`,
          'DELETE FROM webhook_events',
          `INSERT INTO apps (id, name, created_at) VALUES (gen_random_uuid(), 'x', now())`,
        ])
          await expect(held.query(query)).rejects.toMatchObject({ code: '42501' });
      } finally {
        await held.end();
      }
    }
    const held = await worker.hold(() => {});
    try {
      for (const query of [
        `UPDATE app_webhooks SET url = 'x'`,
        'UPDATE app_webhooks SET secret_version = 1',
        `UPDATE webhook_events SET outcome = 'x'`,
      ])
        await expect(held.query(query)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await held.end();
    }
    await app.is('delivered');
  });

  test('is there only if what happened is, and only for an app that has a webhook', async () => {
    const app = await newApp();
    const webhooks = new Webhooks(api, rows);
    const [verificationId = ''] = await addVerifications(world, app.id);
    const event = { type: 'verification.approved', appId: app.id, verificationId } as const;
    await expect(
      api.transaction(async (trx) => {
        await webhooks.add(trx, event, world.clock.now());
        throw new Error('it did not happen');
      }),
    ).rejects.toThrow('it did not happen');
    await api.transaction((trx) =>
      webhooks.add(trx, { ...event, appId: newId() }, world.clock.now()),
    );
    await hooks.disable(owner.sql, app.id);
    await tell(app);
    expect(await world.rows('SELECT id FROM webhook_events WHERE app_id = $1', [app.id])).toEqual(
      [],
    );
    expect(receiver.at(app.path)).toEqual([]);
  });

  test('is told once by two workers', async () => {
    await world.bootAnother('worker');
    const apps = await Promise.all(Array.from({ length: 30 }, () => newApp()));
    const owned = new Map<string, string[]>();
    for (const { id } of apps) owned.set(id, await addVerifications(world, id, 'approved', 3));
    await api.transaction(async (trx) => {
      for (const [appId, ids] of owned)
        for (const verificationId of ids)
          await rows.add(
            trx,
            { appId, type: 'verification.approved', verificationId },
            world.clock.now(),
          );
      await rows.wake(trx);
    });
    for (const app of apps) await receiver.expect(app.path, 3);
    for (const app of apps) await app.is('delivered', 1);
    for (const app of apps)
      expect(new Set(receiver.at(app.path).map(({ headers }) => headers['webhook-id'])).size).toBe(
        receiver.at(app.path).length,
      );
  });
});

describe('an endpoint that', () => {
  test('fails is asked again, later, with the same id and a new time', async () => {
    const app = await newApp({ answers: [status(500), status(200)] });
    await tell(app);
    const first = await receiver.expect(app.path);
    await app.is('queued', 1);
    const { next_at, last_status } = await app.row();
    expect(last_status).toBe(500);
    const waitMs = (next_at as Date).getTime() - world.clock.now().getTime();
    expect(waitMs).toBeGreaterThanOrEqual(5 * SECOND);
    expect(waitMs).toBeLessThanOrEqual(5.5 * SECOND);
    expect((await app.webhook()).failingSince).toEqual(world.clock.now());
    world.clock.advance(6 * SECOND);
    const second = await receiver.expect(app.path, 2);
    await app.is('delivered', 2);
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect(Number(second.headers['webhook-timestamp'])).toBe(
      Math.floor(world.clock.now().getTime() / 1000),
    );
    expect(second.body).toBe(first.body);
    for (const delivery of [first, second]) verified(delivery, app.secret());
    expect((await app.webhook()).failingSince).toBeNull();
  });

  test("isn't there is asked again until it is", async () => {
    const port = await freePort();
    const app = await newApp({ url: `http://127.0.0.1:${String(port)}/hooks` });
    await tell(app);
    await app.is('queued', 1);
    expect(await app.row()).toMatchObject({ last_status: null, last_reason: 'no_connection' });
    const late = await WebhookReceiver.start(port);
    try {
      world.clock.advance(6 * SECOND);
      await late.expect('/hooks');
      await app.is('delivered', 2);
    } finally {
      await late.close();
    }
  });

  test('never answers holds up itself and nobody else, until its time is over', async () => {
    const before = timer.waits.length;
    const [slow, other] = [await newApp({ answers: [silence] }), await newApp()];
    await tell(slow, undefined, 200);
    await receiver.expect(slow.path, 4);
    await tell(other, undefined, 20);
    await receiver.expect(other.path, 20);
    await other.is('delivered', 1);
    // Four, or twice that if two workers looked at the same moment.
    expect(receiver.at(slow.path).length).toBeLessThanOrEqual(8);
    receiver.answer(slow.path, status(200));
    for (const wait of [...timer.waits].slice(before)) {
      expect(wait.ms).toBe(15 * SECOND);
      wait.end();
    }
    const timedOut = await eventually('the first are over', async () => {
      const late = await world.rows<Row>(
        `SELECT * FROM webhook_events WHERE app_id = $1 AND last_reason = 'timeout'`,
        [slow.id],
      );
      return late.length >= 4 && late;
    });
    expect(timedOut.every((row) => row.attempts === 1)).toBe(true);
    world.clock.advance(6 * SECOND);
    await receiver.expect(slow.path, 200 + timedOut.length);
    await slow.is('delivered');
  });

  test('answers for ever is not listened to: its status counts', async () => {
    const app = await newApp({
      answers: [
        (response) => {
          response.writeHead(200);
          const more = (): void => {
            while (response.writable && response.write(Buffer.alloc(65_536)));
          };
          response.on('drain', more);
          more();
        },
      ],
    });
    await tell(app);
    await app.is('delivered', 1);
  });

  test('drips its answer is not waited for: its status counts', async () => {
    const dripping: ReturnType<typeof setInterval>[] = [];
    const app = await newApp({
      answers: [
        (response) => {
          response.writeHead(200);
          dripping.push(setInterval(() => response.write('.'), 20));
        },
      ],
    });
    await tell(app);
    // The test's timer stands still, so that no deadline of the request ends it.
    await app.is('delivered', 1);
    for (const one of dripping) clearInterval(one);
  });

  test('redirects is not followed', async () => {
    const target = await newApp();
    for (const code of [301, 302, 307, 308]) {
      const app = await newApp({
        answers: [status(code, { location: receiver.url(target.path) })],
      });
      await tell(app);
      await app.is('queued', 1);
      expect(await app.row()).toMatchObject({ last_status: code, last_reason: 'refused' });
      await hooks.disable(owner.sql, app.id);
      await app.is('given_up');
    }
    expect(receiver.at(target.path)).toEqual([]);
  });

  test('is gone (410) is told nothing any more, and what waited is given up', async () => {
    const app = await newApp({ answers: [status(500), status(410)] });
    await tell(app);
    await app.is('queued', 1);
    world.clock.advance(6 * SECOND);
    await app.is('given_up', 2);
    expect(await app.row()).toMatchObject({ last_status: 410, last_reason: 'refused' });
    expect(await app.webhook()).toMatchObject({ isEnabled: false, disabledBecause: 'gone' });
    await tell(app);
    expect(
      await world.rows('SELECT id FROM webhook_events WHERE app_id = $1', [app.id]),
    ).toHaveLength(1);
    receiver.answer(app.path, status(200));
    await hooks.set(owner.sql, app.id, receiver.url(app.path), world.clock.now());
    await tell(app);
    await receiver.expect(app.path, 3);
  });

  test('asks us to wait is left alone for so long, with everything', async () => {
    const app = await newApp({ answers: [status(429, { 'retry-after': '600' }), status(200)] });
    await tell(app);
    await app.is('queued', 1);
    const { next_at } = await app.row();
    expect((next_at as Date).getTime() - world.clock.now().getTime()).toBe(600 * SECOND);
    await tell(app);
    const other = await newApp();
    await tell(other);
    await receiver.expect(other.path); // a worker has looked since
    world.clock.advance(599 * SECOND);
    await tell(other);
    await receiver.expect(other.path, 2);
    expect(receiver.at(app.path)).toHaveLength(1);
    world.clock.advance(SECOND);
    await receiver.expect(app.path, 3);
    await app.is('delivered');
  });

  test('fails for three days loses the event after ten tries; after five days on end it is told nothing any more', async () => {
    const app = await newApp({ answers: [status(500)] });
    const begun = world.clock.now().getTime();
    await tell(app);
    for (let attempt = 1; attempt < 10; attempt += 1) {
      await app.is('queued', attempt);
      world.clock.advance(
        ((await app.row()).next_at as Date).getTime() - world.clock.now().getTime(),
      );
    }
    await app.is('given_up', 10);
    const took = world.clock.now().getTime() - begun;
    expect(took).toBeGreaterThan(75 * HOUR);
    expect(took).toBeLessThan(84 * HOUR);
    expect(await app.webhook()).toMatchObject({ isEnabled: true });
    world.clock.advance(begun + 5 * DAY + MINUTE - world.clock.now().getTime());
    await tell(app);
    await app.is('given_up');
    expect(await app.webhook()).toMatchObject({ isEnabled: false, disabledBecause: 'failing' });
    expect(
      world.logs.filter((line) => line.includes('"webhook_disabled"') && line.includes(app.id)),
    ).toHaveLength(1);
  });

  test('was given another address while it was asked is not blamed for the old one', async () => {
    let answer: () => void = () => {};
    const app = await newApp({
      answers: [(response) => (answer = () => void response.writeHead(410).end())],
    });
    await tell(app);
    await receiver.expect(app.path);
    const moved = await newApp();
    await hooks.set(owner.sql, app.id, receiver.url(moved.path), world.clock.now());
    answer();
    await app.is('given_up', 1);
    expect(await app.webhook()).toMatchObject({ isEnabled: true, failingSince: null });
  });
});

describe('a test', () => {
  const tries = async (app: App) =>
    (await hooks.listEvents(owner.sql, app.id, 10)).map((event) => [
      event.type,
      event.state,
      event.tries.map(({ status: answered, reason }) => answered ?? reason),
    ]);

  test('has a body that the worker makes, signed like all others, and makes its endpoint well', async () => {
    const app = await newApp();
    await world.rows('UPDATE app_webhooks SET failing_since = now() WHERE app_id = $1', [app.id]);
    const id = newId();
    await hooks.addTest(owner.sql, id, app.id, world.clock.now());
    const told = await receiver.expect(app.path);
    expect(told.headers['webhook-id']).toBe(id);
    expect(verified(told, app.secret())).toEqual({
      type: 'test',
      timestamp: world.clock.now().toISOString(),
      data: {},
    });
    await app.is('delivered', 1);
    expect(await tries(app)).toEqual([['test', 'delivered', [204]]]);
    expect((await app.webhook()).failingSince).toBeNull();
  });

  test('that fails is tried once more, each try is listed, and nothing is held against its app', async () => {
    const app = await newApp({ answers: [status(500), status(410)] });
    await hooks.addTest(owner.sql, newId(), app.id, world.clock.now());
    await app.is('queued', 1);
    world.clock.advance(6 * SECOND);
    await app.is('given_up', 2);
    expect(await tries(app)).toEqual([['test', 'given_up', [500, 410]]]);
    expect(await app.webhook()).toMatchObject({ isEnabled: true, failingSince: null });
  });

  test('is stored by no role', async () => {
    const app = await newApp();
    for (const url of [
      world.database.apiUrl,
      world.database.ingressUrl,
      world.database.workerUrl,
    ]) {
      const held = await connect(url).hold(() => {});
      try {
        for (const columns of ['', ', happened_at'])
          await expect(
            held.query(
              `INSERT INTO webhook_events (id, app_id, type, created_at, next_at${columns})
               VALUES (gen_random_uuid(), $1, 'test', now(), now()${columns && ', now()'})`,
              [app.id],
            ),
          ).rejects.toMatchObject({ code: expect.stringMatching(/^(42501|23502)$/) as unknown });
      } finally {
        await held.end();
      }
    }
    expect(receiver.at(app.path)).toEqual([]);
  });
});

test('during a rotation both secrets verify; then the new one alone', async () => {
  const app = await newApp();
  expect(await hooks.rotate(owner.sql, app.id, new Date(world.clock.now().getTime() + DAY))).toBe(
    2,
  );
  await tell(app);
  const during = await receiver.expect(app.path);
  expect(during.headers['webhook-signature']?.split(' ')).toHaveLength(2);
  for (const version of [1, 2]) verified(during, app.secret(version));
  world.clock.advance(DAY);
  await tell(app);
  const after = await receiver.expect(app.path, 2);
  verified(after, app.secret(2));
  expect(() => verified(after, app.secret(1))).toThrow();
  expect(await hooks.rotate(owner.sql, newId(), world.clock.now())).toBeUndefined();
  await app.is('delivered');
});

describe('a claim', () => {
  const NONE = { wellMost: 0, failingMost: 0 };
  const ALL = { wellMost: 100, failingMost: 100 };
  // Far from what the worker's clock calls due.
  const later = (): Date => new Date(world.clock.now().getTime() + 1000 * DAY);
  const queued = async (count: number): Promise<App> => {
    const app = await newApp();
    for (const verificationId of await addVerifications(world, app.id, 'approved', count))
      await api.transaction((trx) =>
        rows.add(trx, { appId: app.id, type: 'verification.approved', verificationId }, later()),
      );
    return app;
  };
  const idsOf = (claims: { id: string; appId: string }[], app: App): string[] =>
    claims.filter(({ appId }) => appId === app.id).map(({ id }) => id);

  test("is nobody else's, though both look at the same moment", async () => {
    const app = await queued(3);
    await owner.transaction(async (first) => {
      expect(idsOf(await rows.claim(first, ALL, later(), MINUTE), app)).toHaveLength(3);
      expect(
        idsOf(await owner.transaction((second) => rows.claim(second, ALL, later(), MINUTE)), app),
      ).toEqual([]);
    });
    expect(idsOf(await rows.claim(owner.sql, ALL, later(), MINUTE), app)).toEqual([]);
    await world.rows('DELETE FROM app_webhooks WHERE app_id = $1', [app.id]);
  });

  test('is of four of one endpoint at a time, of one while it fails, and of no more than there is room for', async () => {
    const app = await queued(9);
    const claim = async (free = ALL): Promise<number> =>
      idsOf(await rows.claim(owner.sql, free, later(), MINUTE), app).length;
    expect([
      await claim(NONE),
      await claim({ wellMost: 1, failingMost: 9 }),
      await claim(),
      await claim(),
    ]).toEqual([0, 1, 3, 0]);
    await world.rows(
      "UPDATE webhook_events SET state = 'queued', next_at = created_at WHERE app_id = $1",
      [app.id],
    );
    await world.rows('UPDATE app_webhooks SET failing_since = created_at WHERE app_id = $1', [
      app.id,
    ]);
    expect([await claim({ wellMost: 9, failingMost: 0 }), await claim(), await claim()]).toEqual([
      0, 1, 0,
    ]);
    await world.rows('DELETE FROM app_webhooks WHERE app_id = $1', [app.id]);
  });

  test('ends with its lease, and then says nothing any more, but that it was taken', async () => {
    const app = await queued(1);
    const [first] = (await rows.claim(owner.sql, ALL, later(), MINUTE)).filter(
      ({ appId }) => appId === app.id,
    );
    if (first === undefined) throw new Error('not claimed');
    const after = new Date(later().getTime() + MINUTE);
    const [second] = (await rows.claim(owner.sql, ALL, after, MINUTE)).filter(
      ({ appId }) => appId === app.id,
    );
    expect(second).toMatchObject({ id: first.id, attempts: 2 });
    await rows.markFailed(owner.sql, first, { reason: 'timeout' }, undefined, after);
    await rows.release(owner.sql, first, after);
    expect(await app.row()).toMatchObject({ state: 'sending', attempts: 2 });
    await rows.markDelivered(owner.sql, first, 200, after);
    if (second !== undefined)
      await rows.markFailed(owner.sql, second, { reason: 'timeout' }, after, after);
    expect(await app.row()).toMatchObject({ state: 'delivered' });
  });
});

describe('with a live carrier', () => {
  test('nothing within is reached, by whatever name or address', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = String((server.address() as AddressInfo).port);
    const names: Record<string, string[]> = {
      'inner.example': ['127.0.0.1', '::1'],
      'private.example': ['10.0.0.1', 'fd00::1'],
      'metadata.example': ['169.254.169.254'],
      'mapped.example': ['::ffff:127.0.0.1'],
      'nobody.example': [],
    };
    const requests = new WebhookRequests({
      isLive: true,
      resolve: (name) => Promise.resolve(names[name] ?? []),
    });
    const post = (url: string) => requests.post(url, {}, '{}', new AbortController().signal);
    try {
      for (const host of [
        '127.0.0.1',
        'localhost',
        '127.1',
        '2130706433',
        '[::1]',
        '[::ffff:127.0.0.1]',
        'a.localhost',
        'inner.example',
        'private.example',
        'metadata.example',
        'mapped.example',
      ])
        for (const protocol of ['https', 'http'])
          expect([host, protocol, await post(`${protocol}://${host}:${port}/`)]).toEqual([
            host,
            protocol,
            { reason: 'not_public' },
          ]);
      expect(await post(`https://nobody.example:${port}/`)).toEqual({ reason: 'no_address' });
      expect(connections).toBe(0);
    } finally {
      await requests.close();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

test('the address that was looked at is the one that is connected to', async () => {
  const answers = [['10.0.0.1', '127.0.0.1'], ['10.0.0.1']];
  let asked = 0;
  const requests = new WebhookRequests({
    isLive: false,
    resolve: () => Promise.resolve(answers[asked++] ?? []),
  });
  try {
    expect(
      await requests.post(
        `http://app.example:${String(receiver.port)}/rebound`,
        {},
        '{}',
        new AbortController().signal,
      ),
    ).toEqual({ status: 204 });
    expect(asked).toBe(1);
    expect((await receiver.expect('/rebound')).headers['host']).toBe(
      `app.example:${String(receiver.port)}`,
    );
  } finally {
    await requests.close();
  }
});

test('a worker that closes gives back what it has, and the next one sends it', async () => {
  const app = await newApp({ answers: [silence] });
  const others = await World.start({
    roles: ['worker'],
    at: world.clock.now(),
    timer: new ManualTimer(),
  });
  const theirs = connect(others.database.ownerUrl);
  try {
    await others.rows(
      'INSERT INTO apps (id, name, created_at) VALUES ($1::uuid, $1::uuid::text, now())',
      [app.id],
    );
    await hooks.set(theirs.sql, app.id, receiver.url(app.path), others.clock.now());
    const [verificationId = ''] = await addVerifications(others, app.id);
    await theirs.transaction((trx) =>
      rows.add(
        trx,
        { appId: app.id, type: 'verification.approved', verificationId },
        others.clock.now(),
      ),
    );
    const first = await receiver.expect(app.path);
    await others.stop('worker');
    expect(await others.rows('SELECT state, attempts FROM webhook_events')).toEqual([
      { state: 'queued', attempts: 0 },
    ]);
    receiver.answer(app.path, status(200));
    await others.boot('worker');
    const second = await receiver.expect(app.path, 2);
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
  } finally {
    await others.close();
  }
});

test('no log line holds an address, a secret, a signature or a body', () => {
  const all = world.logs.join('\n');
  expect(all).toContain('webhook_failed');
  for (const word of [`:${String(receiver.port)}`, 'whsec_', 'v1,', 'verificationId', '127.0.0.1'])
    expect(all).not.toContain(word);
  for (const { body } of receiver.told) expect(body).not.toMatch(/\+\d|"\d{4,}"/);
});
