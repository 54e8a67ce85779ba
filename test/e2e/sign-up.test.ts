import { startCommand } from '../support/commands.js';
import { PASSWORD } from '../support/make.js';
import { World } from '../support/world.js';

// Real: the operator's command as a process of its own, `api` over HTTP with its own login, PostgreSQL. The clock is
// moved by hand.

const DAY = 86_400_000;

describe.each(['open', 'invite', 'closed'] as const)('with SIGN_UP=%s', (mode) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ roles: ['api'], env: { SIGN_UP: mode } });
  });
  afterAll(() => world.close());

  const signUp = async (login: string, inviteCode?: string): Promise<string> => {
    const { body } = await world.call<{ code?: string }>('POST', '/v1/accounts', {
      login,
      password: PASSWORD,
      name: 'New',
      language: 'en',
      ...(inviteCode === undefined ? {} : { inviteCode }),
    });
    return body.code ?? 'made';
  };
  const invite = async (): Promise<string> => {
    const { out } = await startCommand(['accounts', 'invite'], {
      DATABASE_URL: world.database.ownerUrl,
      API_PUBLIC_URL: 'https://dingline.example',
    });
    return /^ {2}invite {4}(([0-9A-Z]{4}-){3}[0-9A-Z]{4})$/m.exec(out)?.[1] ?? '';
  };

  if (mode === 'open')
    test('anybody signs up, and an invite that is shown must be a valid one', async () => {
      expect(await signUp('newcomer', '0000-0000-0000-0000')).toBe('SIGN_UP_REFUSED');
      expect(await signUp('newcomer')).toBe('made');
    });

  if (mode === 'closed')
    test('nobody signs up, by an invite neither', async () => {
      expect(await signUp('newcomer')).toBe('SIGN_UP_REFUSED');
      expect(await signUp('newcomer', await invite())).toBe('SIGN_UP_REFUSED');
    });

  if (mode === 'invite') {
    test('one person signs up by an invite, within a week; no other does, nor learns whether a login is taken', async () => {
      expect(await signUp('newcomer')).toBe('SIGN_UP_REFUSED');
      const code = await invite();
      expect(await signUp('newcomer', code.toLowerCase())).toBe('made');
      for (const login of ['newcomer', 'another']) {
        expect(await signUp(login, code)).toBe('SIGN_UP_REFUSED'); // it served once
        expect(await signUp(login)).toBe('SIGN_UP_REFUSED');
      }
      world.clock.advance(DAY);
      const kept = await invite();
      expect(await signUp('newcomer', kept)).toBe('LOGIN_TAKEN');
      world.clock.advance(7 * DAY - 1);
      expect(await signUp('another', kept)).toBe('made');
      const late = await invite();
      world.clock.advance(7 * DAY);
      expect(await signUp('third', late)).toBe('SIGN_UP_REFUSED');
    });

    test('of two who come at once with one invite, one signs up', async () => {
      const code = await invite();
      const outcomes = await Promise.all([signUp('first', code), signUp('second', code)]);
      expect(outcomes.sort()).toEqual(['SIGN_UP_REFUSED', 'made']);
    });
  }
});

test('one address makes as many accounts in an hour as SIGN_UPS_PER_ADDRESS_AN_HOUR says', async () => {
  const env = { SIGN_UPS_PER_ADDRESS_AN_HOUR: '2' };
  const world = await World.start({ roles: ['api'], env });
  const signUp = async (login: string): Promise<number> => {
    const account = { login, password: PASSWORD, name: 'New', language: 'en' };
    return (await world.call('POST', '/v1/accounts', account)).status;
  };
  expect([await signUp('one'), await signUp('two'), await signUp('three')]).toEqual([
    201, 201, 429,
  ]);
  world.clock.advance(3_600_000);
  expect(await signUp('three')).toBe(201);
  await world.close();
});
