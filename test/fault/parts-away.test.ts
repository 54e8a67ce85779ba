import { Cuttable } from '../support/cuttable.js';
import { eventually } from '../support/eventually.js';
import { account, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the roles over HTTP, PostgreSQL, the queue, the carrier's SDK, and the cable to each of them, which is cut.
// Fake: the telephone network (simulator).

const ROLES = ['api', 'ingress', 'worker'] as const;
type Role = (typeof ROLES)[number];
const SETTINGS = {
  api: 'API_DATABASE_URL',
  ingress: 'INGRESS_DATABASE_URL',
  worker: 'WORKER_DATABASE_URL',
  queue: 'QUEUE_URL',
  carrier: 'CARRIER_BASE_URL',
} as const;
type Cable = keyof typeof SETTINGS;

const next = numbersOf(20261201);
let world: World;
let cables: Record<Cable, Cuttable>;
let ann: Person;

beforeEach(async () => {
  cables = {} as typeof cables;
  world = await World.start({
    at: new Date(),
    wire: async (env) => {
      for (const [cable, setting] of Object.entries(SETTINGS) as [Cable, string][]) {
        const address = env[setting] ?? '';
        cables[cable] = await Cuttable.before(address, address.startsWith('redis') ? 6379 : 5432);
        env[setting] = cables[cable].url;
      }
    },
  });
  ann = await account(world, 'Ann', next());
});
afterEach(async () => {
  for (const cable of Object.values(cables)) await cable.mendIfCut();
  try {
    await world.close();
  } finally {
    for (const cable of Object.values(cables)) await cable.cut();
  }
});

interface Line {
  level: string;
  role: string;
  event: string;
  error?: string;
  part?: string;
  host?: string;
}
const hostOf = (cable: Cable): string => new URL(cables[cable].url).host;
/** All that was logged since, as a warning or an error. */
const loud = (since: number): Line[] =>
  world.logs
    .slice(since)
    .map((line) => JSON.parse(line) as Line)
    .filter(({ level }) => level === 'warn' || level === 'error');
const isLogged = (since: number, expected: Partial<Line>): Promise<Line> =>
  eventually(`a line with ${JSON.stringify(expected)}`, () =>
    Promise.resolve(
      loud(since).find((line) =>
        Object.entries(expected).every(([name, value]) => line[name as keyof Line] === value),
      ),
    ),
  ).catch((error: Error) => {
    throw new Error(`${error.message}\n${JSON.stringify(loud(since), null, 1)}`);
  });
const start = (): Promise<{ status: number }> =>
  world.call('POST', '/v1/verifications', { number: ann.number }, ann);
const readyz = async (role: Role): Promise<number> => {
  const answer = await fetch(`${world.urls.get(role)}/readyz`);
  await answer.text();
  return answer.status;
};
const readAll = (): Promise<number[]> => Promise.all(ROLES.map(readyz));

describe('a line of the log says which part is away, and where it is', () => {
  /** Nothing that was logged says less, or gives away a login, a password or a path. */
  function expectPlaces(since: number, part: string, host: string): void {
    for (const line of loud(since)) {
      if (line.event === 'queue_away' || line.error !== undefined)
        expect(line).toMatchObject({ part, host });
      else expect(line.event).toBe('carrier_away');
    }
    const text = world.logs.slice(since).join('');
    for (const setting of Object.values(SETTINGS)) {
      const { username, password, pathname } = new URL(world.env[setting] as string);
      for (const secret of [username, password, pathname.slice(1)])
        if (secret.length > 3) expect(text).not.toContain(secret);
    }
  }

  test('the database of api', async () => {
    const since = world.logs.length;
    await cables.api.cut();
    const about = { role: 'api', part: 'database', host: hostOf('api') };
    expect((await start()).status).toBe(503);
    const line = await isLogged(since, { ...about, event: 'request_failed' });
    expect(line.error).toMatch(/ (ECONNREFUSED|CONNECTION_TERMINATED)$/);
    await isLogged(since, { ...about, event: 'database_away', level: 'warn' });
    expectPlaces(since, 'database', hostOf('api'));
  });

  test('the database of the worker, of which no request asks', async () => {
    const since = world.logs.length;
    await cables.worker.cut();
    const about = { role: 'worker', part: 'database', host: hostOf('worker') };
    const line = await isLogged(since, { ...about, event: 'database_away' });
    expect(line.error).toMatch(/ (ECONNREFUSED|CONNECTION_TERMINATED)$/);
    expectPlaces(since, 'database', hostOf('worker'));
    // Its connections are opened again each second, by many; it is said once in ten.
    expect(loud(since).filter(({ event }) => event === 'database_away').length).toBeLessThan(4);
  });

  test('the queue', async () => {
    const since = world.logs.length;
    await cables.queue.cut();
    expect((await start()).status).toBe(201);
    const about = { part: 'queue', host: hostOf('queue') };
    expect((await isLogged(since, { ...about, event: 'queue_away' })).error).toBeDefined();
    await isLogged(since, { ...about, event: 'queue_error', role: 'worker' });
    expectPlaces(since, 'queue', hostOf('queue'));
    await cables.queue.mend();
    world.clock.advance(3_000);
    await ann.phone.expectSms(/#\d{6}$/);
  });

  test('the carrier', async () => {
    const since = world.logs.length;
    await cables.carrier.cut();
    await start();
    const about = { role: 'worker', part: 'carrier', host: hostOf('carrier') };
    const line = await isLogged(since, { ...about, event: 'carrier_no_answer', level: 'warn' });
    expect(line.error).toBe('Error ECONNREFUSED');
    expectPlaces(since, 'carrier', hostOf('carrier'));
    await cables.carrier.mend();
    await eventually('it is sent once the carrier is back', async () => {
      await world.pass(2_000);
      return ann.phone.messages().length > 0;
    });
    await ann.phone.expectSms(/#\d{6}$/);
  });
});

describe('readyz is 200 or 503 by what the role needs', () => {
  test.each<[Cable, readonly [api: number, ingress: number, worker: number]]>([
    ['api', [503, 200, 200]],
    ['ingress', [200, 503, 200]],
    ['worker', [200, 200, 503]],
    ['queue', [200, 200, 503]],
    ['carrier', [200, 200, 200]],
  ])('without what %s is connected by', async (cable, statuses) => {
    expect(await readAll()).toEqual([200, 200, 200]);
    await cables[cable].cut();
    expect(await readAll()).toEqual(statuses);
    await cables[cable].mend();
    await eventually('all are ready again', async () =>
      (await readAll()).every((status) => status === 200),
    );
  });
});
