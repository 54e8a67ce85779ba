import { steal } from '../support/thief.js';
import { Listener } from '../support/live.js';
import { account, consent, type Person, verify } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: all three roles, HTTP, PostgreSQL, the queue. Fake: the telephone network (simulator), which brings a code.

const next = numbersOf(20261130);
let world: World;
let ann: Person;
let bob: Person;
let carl: Person;
const open: Listener[] = [];

beforeAll(async () => {
  world = await World.start();
});
// They are in no team yet.
beforeEach(async () => {
  [ann, bob, carl] = [
    await account(world, 'Ann', next()),
    await account(world, 'Bob', next()),
    await account(world, 'Carl', next()),
  ];
});
afterEach(() => {
  for (const listener of open.splice(0)) listener.leave();
});
afterAll(() => world.close());

async function listen(who: Person, lastEventId?: string): Promise<Listener> {
  const base = world.urls.get('api') as string;
  const listener = await Listener.opened(base, { token: who.token, lastEventId });
  open.push(listener);
  return listener;
}

async function ask(who: Person, method: string, path: string, body?: object) {
  const { status, text, body: answer } = await world.call(method, path, body, who);
  if (status >= 300) throw new Error(`${method} ${path}: ${text}`);
  return answer as Record<string, string>;
}

const join = (who: Person, inviteCode: string | undefined) =>
  ask(who, 'POST', '/v1/teams/join', { inviteCode });
/** What somebody does last, so that what came before it is all there was. */
const rename = (who: Person) => ask(who, 'PATCH', '/v1/me', { name: `${who.name} ${next()}` });

async function makeTeam(...people: [Person, ...Person[]]): Promise<{ id: string; code: string }> {
  const [owner, ...others] = people;
  const { id = '', inviteCode = '' } = await ask(owner, 'POST', '/v1/teams', { name: 'Watch' });
  for (const one of others) await join(one, inviteCode);
  return { id, code: inviteCode };
}

/** The next so many events, as `kind` or, of another team, `kind elsewhere`. */
const kindsOf = async (listener: Listener, teamId: string, count: number): Promise<string[]> =>
  (await listener.take(count)).map(({ kind, data }) =>
    'teamId' in data && data.teamId === teamId ? kind : `${kind} elsewhere`,
  );

test('a team’s members learn at once of each change, once, and nobody else does', async () => {
  const team = await makeTeam(ann);
  const [annes, carls] = [await listen(ann), await listen(carl)];
  const changed = { kind: 'team.changed', teamId: team.id };
  await join(bob, team.code);
  expect((await annes.next()).data).toEqual(changed);
  const bobs = await listen(bob);
  const path = `/v1/teams/${team.id}/consent`;
  const changes = [
    () => consent(world, bob, team.id),
    () => ask(bob, 'DELETE', `${path}?purpose=ring`),
    () => verify(world, bob),
    () => rename(bob),
  ];
  for (const change of changes) {
    const both = change === changes[0] ? 2 : 1; // two consents are two requests
    await change();
    for (const listener of [annes, bobs])
      for (const { data } of await listener.take(both)) expect(data).toEqual(changed);
  }
  await ask(bob, 'DELETE', `/v1/teams/${team.id}/members/me`);
  await annes.next('team.changed');
  expect((await bobs.next()).data).toEqual({ kind: 'team.left', teamId: team.id });
  const own = await makeTeam(carl);
  expect((await carls.next()).data).toEqual({ kind: 'team.changed', teamId: own.id });
  expect(carls.heard).toHaveLength(2); // hello, and that
});

test('its owner alone learns that another code opens it, and until when', async () => {
  const team = await makeTeam(ann, bob);
  const [annes, bobs] = [await listen(ann), await listen(bob)];
  const { inviteEndsAt } = await ask(ann, 'POST', `/v1/teams/${team.id}/invite-code`, {});
  expect((await annes.next()).data).toEqual({
    kind: 'team.code',
    teamId: team.id,
    endsAt: inviteEndsAt,
  });
  await rename(ann);
  await bobs.next('team.changed');
  expect(bobs.heard).toHaveLength(2);
});

test('who is removed learns that, and nothing of the team that comes after', async () => {
  const team = await makeTeam(ann, bob);
  const [annes, bobs] = [await listen(ann), await listen(bob)];
  await ask(ann, 'DELETE', `/v1/teams/${team.id}/members/${bob.id}`);
  expect(await kindsOf(bobs, team.id, 1)).toEqual(['team.left']);
  expect((await annes.take(2)).map(({ data }) => data)).toEqual([
    { kind: 'team.changed', teamId: team.id },
    { kind: 'team.code', teamId: team.id, endsAt: null },
  ]);
  await rename(ann);
  const other = await makeTeam(bob);
  expect((await bobs.next()).data).toEqual({ kind: 'team.changed', teamId: other.id });
});

test('a replay is authorised by who is in the team when it is read', async () => {
  const team = await makeTeam(ann, bob, carl);
  const [bobs, carls] = [await listen(bob), await listen(carl)];
  await rename(ann);
  const [ids, { id: carlsId }] = [await bobs.next('team.changed'), await carls.next()];
  for (const listener of [bobs, carls]) listener.leave();
  // While both are away something changes, and then Bob is in it no more.
  await consent(world, carl, team.id);
  await ask(ann, 'DELETE', `/v1/teams/${team.id}/members/${bob.id}`);
  await rename(ann);
  const [again, carlsAgain] = [await listen(bob, ids.id), await listen(carl, carlsId)];
  expect(await kindsOf(again, team.id, 1)).toEqual(['team.left']);
  const other = await makeTeam(bob);
  expect((await again.next()).data).toEqual({ kind: 'team.changed', teamId: other.id });
  expect(again.heard).toHaveLength(2);
  expect(await kindsOf(carlsAgain, team.id, 4)).toEqual(Array(4).fill('team.changed'));
});

test('by no login alone is anybody told that a team has changed', async () => {
  const team = await makeTeam(ann);
  for (const login of ['apiUrl', 'ingressUrl', 'workerUrl'] as const) {
    const thief = await steal(world, login);
    for (const text of [
      `INSERT INTO team_events (team_id, kind) VALUES ('${team.id}', 'changed')`,
      `UPDATE team_events SET team_id = '${team.id}'`,
      `SELECT note_changed_teams(ARRAY['${team.id}']::uuid[])`,
      `CREATE TEMP TABLE mine (team_id uuid);
        CREATE TRIGGER tells AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION note_team()`,
    ])
      await expect(thief.query(text)).rejects.toThrow(/permission denied/);
    const erased = thief.query('DELETE FROM team_events'); // a trigger keeps what is younger than a day
    if (login === 'workerUrl') expect((await erased).rowCount).toBe(0);
    else await expect(erased).rejects.toThrow(/permission denied/);
    await thief.end();
  }
});
