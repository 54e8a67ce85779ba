import type { LedgerBody } from '../../src/ledger/ledger.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numberPool } from '../support/numbers.js';
import { sealed } from '../support/shown.js';
import { World } from '../support/world.js';

// Real: all three roles, PostgreSQL, the queue, the carrier's SDK over HTTP. Fake: the network.

const MINUTE = 60_000;
const draw = numberPool(Date.now());
let world: World;
let ann: Person;
let bob: Person;
let dingId: string;

beforeAll(async () => {
  world = await World.start({ env: { CALLER_ID_LOOKS_A_MINUTE: '100' } });
  ann = await account(world, 'Ann', draw().e164);
  bob = await account(world, 'Bob', draw().e164);
  await team(world, [ann, bob]);
  for (const one of [ann, bob]) await verify(world, one);
  const { body } = await world.call<{ id: string }>(
    'POST',
    '/v1/dings',
    { recipientIds: [bob.id], text: 'the cellar is under water', channel: 'app' },
    ann,
  );
  dingId = body.id;
  await sealed(world);
});
afterAll(() => world.close());

const look = () => world.call('GET', `/v1/dings/${dingId}/caller-id`, undefined, bob);
/** One after the other: of many at once some are asked to come again, whatever they want. */
async function looks(count: number) {
  const answers: Awaited<ReturnType<typeof look>>[] = [];
  while (answers.length < count) answers.push(await look());
  return answers;
}
const page = async (query = '') => {
  const answer = await world.call<{ entries: { seq: string; body: string }[] }>(
    'GET',
    `/v1/ledger${query}`,
    undefined,
    ann,
  );
  return { ...answer, entries: answer.body.entries };
};
const looksInLedger = async (): Promise<LedgerBody[]> =>
  (await page()).entries
    .map(({ body }) => JSON.parse(body) as LedgerBody)
    .filter(({ recipient }) => recipient === `account:${bob.id}`);

test('300 looks in a minute are a hundred, then 429, and push nothing out of the ledger: one entry at first, one with the count at the end', async () => {
  const answers = await looks(300);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(100);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(200);
  expect(refused[0]?.body).toMatchObject({ code: 'TOO_MANY_REQUESTS', retryAfter: 60 });
  expect(refused[0]?.headers.get('retry-after')).toBe('60');
  expect(await looksInLedger()).toEqual([expect.not.objectContaining({ looks: 100 })]);
  await world.pass(MINUTE);
  expect((await look()).status).toBe(200);
  await world.call('POST', `/v1/dings/${dingId}/recall`, undefined, ann);
  const [last, first, ...more] = await looksInLedger();
  expect(last).toMatchObject({ looks: 101, callId: dingId, basis: 'D5c' });
  expect(first).not.toHaveProperty('looks');
  expect(more).toEqual([]);
  // Whoever is shown nothing is not counted: the 404 stays a 404.
  for (const { status } of await looks(110)) expect(status).toBe(404);
});

test('the ledger has pages', async () => {
  const { entries } = await page();
  expect(entries.length).toBeGreaterThan(2);
  const [newest, second] = entries;
  expect((await page(`?before=${newest?.seq}`)).entries).toEqual(entries.slice(1));
  expect((await page(`?before=${second?.seq}`)).entries).toEqual(entries.slice(2));
  expect((await page(`?before=${entries.at(-1)?.seq}`)).entries).toEqual([]);
  for (const wrong of ['?before=x', '?before=-1', '?before=', '?after=1'])
    expect(await page(wrong)).toMatchObject({ status: 400, body: { code: 'INVALID_INPUT' } });
});
