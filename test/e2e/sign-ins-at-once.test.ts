import { account, crowd, PASSWORD, type Person, type Someone } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP with their own logins and pools, PostgreSQL, the queue, argon2 in
// its turns. Fake: the telephone network (simulator).

const SIGN_INS = 60;
const next = numbersOf(20261202);
let world: World;
let ann: Person;
let bystanders: Someone[];

beforeAll(async () => {
  world = await World.start({ env: { TRUSTED_PROXIES: '127.0.0.1' } });
  ann = await account(world, 'Ann', next());
  bystanders = await crowd(world, 3);
});
afterAll(() => world.close());

const from = (ip: string, who?: Someone) => ({
  ...(who === undefined ? {} : { token: who.token }),
  headers: { 'x-forwarded-for': ip },
});
const signIn = async (login: string, password: string, ip: string): Promise<number> =>
  (await world.call('POST', '/v1/sessions', { login, password }, from(ip))).status;

/** All that others were answered while they went on, as often as there was time for it. */
async function askMeanwhile(signIns: Promise<unknown>): Promise<Record<string, number[]>> {
  const answers: Record<string, number[]> = { me: [], start: [], signIn: [] };
  const [reader, ...starters] = bystanders as [Someone, ...Someone[]];
  const others = [
    signIn(ann.login, PASSWORD, '203.0.113.1').then((status) => answers['signIn']?.push(status)),
    ...starters.map(async (starter) => {
      const phone = world.phones.phone(next());
      const body = { number: phone.number };
      const way = from('203.0.113.2', starter);
      const { status } = await world.call('POST', '/v1/verifications', body, way);
      answers['start']?.push(status);
      if (status === 201) await phone.expectSms(/#\d{6}$/);
    }),
  ];
  let isOver = false;
  const ended = Promise.all([signIns, ...others]).finally(() => (isOver = true));
  while (!isOver)
    answers['me']?.push(
      (await world.call('GET', '/v1/me', undefined, from('203.0.113.3', reader))).status,
    );
  await ended;
  return answers;
}

test.each([
  ['sixty networks', (i: number) => `198.51.100.${i}`, [401]],
  ['one network', () => '192.0.2.1', [401, 429]],
])(
  'sixty sign-ins at once from %s keep nobody else from being answered, and end in no 503',
  async (_, address, expected) => {
    const signIns = Promise.all(
      Array.from({ length: SIGN_INS }, (__, i) => signIn(`nobody-${i}`, 'wrong', address(i))),
    );
    const answers = await askMeanwhile(signIns);
    const { me, ...others } = answers;
    expect(others).toEqual({ signIn: [201], start: [201, 201] });
    expect(new Set(me)).toEqual(new Set([200]));
    expect([...new Set(await signIns)].sort()).toEqual(expected);
  },
);
