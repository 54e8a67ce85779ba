import { account, crowd, PASSWORD, type Person } from '../support/make.js';
import { World } from '../support/world.js';

// Real: `api` over HTTP with its own login, PostgreSQL. The clock is moved by hand.
// Somebody else has a person's password or session, and the person undoes it.

const MINUTE = 60_000;
const DAY = 86_400_000;
const NEW_PASSWORD = 'eleven rusty garden gates';

let world: World;
let ann: Person;
let eve: Person;
let next = 0;
const number = (): string => `+4477009${String(10_000 + next++).slice(-5)}`;

beforeAll(async () => {
  world = await World.start({ roles: ['api'] });
});
afterAll(() => world.close());
beforeEach(async () => {
  world.clock.advance(DAY); // every limit is whole again
  [ann, eve] = [await account(world, 'Ann', number()), await account(world, 'Eve', number())];
});

interface Listed {
  id: string;
  usedAt: string;
  isCurrent: boolean;
}
type Token = Pick<Person, 'token'>;
const signIn = async (login: string, password = PASSWORD): Promise<Token & { status: number }> => {
  const { status, body } = await world.call<{ token: string }>('POST', '/v1/sessions', {
    login,
    password,
  });
  return { status, token: body.token };
};
const isSignedIn = async (who: Token): Promise<boolean> =>
  (await world.call('GET', '/v1/me', undefined, who)).status === 200;
const list = async (who: Token): Promise<Listed[]> =>
  (await world.call<{ sessions: Listed[] }>('GET', '/v1/sessions', undefined, who)).body.sessions;
const changePassword = (who: Token, oldPassword: string, newPassword = NEW_PASSWORD) =>
  world.call('PUT', '/v1/me/password', { oldPassword, newPassword }, who);

describe('a changed password', () => {
  test('opens nothing to whoever knew the old one: their sessions end, and a notice says so', async () => {
    const thief = await signIn(ann.login);
    expect(await isSignedIn(thief)).toBe(true);
    expect((await changePassword(ann, PASSWORD)).status).toBe(204);
    expect([await isSignedIn(thief), await isSignedIn(ann)]).toEqual([false, true]);
    expect((await signIn(ann.login)).status).toBe(401);
    expect((await signIn(ann.login, NEW_PASSWORD)).status).toBe(201);
    const me = await world.call<{ notices: { kind: string }[] }>('GET', '/v1/me', undefined, ann);
    expect(me.body.notices.map(({ kind }) => kind)).toEqual(['password_changed']);
  });

  test('is asked for the old one, and must be one that a newcomer could take', async () => {
    const wrong = await changePassword(ann, 'wrong');
    expect([wrong.status, wrong.body['code']]).toEqual([401, 'WRONG_CREDENTIALS']);
    expect((await changePassword(ann, PASSWORD, ann.login)).body).toMatchObject({
      code: 'INVALID_INPUT',
      errors: [{ path: 'newPassword' }],
    });
    expect((await signIn(ann.login)).status).toBe(201);
  });

  test('is not found by a stolen session: ten tries an hour, which are the other sessions no hindrance', async () => {
    const thief = await signIn(ann.login);
    for (let i = 0; i < 10; i++)
      expect((await changePassword(thief, `wrong ${i}`)).status).toBe(401);
    const refused = await changePassword(thief, PASSWORD);
    expect([refused.status, refused.body['code']]).toEqual([429, 'TOO_MANY_REQUESTS']);
    expect((await changePassword(ann, PASSWORD)).status).toBe(204);
  });

  test('is not found by wrong tries that the database did not see counted elsewhere, either', async () => {
    const thief = await signIn(ann.login);
    for (let i = 0; i < 10; i++) await changePassword(thief, `wrong ${i}`);
    // Whoever lifts the limits of `api` still has those of PostgreSQL.
    await world.rows('DELETE FROM limits');
    expect((await changePassword(thief, PASSWORD)).status).toBe(401);
    await world.rows('DELETE FROM limits');
    world.clock.advance(60 * MINUTE);
    expect((await changePassword(thief, PASSWORD)).status).toBe(204);
  });
});

describe('the sessions of an account', () => {
  test('are listed for their own person, who ends one of them, or all others', async () => {
    const [second, third] = [await signIn(ann.login), await signIn(ann.login)];
    const seen = await list(ann);
    expect(seen.filter((one) => one.isCurrent)).toHaveLength(1);
    expect(seen).toHaveLength(3);
    const [secondId] = (await list(second)).filter((one) => one.isCurrent).map(({ id }) => id);
    expect((await world.call('DELETE', `/v1/sessions/${secondId}`, undefined, ann)).status).toBe(
      204,
    );
    expect([await isSignedIn(second), await isSignedIn(third)]).toEqual([false, true]);
    expect((await world.call('DELETE', '/v1/sessions', undefined, ann)).status).toBe(204);
    expect([await isSignedIn(third), await isSignedIn(ann)]).toEqual([false, true]);
    expect(await isSignedIn(eve)).toBe(true);
  });

  test('do not exist for anybody else', async () => {
    const [session] = await list(ann);
    const foreign = await world.call('DELETE', `/v1/sessions/${session?.id}`, undefined, eve);
    const never = await world.call('DELETE', `/v1/sessions/${eve.id}`, undefined, eve);
    expect([foreign.status, foreign.text]).toEqual([404, never.text]);
    expect(await isSignedIn(ann)).toBe(true);
  });

  test('say when each was last used, which is written at most once in five minutes', async () => {
    const used = async () => (await list(ann)).map(({ usedAt }) => usedAt);
    const before = world.clock.now();
    world.clock.advance(5 * MINUTE - 1);
    expect(await used()).toEqual([before.toISOString()]);
    world.clock.advance(1);
    const now = world.clock.now();
    expect(await Promise.all([used(), used(), used()])).toContainEqual([now.toISOString()]);
    const writes = await world.rows<{ id: string }>(
      'SELECT xmin::text AS id FROM sessions WHERE account_id = $1',
      [ann.id],
    );
    await used();
    expect(
      await world.rows('SELECT xmin::text AS id FROM sessions WHERE account_id = $1', [ann.id]),
    ).toEqual(writes);
  });

  test('are fifty at most: one more ends the one that was not used for longest', async () => {
    const [person] = await crowd(world, 1);
    await world.rows(
      `
        INSERT INTO sessions (id, account_id, token_hash, kind, created_at, used_at, expires_at)
        SELECT gen_random_uuid(), $1, sha256(n::text::bytea), 'bearer', $2,
          $2::timestamptz - make_interval(mins => n), $2::timestamptz + interval '1 day'
        FROM generate_series(1, 50) n
      `,
      [ann.id, world.clock.now()],
    );
    world.clock.advance(MINUTE);
    expect((await signIn(ann.login)).status).toBe(201);
    expect(await list(ann)).toHaveLength(50);
    expect(await isSignedIn(ann)).toBe(true);
    expect(await isSignedIn(person)).toBe(true);
    expect(await world.rows(`SELECT FROM sessions WHERE token_hash = sha256('50'::bytea)`)).toEqual(
      [],
    );
  });
});
