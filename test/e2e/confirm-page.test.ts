import { LANGUAGES, TEXTS } from '../../src/texts/catalogue.js';
import { type BrowserPage, openPage, type Tab } from '../support/browser-page.js';
import { eventually } from '../support/eventually.js';
import { letFollow } from '../support/follows.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the page's own script, the three roles over HTTP, PostgreSQL, the queue. Fake: the telephone network
// (simulator), and the browser around the script.

const MINUTE = 60_000;
const TEXT = 'The pump in hall 3 has stopped.\nCome <now> & bring "tools".';
const LINK = /\/c#([\w-]{22})$/;

describe("the page behind an SMS's link", () => {
  const next = numbersOf(777);
  let world: World;
  let html: string;
  let ann: Person;
  let bob: Person;
  let requests: { path: string; body: string }[];

  const ding = (channel = 'sms') =>
    world.call<{ id: string }>(
      'POST',
      '/v1/dings',
      { recipientIds: [bob.id], text: TEXT, channel },
      ann,
    );
  const smsLink = async (): Promise<string> => (await bob.phone.expectSms(LINK))[1] as string;
  const open = async (tab: Partial<Tab> & { fragment: string }): Promise<BrowserPage> => {
    const page = openPage(html, {
      languages: ['en-GB'],
      storage: new Map(),
      fetch: async (path, { method, body }) => {
        requests.push({ path, body });
        const answer = await world.call(method, `/${path}`, body);
        return new Response(answer.text, { status: answer.status });
      },
      ...tab,
    });
    await page.settled();
    return page;
  };
  const state = async (id: string) =>
    (await world.call<{ state: string }>('GET', `/v1/dings/${id}`, undefined, ann)).body.state;

  beforeAll(async () => {
    world = await World.start();
    html = (await world.call('GET', '/c')).text;
    ann = await account(world, 'Ann', next());
    bob = await account(world, 'Bob', next());
    for (const one of [ann, bob]) await verify(world, one);
    const both = await team(world, [ann, bob]);
    await world.rows("UPDATE teams SET name = 'Night shift' WHERE id = $1", [both]);
    const other = await team(world, [ann, bob]);
    await world.rows("UPDATE teams SET name = 'Choir' WHERE id = $1", [other]);
    await world.call('DELETE', `/v1/teams/${other}/consent`, undefined, bob);
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    requests = [];
    await world.pass(61 * MINUTE);
  });

  test('says what it is, from whom, by which service and team, when, and what; its button confirms, and the message stays', async () => {
    const sentAt = world.clock.now();
    const { body } = await ding();
    const page = await open({ fragment: await smsLink() });
    expect(html).toMatch(/<h1 id="title">/);
    expect(page.seen('title')).toBe('Confirm an urgent message');
    expect(page.title).toBe('Confirm an urgent message');
    expect(page.seen('from')).toBe('Urgent, from Ann:');
    const time = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short' });
    expect(page.seen('origin')).toBe(
      `Sent by Dingline on ${time.format(sentAt)}\nFor the team: Night shift`,
    );
    expect(page.seen('text')).toBe(TEXT);
    expect(page.seen('state')).toBe('');
    expect(await state(body.id)).toBe('live'); // opening it only reads

    await page.press('button');
    expect(page.seen('state')).toBe(TEXTS.en.confirmPage.confirmed);
    expect(page.seen('button')).toBeUndefined();
    expect(page.seen('text')).toBe(TEXT);
    expect(await state(body.id)).toBe('ended');
  });

  test('takes its secret out of the address, and shows it to nothing but the two requests', async () => {
    await ding();
    const token = await smsLink();
    const page = await open({ fragment: token });
    expect(page.fragment).toBe('');
    await page.press('button');
    expect(requests).toEqual(
      ['read', 'confirm'].map((what) => ({
        path: `v1/ding-links/${what}`,
        body: JSON.stringify({ token }),
      })),
    );
  });

  test('works where site data is blocked; loaded anew there, it asks for the link in the SMS', async () => {
    await ding();
    const page = await open({ fragment: await smsLink(), storage: undefined });
    expect(page.seen('text')).toBe(TEXT);
    await page.press('button');
    expect(page.seen('state')).toBe(TEXTS.en.confirmPage.confirmed);

    const again = await open({ fragment: '', storage: undefined });
    expect(again.seen('state')).toBe('Open the link in the SMS again.');
    expect([again.seen('button'), again.seen('text')]).toEqual([undefined, undefined]);
    expect(requests).toHaveLength(2);
  });

  test('loaded anew in its tab it has its secret still, and in another it asks for the link', async () => {
    await ding();
    const storage = new Map<string, string>();
    await open({ fragment: await smsLink(), storage });
    const again = await open({ fragment: '', storage });
    expect(again.seen('text')).toBe(TEXT);
    await again.press('button');
    expect((await open({ fragment: '' })).seen('state')).toBe('Open the link in the SMS again.');
  });

  test('loads itself anew for another link in the same tab', async () => {
    const page = await open({ fragment: 'A'.repeat(22) });
    expect(page.seen('state')).toBe(TEXTS.en.confirmPage.unknown);
    expect(page.reloads).toBe(0);
    page.follow('B'.repeat(22));
    expect(page.reloads).toBe(1);
  });

  test('says taken back of a Ding that was recalled, and over of one that finished', async () => {
    const { body } = await ding();
    const token = await smsLink();
    const early = await open({ fragment: token });
    await world.call('POST', `/v1/dings/${body.id}/recall`, undefined, ann);
    await early.press('button');
    expect(early.seen('state')).toMatch(/^This message has been taken back\./);
    expect((await open({ fragment: token })).seen('state')).toMatch(/has been taken back\./);

    // The call seemed lost, so that an SMS went out; it rang after all, and Bob wants no more of it.
    await world.pass(61 * MINUTE);
    await bob.phone.trouble({ kind: 'reset', accepted: true, times: 1, channel: 'call' });
    await bob.phone.trouble({ kind: 'callbacks-lost', events: ['initiated', 'ringing'] });
    const second = await ding('voice');
    const ring = await bob.phone.expectRing();
    await letFollow(world);
    const link = await smsLink();
    await world.pass(2 * MINUTE);
    await ring.answer();
    for (const pause of ['pause', 'pause'] as const) await ring.letPass(pause);
    await ring.press('9');
    await ring.expectEnded('completed');
    await eventually('its end', async () => (await state(second.body.id)) === 'ended');
    const late = await open({ fragment: link });
    expect(late.seen('state')).toBe('This message is over. There is nothing more to do.');
    expect([late.seen('from'), late.seen('text')]).toEqual(['', undefined]);
  });

  test('says so where nobody answers, and tries again by its button', async () => {
    await ding();
    let isAway = true;
    const page = await open({
      fragment: await smsLink(),
      fetch: async (path, { method, body }) => {
        if (isAway) throw new TypeError('Failed to fetch');
        const answer = await world.call(method, `/${path}`, body);
        return new Response(answer.text, { status: answer.status });
      },
    });
    expect(page.seen('state')).toBe(TEXTS.en.confirmPage.trouble);
    expect(page.seen('button')).toBe('Try again');
    isAway = false;
    await page.press('button');
    expect(page.seen('button')).toBe(TEXTS.en.confirmPage.confirm);
    isAway = true;
    await page.press('button');
    expect(page.seen('state')).toBe(TEXTS.en.confirmPage.trouble);
    expect(page.seen('text')).toBe(TEXT);
    isAway = false;
    await page.press('button');
    expect(page.seen('state')).toBe(TEXTS.en.confirmPage.confirmed);
  });

  test.each([
    ...LANGUAGES.map((language) => [[`${language}-XX`, 'en'], language] as const),
    [['tlh', 'fr-CA'], 'fr'] as const,
    [['tlh'], 'en'] as const,
    [undefined, 'en'] as const,
  ])('of one who reads %j it is in %s', async (languages, language) => {
    const page = await open({ fragment: '', languages });
    expect(page.language).toBe(language);
    expect(page.seen('title')).toBe(TEXTS[language].confirmPage.title);
    expect(page.seen('state')).toBe(TEXTS[language].confirmPage.no_token);
  });
});
