import type { Page, Request } from 'playwright-core';
import { CHROMIUM } from '../support/browser.js';
import { DingPeople } from '../support/browser-dings.js';
import { type Person, type Screen, SCREENS } from '../support/browser-people.js';

// Real: Chromium, the app as it was built, the three roles over HTTP, PostgreSQL, the queue. Fake: the telephone
// network (simulator). Requests, bytes and movements are counted, and no time is measured: each answer of the API waits
// until the page has shown what it is without it.

/** Measured: 14, one of them the redirect from `/`. */
const MOST_TO_SIGN_IN = 17;
/** Measured: 24 for a team; for a new Ding 29, since the words of where a way stands are a file of their own. */
const MOST_FOR_A_VIEW = 32;
/** Measured: 21,823 bytes, compressed. */
const MOST_SCRIPT_TO_SIGN_IN = 30_000;
/** Measured: 0.012. What people notice begins at 0.1, says https://web.dev/articles/cls. */
const MOST_SHIFT = 0.03;

const VIEWS = ['dings', 'dings/new', 'conferences', 'conferences/new', 'teams', 'number', 'me'];

(CHROMIUM === undefined ? describe.skip : describe)('what a first look costs', () => {
  let dings: DingPeople;
  beforeAll(async () => {
    dings = await DingPeople.gather();
  });
  afterAll(() => dings.people.leave());

  /** What a page asks for from now on, by path, and how many bytes its scripts are. */
  class Costs {
    readonly asked: string[] = [];
    scriptBytes = 0;
    private readonly pending = new Set<Request>();

    constructor(private readonly page: Page) {
      page.on('request', (request) => {
        const { pathname } = new URL(request.url());
        this.asked.push(pathname);
        if (pathname !== '/v1/events') this.pending.add(request);
      });
      page.on('requestfailed', (request) => this.pending.delete(request));
      page.on('requestfinished', (request) => this.pending.delete(request));
      page.on('response', (response) => {
        if (response.url().endsWith('.js'))
          this.scriptBytes += Number(response.headers()['content-length'] ?? Infinity);
      });
    }

    /** Until a heading is there, and nothing that was asked for is on its way. */
    async settle(): Promise<void> {
      await this.page.getByRole('heading', { level: 1 }).waitFor();
      do await showFrames(this.page);
      while (this.pending.size > 0);
    }
  }

  const showFrames = (page: Page): Promise<unknown> =>
    page.evaluate(
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))',
    );

  /** Two frames are shown before each answer of the API. */
  async function holdAnswers({ page }: Person): Promise<void> {
    await page.route(/\/v1\/(?!events)/, async (route) => {
      await showFrames(page).catch(() => undefined); // the page is on its way to another address
      await route.continue();
    });
  }

  /** Adds up what moves by itself: a part of the screen, times how far. */
  async function watchShifts({ context }: Person): Promise<void> {
    await context.addInitScript(`
      window.shift = 0;
      new PerformanceObserver((list) => {
        for (const { value } of list.getEntries()) window.shift += value;
      }).observe({ type: 'layout-shift', buffered: true });`);
  }
  const readShift = (page: Page): Promise<number> => page.evaluate<number>('window.shift');

  test.each(Object.keys(SCREENS) as Screen[])('to sign in, at a %s', async (screen) => {
    const person = await dings.people.add({ screen });
    await watchShifts(person);
    const costs = new Costs(person.page);
    await person.page.goto('/');
    await costs.settle();
    expect(await person.page.getByLabel('Login').isEditable()).toBe(true);
    expect(costs.asked.filter((path) => path.startsWith('/v1/'))).toEqual([]);
    expect(costs.asked.length).toBeLessThanOrEqual(MOST_TO_SIGN_IN);
    expect(costs.scriptBytes).toBeGreaterThan(5000);
    expect(costs.scriptBytes).toBeLessThan(MOST_SCRIPT_TO_SIGN_IN);
    expect(await readShift(person.page)).toBeLessThan(MOST_SHIFT);
    // And what moves is seen.
    await person.page.evaluate(`
      const block = document.createElement('div');
      block.append(...Array.from({ length: 9 }, () => document.createElement('br')));
      document.body.prepend(block);`);
    await showFrames(person.page);
    expect(await readShift(person.page)).toBeGreaterThan(MOST_SHIFT);
  });

  test.each(Object.keys(SCREENS) as Screen[])('of each view, at a %s', async (screen) => {
    const [ann, bob] = [await dings.make(`Ann ${screen}`), await dings.make('Bob')];
    await dings.team(ann, bob);
    const { at } = await dings.open(ann, { screen });
    const { page } = at;
    const teamId = await page.evaluate<string>(
      "fetch('/v1/teams').then((answer) => answer.json()).then(({ teams }) => teams[0].id)",
    );
    await watchShifts(at);
    await holdAnswers(at);
    for (const view of [...VIEWS, `teams/${teamId}`]) {
      const costs = new Costs(page);
      await page.goto(`/app/${view}`);
      await costs.settle();
      if (costs.asked.length > MOST_FOR_A_VIEW)
        throw new Error(`${view} asks for ${costs.asked.join(' ')}`);
      const shift = await readShift(page);
      if (shift > MOST_SHIFT) throw new Error(`${view} moves by ${String(shift)}`);
    }
    await at.leave();
  });
});
