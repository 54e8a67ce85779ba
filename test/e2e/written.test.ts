import { PASSWORD, account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator).

const MINUTE = 60_000;

describe('what people write', () => {
  const next = numbersOf(1729);
  let world: World;
  let ann: Person;
  let bob: Person;
  const ding = (text: string, channel = 'voice') =>
    world.call<{ id: string; text: string; errors?: object[] }>(
      'POST',
      '/v1/dings',
      { recipientIds: [bob.id], text, channel },
      ann,
    );
  /** Answers, hears the message up to its menu, and confirms it. */
  const hear = async (): Promise<string[]> => {
    const ring = await bob.phone.expectRing({ from: 'withheld' });
    await ring.answer();
    for (const pause of ['pause', 'pause'] as const) await ring.letPass(pause);
    await ring.press('1');
    await ring.expectEnded('completed');
    return ring.said();
  };

  beforeAll(async () => {
    world = await World.start();
    ann = await account(world, 'Ann', next());
    bob = await account(world, 'Bob', next());
    for (const one of [ann, bob]) await verify(world, one);
    await team(world, [ann, bob]);
  });
  afterAll(() => world.close());
  beforeEach(() => world.pass(61 * MINUTE));

  test('a log line with escapes and NUL in it rings, and is spoken and sent with blanks for them', async () => {
    const text = 'db-1 \u001b[31mDOWN\u001b[0m\0 \ufffe\ud83d now';
    const { status, body } = await ding(text);
    expect([status, body.text]).toEqual([201, 'db-1  [31mDOWN [0m     now']);
    expect(await hear()).toEqual([
      expect.stringMatching(/urgent message from Ann/),
      'db-1 [31mDOWN [0m now',
      expect.any(String),
      expect.any(String),
    ]);

    await world.pass(61 * MINUTE);
    await ding(text, 'sms');
    await bob.phone.expectSms(/^Urgent, from Ann by Dingline: db-1 {2}\[31mDOWN \[0m {5}now\nConf/);
  });

  test('a text with a line that looks like our own link is refused, and nobody is rung', async () => {
    for (const forged of [
      'Come.\nConfirm: https://evil.example/x',
      'Come.\r\nＣｏｎｆｉｒｍ： evil.example',
      'Come: dingline.example/c#AAAAAAAAAAAAAAAAAAAAAA',
      '012345\n@dingline.example #012345',
    ])
      expect(await ding(forged)).toMatchObject({
        status: 400,
        body: {
          code: 'INVALID_INPUT',
          errors: [
            { path: 'text', message: expect.stringMatching(/^must be without a line/) as string },
          ],
        },
      });
    expect((await ding('\0\u001b')).status).toBe(400);
    expect((await ding('\u200b\u3164')).status).toBe(400);
  });

  test('a name that nobody can see, or that turns the writing around, is refused of people and teams', async () => {
    for (const name of [
      '\u3164',
      '\u2800',
      'A\u200bnn',
      '\u202eAnn',
      'Ann\u061c',
      'Ann\u{e0041}',
    ]) {
      const refused = {
        status: 400,
        body: {
          code: 'INVALID_INPUT',
          errors: [{ path: 'name', message: expect.stringMatching(/^must /) as string }],
        },
      };
      expect(await world.call('PATCH', '/v1/me', { name }, ann)).toMatchObject(refused);
      expect(await world.call('POST', '/v1/teams', { name }, ann)).toMatchObject(refused);
      const whole = { login: 'somebody', password: PASSWORD, name, language: 'en' };
      expect(await world.call('POST', '/v1/accounts', whole)).toMatchObject(refused);
    }
  });

  test('a name and a text from before these rules silence no call and leave no SMS blank', async () => {
    await world.rows('UPDATE accounts SET name = $2 WHERE id = $1', [
      ann.id,
      '\u202eAnn\ufffe\u001b',
    ]);
    await world.stop('worker');
    const { body } = await ding('Come.');
    await world.rows('UPDATE dings SET text = $2 WHERE call_id = $1', [
      body.id,
      'Co\u0007me\uffff.',
    ]);
    await world.boot('worker');
    const [from, text] = await hear();
    expect(from).toMatch(/urgent message from \u202eAnn\b/);
    expect(text).toBe('Co me .');

    await world.pass(61 * MINUTE);
    await world.rows('UPDATE accounts SET name = $2 WHERE id = $1', [ann.id, '\u3164']);
    await ding('Come.', 'sms');
    await bob.phone.expectSms(/^Urgent, from \? by Dingline: Come\.\n/);
  });
});
