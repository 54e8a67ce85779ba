import type { Page } from 'playwright-core';
import { CHROMIUM } from '../support/browser.js';
import { People } from '../support/browser-people.js';
import {
  begin,
  button,
  confirm,
  gatherTeam,
  join,
  openAs,
  row,
  see,
  seeNoNumber,
  seeNumber,
} from '../support/conference-pages.js';
import type { Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';

// Real: Chromium, the app as it was built, the three roles over HTTP, PostgreSQL, the queue, live events. Fake: the
// telephone network (simulator). What a hidden page is told, the test tells it: a headless browser hides none.

const MINUTE = 60_000;

(CHROMIUM === undefined ? describe.skip : describe)('a conference in a browser', () => {
  const next = numbersOf(83);
  let people: People;
  let ann: Person;
  let bob: Person;
  let carl: Person;

  beforeAll(async () => {
    people = await People.gather();
  });
  afterAll(() => people.leave());
  beforeEach(async () => {
    await people.world.pass(61 * MINUTE);
    [ann, bob, carl] = (await gatherTeam(people, ['Ann', 'Bob', 'Carl'], next)) as [
      Person,
      Person,
      Person,
    ];
  });

  test('two people see who is in the room and, only while both are in it, each other’s number', async () => {
    const anns = await openAs(people, ann);
    const bobs = await openAs(people, bob, { screen: 'desk', theme: 'dark', language: 'de-DE' });
    const { page } = anns;

    await page.getByRole('link', { name: 'Conferences' }).click();
    await page.getByText('No conference yet.').waitFor();
    expect(await anns.findFaults()).toEqual([]);
    await page.getByRole('link', { name: 'Start a conference' }).click();
    await button(page, 'Call all now').click();
    await page.getByRole('alert').getByText('Choose at least two people.').waitFor();
    await page.getByRole('checkbox', { name: 'Bob' }).check();
    await page.getByText('Carl', { exact: true }).click();
    await page.getByText('Chosen: Bob, Carl').waitFor();
    expect(await anns.findFaults()).toEqual([]);
    await button(page, 'Call all now').dblclick();
    await page.getByText('Your phone rings. Answer it and press 1.').waitFor();
    await see(page, bob, 'Ringing');
    expect(await anns.findFaults()).toEqual([]);

    // It appears on Bob's page by itself.
    await bobs.page.getByRole('link', { name: 'Konferenzen' }).click();
    await bobs.page.getByRole('link', { name: /Begonnen von Ann.*0 von 3 im Raum/s }).click();
    await bobs.page.getByText('Ihr Telefon klingelt.').waitFor();
    expect(await bobs.findFaults()).toEqual([]);
    for (const name of ['Für alle beenden', 'Entfernen: Ann', 'Stummschalten: Ann'])
      expect(await button(bobs.page, name).count()).toBe(0);

    await join(ann);
    await page.getByText('You are in the room.').waitFor();
    await see(bobs.page, ann, 'Im Raum');
    const bobsCall = await join(bob);
    await seeNumber(page, bob);
    await seeNumber(bobs.page, ann);
    expect(await row(page, bob).innerText()).toContain('In the room');
    expect(await anns.findFaults()).toEqual([]);
    expect(await bobs.findFaults()).toEqual([]);
    await (await carl.phone.expectRing()).decline();
    await see(page, carl, 'Busy, or has declined');

    await bobsCall.hangUp();
    await see(page, bob, 'Has hung up');
    await seeNoNumber(page, bob);
    await seeNoNumber(bobs.page, ann);
    await button(bobs.page, 'Mich anrufen').click();
    await bobs.page.getByText('Ihr Telefon klingelt.').waitFor();
    await join(bob);
    await seeNumber(page, bob);
    await seeNumber(bobs.page, ann);

    await button(page, 'End for all').click();
    await page.getByRole('dialog', { name: 'End it for all?' }).waitFor();
    expect(await anns.findFaults()).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'End for all' }).click();
    await page.getByText('Over: it was ended').waitFor();
    await bobs.page.getByText('Vorbei: Sie wurde beendet').waitFor();
    await seeNoNumber(page, bob);
    await seeNoNumber(bobs.page, ann);
    expect(await anns.findFaults()).toEqual([]);

    await page.goBack();
    await page.getByRole('link', { name: /Started by you.*Over: it was ended/s }).waitFor();
    expect(await page.getByRole('link', { name: /Started by you/ }).count()).toBe(1);
    expect(await anns.findFaults()).toEqual([]);
    for (const viewer of [anns, bobs]) await viewer.leave();
  });

  /** All places in which a browser keeps something, as one text. */
  const KEPT = `(async () => {
    const caches_ = await Promise.all((await caches.keys()).map(async (name) => {
      const cache = await caches.open(name);
      return Promise.all((await cache.matchAll()).map((answer) => answer.text()));
    }));
    const databases = await indexedDB.databases();
    return JSON.stringify([
      history.state, location.href, document.title, document.cookie, { ...localStorage }, { ...sessionStorage },
      caches_, databases,
    ]);
  })()`;
  const hide = (page: Page, isHidden: boolean) =>
    page.evaluate<string>(`
      Object.defineProperty(document, 'hidden', { get: () => ${String(isHidden)}, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
      document.documentElement.outerHTML`);

  test('a number is on the page alone, and gone from it at once when nobody looks', async () => {
    const anns = await openAs(people, ann);
    const { page } = anns;
    const url = await begin(page, bob, carl);
    await join(ann);
    await join(bob);
    // Without naming it, so that it isn't in the page's memory by the question.
    await row(page, bob)
      .getByText(/^\+\d+$/)
      .waitFor();
    expect(await findInMemory(page, bob.number)).toBe(true);
    expect(await page.evaluate(KEPT)).not.toContain(bob.number.slice(1));

    expect(await hide(page, true)).not.toContain(bob.number.slice(1));
    await row(page, bob)
      .getByText(/^\+\d+$/)
      .waitFor({ state: 'detached' });
    expect(await findInMemory(page, bob.number)).toBe(false);
    await join(carl);
    await see(page, carl, 'In the room');
    await seeNoNumber(page, carl);
    await hide(page, false);
    await seeNumber(page, bob);
    await seeNumber(page, carl);

    // As a page is that the browser keeps as it is for the way back.
    expect(
      await page.evaluate(`
        dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
        document.documentElement.outerHTML`),
    ).not.toContain(bob.number.slice(1));
    await page.evaluate(`dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))`);
    await seeNumber(page, bob);

    await page.reload();
    await seeNumber(page, bob);
    await page.getByRole('link', { name: 'Call more people' }).click();
    await page.getByText('Nobody else of your teams can be called.').waitFor();
    await seeNoNumber(page, bob);
    expect(await anns.findFaults()).toEqual([]);
    await page.goBack();
    await seeNumber(page, bob);

    const second = await anns.openTab();
    await second.goto(url);
    await seeNumber(second, bob);
    await confirm(second, 'End for all');
    for (const tab of [page, second]) {
      await tab.getByText('Over: it was ended').waitFor();
      await seeNoNumber(tab, bob);
    }
    await anns.leave();
  });

  test('without a network no number is shown, and soon after its return what is true is', async () => {
    const anns = await openAs(people, ann, { screen: 'desk' });
    anns.expectComplaint(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED/);
    const { page } = anns;
    await begin(page, bob, carl);
    await join(ann);
    const bobs = await join(bob);
    await seeNumber(page, bob);
    await anns.context.setOffline(true);
    await seeNoNumber(page, bob);
    await page.getByText('You are offline.').waitFor();
    await bobs.hangUp();
    await people.world.phones.settled();
    await see(page, bob, 'In the room'); // as it was: the note says that it may be old
    await anns.context.setOffline(false);
    await row(page, bob).getByText('Has hung up').waitFor({ timeout: 5000 });
    await seeNoNumber(page, bob);

    // The API itself is away for a while.
    anns.expectComplaint(
      /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET/,
    );
    await join(carl);
    await seeNumber(page, carl);
    await people.world.stop('api');
    await seeNoNumber(page, carl);
    await people.world.boot('api');
    await page.getByText(carl.number).waitFor({ timeout: 5000 });
    await anns.leave();
  });
});

/** Whether it stands anywhere in the page's heap, once what isn't used any more is gone. */
async function findInMemory(page: Page, text: string): Promise<boolean> {
  const session = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await session.detach();
  return chunks.join('').includes(text);
}
