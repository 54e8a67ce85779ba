import { account, crowd, type Person } from '../support/make.js';
import { World } from '../support/world.js';

// Real: `api` over HTTP with its own login, PostgreSQL. The clock is moved by hand.

let world: World;
let ann: Person;
beforeAll(async () => {
  world = await World.start({ roles: ['api'] });
  ann = await account(world, 'Ann', '+447700900190');
});
afterAll(() => world.close());

const make = () =>
  world.call<{ id: string; code?: string }>('POST', '/v1/teams', { name: 'x' }, ann);

test("a team's members come by pages, each once, the owner first", async () => {
  const { body: team } = await make();
  const people = await crowd(world, 95);
  for (const [i, { id }] of people.entries())
    await world.rows(
      `INSERT INTO team_members (team_id, account_id, role, joined_at) VALUES ($1, $2, 'member', $3)`,
      [team.id, id, new Date(world.clock.now().getTime() + Math.floor(i / 10))],
    );
  await world.rows('UPDATE accounts SET name = $1', ['界'.repeat(80)]);
  const seen: string[] = [];
  const sizes: number[] = [];
  let after = '' as string | null;
  while (after !== null) {
    const query: string = after === '' ? '' : `?after=${after}`;
    const { body, text } = await world.call<{
      members: { accountId: string }[];
      next: string | null;
    }>('GET', `/v1/teams/${team.id}${query}`, undefined, ann);
    expect(Buffer.byteLength(text)).toBeLessThan(20_000);
    seen.push(...body.members.map(({ accountId }) => accountId));
    sizes.push(body.members.length);
    after = body.next;
  }
  expect(sizes).toEqual([40, 40, 16]);
  expect(seen[0]).toBe(ann.id);
  expect(new Set(seen)).toEqual(new Set([ann.id, ...people.map(({ id }) => id)]));
});

test('one is in fifty teams at most', async () => {
  let made = 1;
  while ((await make()).status === 201) made += 1;
  expect(made).toBe(50);
  expect((await make()).body.code).toBe('TEAM_LIMIT');
  const list = await world.call('GET', '/v1/teams', undefined, ann);
  expect(Buffer.byteLength(list.text)).toBeLessThan(20_000);
});

test('one agrees a hundred times a day, and withdraws whenever they want to', async () => {
  const [team] = (await world.call<{ teams: { id: string }[] }>('GET', '/v1/teams', undefined, ann))
    .body.teams;
  const path = `/v1/teams/${team?.id}/consent`;
  for (let i = 0; i < 100; i++)
    expect((await world.call('PUT', path, { version: '0' }, ann)).status).toBe(409);
  expect((await world.call('PUT', path, { version: '1' }, ann)).status).toBe(429);
  expect((await world.call('DELETE', path, undefined, ann)).status).toBe(204);
});
