import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import type { Language } from '../../src/texts/catalogue.js';
import { CHROMIUM } from '../support/browser.js';
import { type Look, People, type Person } from '../support/browser-people.js';
import { eventually } from '../support/eventually.js';
import { app } from '../support/make.js';
import { Program } from '../support/processes.js';
import { freePort } from '../support/servers.mjs';
import { handOver, listAskedForCodes, standForCredentials } from '../support/web-otp.js';

// Real: the page, its script and its server as they stand in docs/drop-in.md, on another site than Dingline's;
// Chromium, the element as it was built, the three roles, PostgreSQL, the queue. Fake: the telephone network
// (simulator), and in one test navigator.credentials.

const DOC = path.join(__dirname, '../../docs/drop-in.md');
/** Chromium takes every name below localhost for this machine, and for a site of its own. */
const HOST = 'shop.localhost';
/** What the first button says. */
const SEND = {
  en: 'Send me a code by SMS',
  zh: '用短信发送验证码',
  es: 'Enviarme un código por SMS',
  fr: 'M’envoyer un code par SMS',
  de: 'Code per SMS senden',
  ja: 'SMSでコードを受け取る',
} satisfies Record<Language, string>;
/** Brotli; most of it is how each country's numbers are written. */
const MOST_BYTES = 60_000;

/** The three files of the example, by their names. */
async function readExample(): Promise<[name: string, text: string][]> {
  const doc = await readFile(DOC, 'utf8');
  return [...doc.matchAll(/^`([\w.]+)`[^\n]*\n```\w+\n([^]*?)^```/gm)].map(
    ([, name = '', text = '']) => [name, text],
  );
}

