import { randomBytes } from 'node:crypto';
import type { Browser, Locator } from 'playwright-core';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { CHROMIUM } from '../support/browser.js';
import { launchBrowser, Person } from '../support/browser-people.js';

// Real: the simulator with its page, and Chromium at it. Calls and texts come by the carrier's REST API.

const ANN = '+14155550101';
const BOB = '+14155550102';
const ACCOUNT = `AC${'0123456789abcdef'.repeat(2)}`;
const [authToken, controlToken] = [
  randomBytes(16).toString('hex'),
  randomBytes(16).toString('hex'),
];
const LISTENS =
  '<Response><Gather timeout="600" numDigits="20" finishOnKey=""><Say>Go on</Say></Gather></Response>';

(CHROMIUM === undefined ? describe.skip : describe)('the page of the phones', () => {
  let simulator: Simulator;
  let browser: Browser;
  let person: Person;
  beforeAll(async () => {
    const speed = { speechMsPerChar: 0, stepMs: 0 };
    simulator = await startSimulator({
      port: 0,
      accountSid: ACCOUNT,
      authToken,
      controlToken,
      ...speed,
    });
    browser = await launchBrowser();
    person = await Person.open(await browser.newContext());
    await person.page.goto(simulator.addresses.handsets);
    for (const number of [ANN, BOB]) await send('Messages', { To: number, Body: 'Hello' });
    await phone(BOB).getByText('Hello').waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await simulator.close();
    expect(person.complaints).toEqual([]);
  });

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
  const ring = (number: string) => send('Calls', { To: number, Twiml: LISTENS });
  const phone = (number: string): Locator =>
    person.page.getByRole('region', { name: `Phone ${number}` });
  const getFocused = () => person.page.locator(':focus').getAttribute('aria-label');
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await person.page.keyboard.press(key);
  };

  test('a phone that has the focus is answered, dialled on and hung up by the keyboard alone', async () => {
    await ring(ANN);
    await phone(ANN).getByRole('button', { name: 'Answer the call' }).waitFor();
    await person.page.getByRole('status').getByText(`${ANN} is rung`).waitFor();
    expect(await person.findFaults()).toEqual([]);
    await phone(ANN).focus();
    await press('Enter');
    await phone(ANN).getByText('The call listens for keys').waitFor();
    expect(await person.findFaults()).toEqual([]);
    await press(...'0123456789*#');
    await phone(ANN).locator('.keycap').nth(11).waitFor();
    expect((await phone(ANN).locator('.keycap').allTextContents()).join('')).toBe('0123456789*#');
    await press('Escape');
    await phone(ANN).getByText('Call · ended').waitFor();
    expect(await person.findFaults()).toEqual([]);
  });

  test('the focus stays where it was while the phone is drawn anew, and declines by Esc', async () => {
    await ring(BOB);
    const answer = phone(BOB).getByRole('button', { name: 'Answer the call' });
    await answer.focus();
    await send('Messages', { To: BOB, Body: 'Meanwhile' });
    await phone(BOB).getByText('Meanwhile').waitFor();
    expect(await getFocused()).toBe('Answer the call');
    await press('Escape');
    await phone(BOB).getByText('Call · declined').waitFor();
  });

  test('keys go to no other phone, and what is typed into a field dials nowhere', async () => {
    await ring(ANN);
    await phone(ANN).getByRole('button', { name: 'Answer the call' }).click();
    await phone(ANN).getByText('The call listens for keys').waitFor();
    const pressed = () => phone(ANN).locator('.call.live .keycap').allTextContents();
    await phone(BOB).focus();
    await press('1', 'Enter', 'Escape');
    await person.page.getByRole('textbox', { name: 'Number' }).focus();
    await press('2', '3');
    await phone(ANN)
      .getByLabel(/^What .* does$/)
      .focus();
    await press('4');
    await phone(ANN).focus();
    await press('Control+5', '6');
    await phone(ANN).locator('.call.live .keycap', { hasText: '6' }).waitFor();
    expect(await pressed()).toEqual(['6']);
    await press('Escape');
    await phone(ANN).getByText('Call · ended').nth(1).waitFor();
  });

  test('one button takes all troubles away and empties the phones', async () => {
    const { page } = person;
    await page.getByText('Troubles of the carrier').click();
    const trouble = page.getByRole('button', { name: 'The carrier loses SMS (30008)' });
    await trouble.click();
    await page.getByText('Troubles of the carrier: 1').waitFor();
    expect(await trouble.getAttribute('aria-pressed')).toBe('true');
    expect(await getFocused()).toBe('The carrier loses SMS (30008)');
    await phone(BOB)
      .getByLabel(/^What .* does$/)
      .selectOption('busy');
    expect(await person.findFaults()).toEqual([]);
    await page.getByRole('button', { name: /^Reset/ }).click();
    for (const number of [ANN, BOB]) await phone(number).getByText('Nothing yet').waitFor();
    expect(await trouble.getAttribute('aria-pressed')).toBe('false');
    expect(
      await phone(BOB)
        .getByLabel(/^What .* does$/)
        .inputValue(),
    ).toBe('');
    expect(await person.findFaults()).toEqual([]);
  });
});
