import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { CHROMIUM } from '../support/browser.js';
import { type Look, People, type Person as Viewer } from '../support/browser-people.js';
import { account, consent, type Person, team, verify } from '../support/make.js';

// Real: Chromium, the app as it was built, the three roles over HTTP, PostgreSQL, the queue. Fake: the telephone
// network (simulator), and what the clocks show. `npm run pictures` keeps what is taken here in docs/pictures/.

const AT = new Date('2026-03-14T22:04:00Z');
const MOST_BYTES = 60_000;
const ROOT = path.join(__dirname, '../..');
const FOLDER = process.env['PICTURES'];

/** None of them is anybody's: 555-0100 to 555-0199 are kept for stories. */
const NUMBERS = { Ann: '+12025550143', Bob: '+13105550171', Carl: '+16175550112' };

(CHROMIUM === undefined ? describe.skip : describe)('pictures of the app', () => {
  let people: People;
  let ann: Person;
  let bob: Person;
  let carl: Person;
  const taken = new Map<string, number>();

  beforeAll(async () => {
    people = await People.gather({ at: AT });
    [ann, bob, carl] = [await make('Ann'), await make('Bob'), await make('Carl')];
    const teamId = await team(people.world, [ann, bob, carl]);
    await consent(people.world, ann, teamId);
    // Who has joined in one moment stands in the order of ids, which are drawn.
    const text = `UPDATE team_members SET joined_at = joined_at + interval '1 s' WHERE account_id = $1`;
    await people.world.rows(text, [carl.id]);
  });
  afterAll(() => people.leave());

  async function make(name: keyof typeof NUMBERS): Promise<Person> {
    const person = await account(people.world, name, NUMBERS[name]);
    await verify(people.world, person);
    return person;
  }

  /** Signs in by a browser whose clock shows what the server's does, and goes on. */
  async function open({ login }: Person, look: Look = {}): Promise<Viewer> {
    const viewer = await people.add({ ...look, scale: 2, timeZone: 'Europe/Berlin' });
    viewer.expectComplaint(/status of 4(04|29) .*caller-id/);
    await viewer.context.clock.setFixedTime(people.world.clock.now());
    await people.signInAs(login, viewer);
    return viewer;
  }

  async function take({ page }: Viewer, name: string): Promise<void> {
    await page.evaluate('document.fonts.ready');
    await page.evaluate('document.activeElement?.blur()'); // no ring around what a script has chosen
    const session = await page.context().newCDPSession(page);
    const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 80 });
    await session.detach();
    const picture = Buffer.from(data, 'base64');
    expect(picture.length).toBeLessThan(MOST_BYTES);
    taken.set(`${name}.webp`, picture.length);
    if (FOLDER === undefined) return;
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(path.join(FOLDER, `${name}.webp`), picture);
  }

  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

  test('show a number being verified, and the team', async () => {
    const dora = await account(people.world, 'Dora', '+12125550187');
    const viewer = await open(dora);
    const { page } = viewer;
    await page.goto('/app/number');
    await page.getByLabel('Phone number').fill(dora.number);
    await button(page, 'Send me a code by SMS').click();
    await dora.phone.expectSms(/#(\d{6})$/);
    await page.getByLabel('Code').waitFor();
    await take(viewer, 'number');
    await viewer.leave();

    const anns = await open(ann);
    await anns.page.goto('/app/teams');
    await anns.page.getByRole('link', { name: 'Night shift' }).click();
    await anns.page.getByRole('heading', { level: 1, name: 'Night shift' }).waitFor();
    await take(anns, 'team');
    await anns.leave();
  });

  test('show a Ding as its sender follows it, and as it fills a screen', async () => {
    const [anns, wide] = [await open(ann), await open(ann, { screen: 'desk' })];
    const bobs = await open(bob, { theme: 'dark' });
    const { page } = anns;
    await page.goto('/app/dings/new');
    for (const name of ['Bob', 'Carl']) await page.getByRole('checkbox', { name }).check();
    await page.getByLabel('What is it about?').fill('The cellar is under water. Bring the pump.');
    await button(page, 'Send the Ding to 2 people').click();
    const [bobsCall, carlsCall] = [await bob.phone.expectRing(), await carl.phone.expectRing()];
    await bobs.page.getByRole('dialog').getByText(ann.number).waitFor();
    await take(bobs, 'ding-to-me');
    await carlsCall.answer();
    await carlsCall.press('1');
    await carlsCall.expectEnded();
    await page.getByText('The call is over.').waitFor();
    await take(anns, 'ding');
    await wide.page.goto(page.url());
    await wide.page.getByText('The call is over.').waitFor();
    await take(wide, 'ding-wide');
    await bobsCall.answer();
    await bobsCall.press('1');
    await bobsCall.expectEnded();
    for (const one of [anns, wide, bobs]) await one.leave();
  });

  test('show a conference with everybody’s number while it lasts', async () => {
    const [anns, wide] = [await open(ann), await open(ann, { screen: 'desk', theme: 'dark' })];
    const { page } = anns;
    await page.goto('/app/conferences/new');
    for (const name of ['Bob', 'Carl']) await page.getByRole('checkbox', { name }).check();
    await button(page, 'Call all now').click();
    const calls = await Promise.all([ann, bob, carl].map(({ phone }) => phone.expectRing()));
    for (const call of calls) {
      await call.answer();
      await call.press('1');
      await call.expectInRoom();
    }
    await wide.page.goto(page.url());
    for (const viewer of [anns, wide]) {
      for (const { number } of [bob, carl]) await viewer.page.getByText(number).waitFor();
      for (const nth of [0, 1])
        await viewer.page.getByText('In the room', { exact: true }).nth(nth).waitFor();
      await button(viewer.page, 'Mute me').waitFor();
    }
    await take(anns, 'conference');
    await take(wide, 'conference-wide');
    await button(page, 'End for all').click();
    await page.getByRole('dialog').getByRole('button', { name: 'End for all' }).click();
    for (const call of calls) await call.expectEnded();
    for (const one of [anns, wide]) await one.leave();
  });

  test('are those that the docs show, each of them small', () => {
    const kept = readdirSync(path.join(ROOT, 'docs/pictures'));
    expect(kept.sort()).toEqual([...taken.keys()].sort());
    const docs = ['README.md', 'docs/app.md'].map((file) =>
      readFileSync(path.join(ROOT, file), 'utf8'),
    );
    const shown = docs.flatMap((text) =>
      [...text.matchAll(/pictures\/([\w-]+\.webp)/g)].map(([, name]) => name),
    );
    expect([...new Set(shown)].sort()).toEqual(kept);
  });
});