(CHROMIUM === undefined ? describe.skip : describe)('the fields on another page', () => {
  let numbers = 2025550150;
  const next = () => `+1${String(numbers++)}`;
  let people: People;
  let folder: string;
  let server: Program;
  let shop: string;

  beforeAll(async () => {
    people = await People.gather();
    const { id, sid, secret } = await app(people.world, 'Pump shop', { serviceName: 'Pumps' });
    await people.world.rows('UPDATE verify_services SET code_host = $1 WHERE app_id = $2', [
      HOST,
      id,
    ]);
    folder = await mkdtemp(path.join(tmpdir(), 'dingline-shop-'));
    const files = await readExample();
    expect(files.map(([name]) => name)).toEqual(['page.html', 'page.js', 'server.mjs']);
    for (const [name, text] of files)
      await writeFile(
        path.join(folder, name),
        text.replaceAll('http://localhost:3000', people.origin),
      );
    const port = String(await freePort());
    server = new Program(path.join(folder, 'server.mjs'), [], {
      APP_ID: sid,
      APP_SECRET: secret,
      PORT: port,
    });
    await server.prints(/http:/);
    shop = `http://${HOST}:${port}/`;
  });
  afterAll(async () => {
    server.kill('SIGTERM');
    await server.ended;
    await rm(folder, { recursive: true });
    await people.leave();
  });

  async function open(look: Look = {}, prepare?: (page: Page) => Promise<unknown>) {
    // A countdown is by the clock of the page's server, which is the machine's.
    const { clock } = people.world;
    await people.world.pass(Math.max(0, Date.now() - clock.now().getTime()));
    const person = await people.add(look);
    await prepare?.(person.page);
    await person.page.goto(shop);
    await person.page.getByLabel('Phone number').waitFor();
    return person;
  }
  const sms = ({ page }: Person) => page.getByRole('button', { name: 'Send me a code by SMS' });
  const expectAsked = (page: Page, times: number) =>
    eventually(
      'the browser is asked',
      async () => (await listAskedForCodes(page)).length === times,
    );
  const focused = ({ page }: Person) =>
    page.evaluate<string>(
      `document.activeElement.shadowRoot?.activeElement?.getAttribute('autocomplete')`,
    );

  test('by keyboard: the SMS is bound to that page, a wrong code, then the right one, and the page hears of it', async () => {
    const person = await open();
    const { page } = person;
    const number = next();
    const phone = people.world.phones.phone(number);
    expect(await person.findFaults()).toEqual([]);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await focused(person)).toBe('tel');
    await page.keyboard.type(number.replace('+1', ''));
    await page.keyboard.press('Enter');

    const [, code = ''] = await phone.expectSms(/^Pumps: [^]*\n@shop\.localhost #(\d{6})$/);
    await page.getByText('The code goes to +1 ').waitFor();
    expect(await focused(person)).toBe('one-time-code');
    expect(await page.getByLabel('Code').getAttribute('inputmode')).toBe('numeric');
    const wait = page.getByRole('button', { name: /Send it again \(in \d+ seconds\)/ });
    expect(await wait.isDisabled()).toBe(true);
    expect(await person.findFaults()).toEqual([]);
    await page.keyboard.type(code === '111111' ? '222222' : '111111');
    await page.getByRole('alert').getByText('This code is wrong. 4 tries are left.').waitFor();
    expect(await person.findFaults()).toEqual([]);

    await page.getByLabel('Code').focus();
    await page.keyboard.type(code);
    await page.getByRole('heading', { name: 'Thank you' }).waitFor();
    await page.getByText('Your number is verified.').waitFor();
    expect(await person.findFaults()).toEqual([]);
    const [row] = await people.world.rows(
      'SELECT state FROM verifications ORDER BY created_at DESC LIMIT 1',
    );
    expect(row).toEqual({ state: 'approved' });
  });

  test('asks the browser for the code in the SMS, takes it, and asks no longer when it is not needed', async () => {
    const person = await open({}, standForCredentials);
    const { page } = person;
    expect(await listAskedForCodes(page)).toEqual([]);
    const number = next();
    await page.getByLabel('Phone number').fill(number);
    await sms(person).click();
    const [, code = ''] = await people.world.phones.phone(number).expectSms(/#(\d{6})$/);
    await expectAsked(page, 1);
    expect(await listAskedForCodes(page)).toEqual([{ transport: ['sms'], isAborted: false }]);
    await page.getByRole('button', { name: 'Use another number' }).click();
    await page.getByLabel('Phone number').waitFor();
    expect(await listAskedForCodes(page)).toEqual([{ transport: ['sms'], isAborted: true }]);

    // Whoever goes back and on again is sent nothing new: what they were sent is still good.
    await page.getByLabel('Phone number').fill(number);
    await sms(person).click();
    await expectAsked(page, 2);
    await handOver(page, code);
    await page.getByText('Your number is verified.').waitFor();
    expect((await listAskedForCodes(page)).map(({ isAborted }) => isAborted)).toEqual([true, true]);
  });

  test('by a call in place of the SMS, at a desk and in the dark', async () => {
    const person = await open({ screen: 'desk', theme: 'dark' });
    const { page } = person;
    const number = next();
    const phone = people.world.phones.phone(number);
    await page.getByLabel('Phone number').fill(number);
    await page.getByRole('button', { name: 'Call me instead' }).click();
    const ring = await phone.expectRing();
    await page.getByText('The call asks you for one digit').waitFor();
    expect(await person.findFaults()).toEqual([]);
    await ring.answer();
    await ring.letPass('pause');
    const [, key = ''] = await ring.expectSaid(/press (\d)\.$/);
    await ring.expectListening();
    await ring.press(key);
    const [spoken] = await ring.expectSaid(/^\d( \d){5}$/);
    await page.getByLabel('Code').fill(spoken);
    await page.getByRole('heading', { name: 'Thank you' }).waitFor();
    await ring.expectEnded('completed');
  });

  test('a page that takes the element away is left in peace', async () => {
    const person = await open({}, standForCredentials);
    const { page } = person;
    const number = next();
    await page.getByLabel('Phone number').fill(number);
    await sms(person).click();
    await people.world.phones.phone(number).expectSms(/#(\d{6})$/);
    await expectAsked(page, 1);
    await page.evaluate(`document.querySelector('dingline-verify').remove()`);
    expect(await listAskedForCodes(page)).toEqual([{ transport: ['sms'], isAborted: true }]);
  });

  test('says what is refused and tells the page; when the countdown is over, the code is sent again', async () => {
    const person = await open();
    const { page } = person;
    person.expectComplaint(/status of 400/);
    const heard: string[] = [];
    page.on('console', (message) => message.type() === 'info' && heard.push(message.text()));
    await page.getByLabel('Phone number').fill('123');
    await sms(person).click();
    await page
      .getByRole('alert')
      .getByText(/^This isn’t a phone number/)
      .waitFor();
    expect(await person.findFaults()).toEqual([]);
    expect(heard).toEqual(['INVALID_NUMBER']);

    const number = next();
    const phone = people.world.phones.phone(number);
    await page.clock.install();
    await page.getByLabel('Phone number').fill(number);
    await sms(person).click();
    const [, first = ''] = await phone.expectSms(/#(\d{6})$/);
    await page.getByRole('button', { name: /Send it again \(in/ }).waitFor();
    await people.world.pass(61_000);
    await page.clock.fastForward(61_000);
    await page.getByRole('button', { name: 'Send it again', exact: true }).click();
    const [, again] = await phone.expectSms(/#(\d{6})$/);
    expect(again).toBe(first);
    await page.getByLabel('Code').fill(first);
    await page.getByRole('heading', { name: 'Thank you' }).waitFor();
  });

  test('takes no other answer for Dingline’s, and no harm from a script that is loaded twice', async () => {
    const person = await open();
    const { page } = person;
    await page.evaluate(`
      window.heard = [];
      addEventListener('dingline-error', ({ detail }) => window.heard.push(detail.message));
      addEventListener('dingline-sent', () => window.heard.push('sent'));
      new Promise((done) => {
        const script = document.createElement('script');
        script.src = document.querySelector('script[src$="/dingline-verify.js"]').src;
        script.onload = done;
        document.head.append(script);
      });`);
    await page.route('**', (route) => route.fulfill({ json: { id: 'a login page, perhaps' } }));
    await page.getByLabel('Phone number').fill(next());
    await sms(person).click();
    await page.getByRole('alert').waitFor();
    expect(await page.evaluate('window.heard')).toEqual([
      expect.stringContaining('this is not what Dingline has answered'),
    ]);
    expect(await page.getByLabel('Code').count()).toBe(0);
    expect(person.complaints).toEqual([]);
  });

  test('says it in six languages, as the page does or as it is told to', async () => {
    const { page } = await open({ language: 'ja-JP' });
    for (const [language, words] of Object.entries(SEND)) {
      await page.evaluate(
        `document.querySelector('dingline-verify').setAttribute('language', '${language}')`,
      );
      await page.getByRole('button', { name: words }).waitFor();
    }
  });

  test('is one small file that any page may load, and that no cache keeps for long', async () => {
    const answer = await fetch(`${people.origin}/dingline-verify.js`, {
      headers: { 'accept-encoding': 'br', origin: shop },
    });
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'public, max-age=3600',
      'content-encoding': 'br',
    });
    expect(Number(answer.headers.get('content-length'))).toBeLessThan(MOST_BYTES);
  });
});
