import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FrameLocator, Page } from 'playwright-core';
import { CHROMIUM } from '../support/browser.js';
import { launchBrowser, Person } from '../support/browser-people.js';
import { endAll, Program } from '../support/processes.js';
import { freePort } from '../support/servers.mjs';

// Real: `npm run demo` as a process of its own, with PostgreSQL from npm, the roles and the simulator, and Chromium at
// the address that it prints. It rings no real phone.

const whereBrowsers = CHROMIUM === undefined ? describe.skip : describe;
const DEMO = path.join(__dirname, '../../dist/embedded/demo.js');
const PORTS = ['API', 'INGRESS', 'WORKER', 'SIMULATOR', 'POSTGRES'].map((name) => `${name}_PORT`);

whereBrowsers('the demo, in a browser', () => {
  let home: string;
  let demo: Program;
  let printed: string;
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  let person: Person;
  const requests: string[] = [];

  beforeAll(async () => {
    home = mkdtempSync(path.join(tmpdir(), 'dingline-demo-'));
    chmodSync(home, 0o755);
    const env: Record<string, string> = { DATA_DIR: path.join(home, 'data'), METRICS_PORT: 'none' };
    for (const name of PORTS) env[name] = String(await freePort());
    demo = new Program(DEMO, [], env);
    [printed = ''] = await demo.prints(/http:\/\/localhost:\d+\/split#\S+/);
    browser = await launchBrowser();
    person = await open();
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    demo.kill('SIGTERM');
    expect(await demo.ended).toBe(0);
    await endAll(home);
    rmSync(home, { recursive: true, force: true });
  });

  async function open(): Promise<Person> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    context.on('request', (request) => {
      requests.push(`${request.url()}\n${JSON.stringify(request.headers())}`);
    });
    return Person.open(context);
  }
  const inApp = (page: Page): FrameLocator => page.frameLocator('#app');
  const inPhones = (page: Page): FrameLocator => page.frameLocator('#phones');
  const tokens = (): string[] => [...new URLSearchParams(new URL(printed).hash.slice(1)).values()];

  test('the printed address opens signed in, with the story’s Ding and everybody’s phones', async () => {
    const { page } = person;
    await page.goto(printed);
    const app = inApp(page);
    await app.getByText('The pump in hall 3 has stopped.').first().waitFor();
    await inPhones(page).getByRole('heading', { name: 'Carl' }).waitFor();
    expect(page.url()).toBe(printed.split('#')[0]);
    expect(page.frames().map((frame) => frame.url())).toEqual([
      page.url(),
      expect.stringMatching(/^http:\/\/localhost:\d+\/app\/$/),
      page.url().replace('/split', '/handsets'),
    ]);
    await app.getByRole('link', { name: 'Conferences' }).click();
    await app.getByRole('main').getByRole('link').first().waitFor();
  });

  test('whom the story has called can be called at once', async () => {
    const { page } = person;
    const app = inApp(page);
    await app.getByRole('link', { name: 'Dings', exact: true }).click();
    await app.getByRole('link', { name: 'New Ding' }).click();
    for (const name of ['Carl', 'Dora']) await app.getByRole('checkbox', { name }).check();
    await app.getByLabel('What is it about?').fill('Is it quiet now?');
    await app.getByRole('button', { name: 'Send the Ding to 2 people' }).click();
    for (const name of [/^Phone Carl/, /^Phone Dora/])
      await inPhones(page)
        .getByRole('region', { name })
        .getByRole('button', { name: 'Answer the call' })
        .waitFor();
    await app.getByRole('button', { name: 'Take it back' }).click();
    await app.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click();
    await app.getByText('It was taken back.').waitFor();
  });

  test('no request’s address and no page keeps what lets one in', async () => {
    const { page } = person;
    expect(tokens()).toHaveLength(2);
    for (const token of tokens()) {
      expect(requests.filter((request) => request.split('\n')[0]?.includes(token))).toEqual([]);
      for (const frame of page.frames()) expect(await frame.content()).not.toContain(token);
    }
  });

  test('a ring is answered on the right by keyboard, and the left shows it as it happens', async () => {
    const { page } = person;
    const app = inApp(page);
    await app.getByRole('link', { name: 'Dings', exact: true }).click();
    await app.getByRole('link', { name: 'New Ding' }).click();
    await app.getByRole('checkbox', { name: 'Bob' }).check();
    await app.getByLabel('What is it about?').fill('The pump runs again.');
    await app.getByRole('button', { name: 'Send the Ding to 1 person' }).click();
    const phone = inPhones(page).getByRole('region', { name: /^Phone Bob/ });
    await phone.getByRole('button', { name: 'Answer the call' }).waitFor();
    await app.getByText('The phone is ringing.').waitFor();
    expect(await person.findFaults()).toEqual([]);
    await phone.focus();
    await page.keyboard.press('Enter');
    await phone.getByText('The call listens for keys').waitFor();
    await page.keyboard.press('1');
    await app.getByText('Confirmed by a key on the phone.').waitFor();
  });

  test('the second use of the address says so, and leads to where one signs in', async () => {
    const late = await open();
    late.expectComplaint(/status of 401/);
    await late.page.goto(printed);
    const app = inApp(late.page);
    await app.getByText('This address was used already').waitFor();
    await inPhones(late.page).getByText('open the newest address').waitFor();
    await app.getByRole('link', { name: 'Sign in' }).click();
    await app.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(late.complaints).toEqual([]);
    await late.leave();
  });

  test('axe finds nothing, in both themes and at both widths, in any of the three pages', async () => {
    expect(await person.findFaults()).toEqual([]);
  });

  test('a phone’s width has room for one, and says of the other that it rings', async () => {
    const { page } = person;
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('button', { name: 'Phones' }).click();
    expect(await page.locator('#app').isVisible()).toBe(false);
    await inPhones(page).getByRole('heading', { name: 'Phones' }).waitFor();
    await page.getByRole('button', { name: 'App' }).click();
    expect(await page.locator('#phones').isVisible()).toBe(false);
    expect(person.complaints).toEqual([]);
  });
});
