import { account, PASSWORD, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue. Fake: the telephone network (simulator).

const UNKNOWN = '01890a5d-ac96-774b-bcce-b302099a8057';
const next = numbersOf(20261202);
let world: World;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  world = await World.start();
  [ann, bob] = [await account(world, 'Ann', next()), await account(world, 'Bob', next())];
});
afterAll(() => world.close());

describe('a refusal says what is wrong, and repeats nothing', () => {
  const ids = (count: number) =>
    Array.from({ length: count }, (_, i) => UNKNOWN.replace(/....$/, String(1_000 + i)));
  const login = 'must begin with a letter, and have 3 to 64 letters, digits or . _ @ -';
  const signUp = { login: 'somebody', password: PASSWORD, name: 'Some Body', language: 'en' };

  test.each<[string, string, () => object, string, string]>([
    [
      'oneself as recipient',
      '/v1/dings',
      () => ({ recipientIds: [bob.id, ann.id.toUpperCase()], text: 'x' }),
      'recipientIds',
      'must be without yourself',
    ],
    [
      'oneself in a conference',
      '/v1/conferences',
      () => ({ accountIds: [bob.id, ann.id] }),
      'accountIds',
      'must be without yourself',
    ],
    [
      'the same recipient twice',
      '/v1/dings',
      () => ({ recipientIds: [bob.id, bob.id.toUpperCase()], text: 'x' }),
      'recipientIds',
      'must have each account once',
    ],
    [
      'the same one twice',
      '/v1/conferences',
      () => ({ accountIds: [bob.id, bob.id] }),
      'accountIds',
      'must have each account once',
    ],
    [
      '51 recipients',
      '/v1/dings',
      () => ({ recipientIds: ids(51), text: 'x' }),
      'recipientIds',
      'at most 50 entries',
    ],
    [
      'no recipient',
      '/v1/dings',
      () => ({ recipientIds: [], text: 'x' }),
      'recipientIds',
      'at least 1 entry',
    ],
    [
      'no password',
      '/v1/sessions',
      () => ({ login: 'somebody', password: '' }),
      'password',
      'at least 1 character',
    ],
    [
      'a password too long',
      '/v1/accounts',
      () => ({ ...signUp, password: 'abcdefgh '.repeat(15) }),
      'password',
      'at most 128 characters',
    ],
    [
      'a password far too long',
      '/v1/accounts',
      () => ({ ...signUp, password: 'abcdefgh '.repeat(100) }),
      'password',
      'at most 128 characters',
    ],
    [
      'a login that begins with a digit',
      '/v1/accounts',
      () => ({ ...signUp, login: '12025550123' }),
      'login',
      login,
    ],
    [
      'a login with a blank',
      '/v1/accounts',
      () => ({ ...signUp, login: 'some body' }),
      'login',
      login,
    ],
    [
      'a login too long',
      '/v1/accounts',
      () => ({ ...signUp, login: 'a'.repeat(65) }),
      'login',
      login,
    ],
    [
      'no number',
      '/v1/verifications',
      () => ({}),
      'number',
      'expected a phone number in international form',
    ],
    [
      'no address of a person',
      '/v1/verifications',
      () => ({ number: '+12025550123', address: 'here' }),
      'address',
      'expected ipv4 or ipv6',
    ],
    [
      'no service',
      '/v1/verifications',
      () => ({ number: '+12025550123', service: 'mine' }),
      'service',
      'expected VA and 32 hex digits, or a UUID',
    ],
  ])('%s', async (_name, path, body, at, message) => {
    const answer = await world.call('POST', path, body(), ann);
    expect([answer.status, answer.body['errors']]).toEqual([400, [{ path: at, message }]]);
  });

  test('a body that is too large', async () => {
    const answer = await world.call(
      'POST',
      '/v1/dings',
      { recipientIds: ids(9_000), text: 'x' },
      ann,
    );
    expect([answer.status, answer.body['errors']]).toEqual([
      413,
      [{ path: '', message: 'at most 32768 bytes' }],
    ]);
  });
});
