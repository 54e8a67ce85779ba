import { randomBytes } from 'node:crypto';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { CHROMIUM } from '../support/browser.js';
import { launchBrowser, Person } from '../support/browser-people.js';
import { eventually } from '../support/eventually.js';

// Real: the simulator with its split view and its phones, and Chromium at them. Fake: the app beside them, an empty
// page. Calls and texts come by the carrier's REST API.

const PHONES = ['+14155550101', '+14155550102', '+14155550103', '+14155550104'] as const;
const LAST = PHONES[3];
const ACCOUNT = `AC${'0123456789abcdef'.repeat(2)}`;
const HEIGHT = 700;
const APP = 'http://localhost:9';
const [authToken, controlToken] = [
  randomBytes(16).toString('hex'),
  randomBytes(16).toString('hex'),
];

(CHROMIUM === undefined ? describe.skip : describe)('the split view, at a phone’s width', () => {
  let simulator: Simulator;
  let browser: Browser;
  let person: Person;
  let page: Page;
  beforeAll(async () => {
    const speed = { speechMsPerChar: 0, stepMs: 0 };
    const accountSid = ACCOUNT;
    simulator = await startSimulator({
      port: 0,
      accountSid,
      authToken,
      controlToken,
      app: APP,
      ...speed,
    });
    browser = await launchBrowser();
    person = await open();
    page = person.page;
    await page.goto(simulator.addresses.split ?? '');
    for (const number of PHONES)
      for (const part of ['first', 'second', 'third'])
        await send('Messages', { To: number, Body: `The ${part} text. `.repeat(20) });
    await phones().getByText('The third text.').nth(3).waitFor({ state: 'attached' });
  });
  afterAll(async () => {
    await browser.close();
    await simulator.close();
    expect(person.complaints).toEqual([]);
  });

  async function open(): Promise<Person> {
    const context = await browser.newContext({ viewport: { width: 390, height: HEIGHT } });
    const empty = '<!doctype html><html lang="en"><title>App</title><h1>App</h1></html>';
    await context.route(`${APP}/**`, (route) =>
      route.fulfill({ contentType: 'text/html', body: empty }),
    );
    return Person.open(context);
  }
  async function send(resource: 'Messages' | 'Calls', fields: Record<string, string>) {
    const url = `${simulator.url}/2010-04-01/Accounts/${ACCOUNT}/${resource}.json`;
    const login = Buffer.from(`${ACCOUNT}:${authToken}`).toString('base64');
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Basic ${login}` },
      body: new URLSearchParams({ From: '+15005550006', ...fields }),
    });
    expect(response.status).toBe(201);
  }
  const ring = (number: string) =>
    send('Calls', { To: number, Twiml: '<Response><Pause length="600"/></Response>' });
  const phones = (): FrameLocator => page.frameLocator('#phones');
  const phone = (number: string) => phones().getByRole('region', { name: `Phone ${number}` });

  /** Resolves when the buttons of a phone that rings are in view, and the newest on its screen. */
  async function seeRinging(number: string): Promise<void> {
    const newest = phone(number).getByText('Call · ringing');
    await newest.waitFor();
    await eventually(`${number} to be in view`, async () => {
      const [pad, words] = await Promise.all([
        phone(number).getByText('or leave it ringing').boundingBox(),
        newest.boundingBox(),
      ]);
      if (pad === null || words === null) return undefined;
      return words.y > 0 && words.y < pad.y && pad.y + pad.height < HEIGHT ? true : undefined;
    });
  }

  test('what rang while the app was shown is in view as soon as the phones are', async () => {
    await ring(LAST);
    await page.getByRole('button', { name: 'Phones: 1 ringing' }).click();
    await seeRinging(LAST);
    await phone(LAST).getByRole('button', { name: 'Decline the call' }).click();
    await phone(LAST).getByText('Call · declined').waitFor();
  });

  test('a browser that isn’t let in is told nothing about phones', async () => {
    const late = await open();
    late.expectComplaint(/status of 401/);
    await late.page.goto(simulator.addresses.split ?? '');
    await late.page.getByRole('button', { name: 'Phones' }).click();
    const frame = late.page.frameLocator('#phones');
    await frame.getByText('open the newest address').waitFor();
    expect(await frame.getByText('No phone is in use yet').count()).toBe(0);
    expect(late.complaints).toEqual([]);
    await late.leave();
  });
});
