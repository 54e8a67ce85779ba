import type { BrowserContext, Page } from 'playwright-core';
import { CHROMIUM } from '../support/browser.js';
import { People, type Person } from '../support/browser-people.js';
import { eventually } from '../support/eventually.js';
import { account, team, verify } from '../support/make.js';

// Real: Chromium with several tabs, the app as it was built, the three roles, PostgreSQL, the queue. Fake: the
// telephone network (simulator). The browser cuts the network; the api is stopped and started again.

(CHROMIUM === undefined ? describe.skip : describe)('live events in a browser', () => {
  let people: People;
  beforeAll(async () => {
    people = await People.gather();
  });
  afterAll(() => people.leave());

  /** Begins to count which streams the tabs of a browser ask for. */
  function countStreams(context: BrowserContext): { lastIds: (string | undefined)[] } {
    const counted: { lastIds: (string | undefined)[] } = { lastIds: [] };
    context.on('request', (request) => {
      if (request.url().endsWith('/v1/events'))
        counted.lastIds.push(request.headers()['last-event-id']);
    });
    return counted;
  }

  /** Listens to what the tabs pass one another, in a page that isn't one of them. */
  async function overhear(person: Person): Promise<Page> {
    const page = await person.context.newPage();
    await page.goto('/app/icon.svg');
    await page.evaluate(`
      window.heard = [];
      new BroadcastChannel('dingline-live').onmessage = ({ data }) => window.heard.push(data);`);
    return page;
  }
  const listHeard = async (page: Page): Promise<string[]> =>
    (await page.evaluate<{ kind: string; event?: { kind: string } }[]>('window.heard')).map(
      ({ kind, event }) => event?.kind ?? kind,
    );

  const note = (person: Person, text: RegExp) => person.page.getByRole('status').getByText(text);

  test('come by one stream for all tabs; the next tab goes on where the first stopped, and misses none', async () => {
    const { world } = people;
    const ann = await account(world, 'Ann', '+12025550143');
    const bob = await account(world, 'Bob', '+12025550144');
    for (const one of [ann, bob]) await verify(world, one);
    await team(world, [ann, bob]);
    const ding = async (text: string): Promise<void> => {
      const body = { recipientIds: [bob.id], text, channel: 'app' };
      const { status } = await world.call('POST', '/v1/dings', body, ann);
      expect(status).toBe(201);
    };

    const person = await people.add();
    const counted = countStreams(person.context);
    const watcher = await overhear(person);
    await people.signInAs(bob.login, person);
    await eventually('a stream', async () => (await listHeard(watcher)).includes('hello'));
    const second = await person.openTab();
    await second.goto('/app/me');
    await second.getByRole('heading', { level: 1, name: 'Me' }).waitFor();
    await ding('The first.');
    const countCreated = async () =>
      (await listHeard(watcher)).filter((kind) => kind === 'ding.created').length;
    await eventually('the event', async () => (await countCreated()) === 1);
    expect(counted.lastIds).toEqual([undefined]);

    await person.page.close();
    await ding('The second.');
    await eventually('the next event', async () => (await countCreated()) === 2);
    expect(counted.lastIds).toHaveLength(2);
    expect(counted.lastIds[1]).toMatch(/^1\./);
    expect((await listHeard(watcher)).filter((kind) => kind === 'hello')).toHaveLength(1);
    await person.leave();
  });

  test('a train without network is told, and is over within seconds of its end', async () => {
    const person = await people.addSignedIn('bob');
    person.expectComplaint(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|ERR_CONNECTION/);
    const watcher = await overhear(person);
    await person.context.setOffline(true);
    await note(person, /^You are offline/).waitFor();
    expect(await person.findFaults()).toEqual([]);
    const since = Date.now();
    await person.context.setOffline(false);
    await note(person, /^You are offline/).waitFor({ state: 'detached' });
    await eventually('the stream again', async () => (await listHeard(watcher)).at(-1) === 'open');
    expect(Date.now() - since).toBeLessThan(5000);
    await person.leave();
  });

  test('a server that is away is told, and found again within seconds of its return', async () => {
    const person = await people.addSignedIn('carl');
    person.expectComplaint(/ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY|ERR_NETWORK/);
    const watcher = await overhear(person);
    await people.world.stop('api');
    await note(person, /^The server can’t be reached/).waitFor();
    expect(await person.findFaults()).toEqual([]);
    await people.world.boot('api');
    const since = Date.now();
    await eventually('the stream again', async () => (await listHeard(watcher)).at(-1) === 'open');
    await note(person, /^The server can’t be reached/).waitFor({ state: 'detached' });
    expect(Date.now() - since).toBeLessThan(5000);
  });
});
