import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { CHROMIUM, findProgram } from '../support/browser.js';
import { People, Person, SCREENS } from '../support/browser-people.js';
import { readProfile, readStores, type Stores } from '../support/browser-stores.js';
import { canarySeed, codesIn, Search } from '../support/canary.js';
import { account, consent, PASSWORD, verify } from '../support/make.js';
import { numberPool, type TestNumber } from '../support/numbers.js';

// Real: Chromium with a profile on the disk, the app as it was built, the three roles over HTTP, PostgreSQL, the queue.
// Fake: the telephone network (simulator).

const TEXT = 'The cellar is under water.';

(CHROMIUM === undefined ? describe.skip : describe)('a browser keeps', () => {
  const next = numberPool(canarySeed());
  let people: People;
  let profile: string;
  let person: Person;
  const [anns, bobs, carls] = [next(), next(), next()];
  const codes: string[] = [];
  const secrets: string[] = [PASSWORD, TEXT];

  beforeAll(async () => {
    people = await People.gather();
    profile = await mkdtemp(path.join(tmpdir(), 'dingline-profile-'));
    person = await open();
  });
  afterAll(async () => {
    await person.leave();
    await people.leave();
    await rm(profile, { recursive: true, force: true });
  });

  async function open(): Promise<Person> {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: findProgram(CHROMIUM as string),
      args: ['--no-sandbox', '--disable-gpu'],
      baseURL: people.origin,
      viewport: SCREENS.phone,
      locale: 'en-US',
    });
    return Person.open(context);
  }

  const press = (name: string | RegExp) => person.page.getByRole('button', { name }).click();
  const see = (text: string | RegExp) => person.page.getByText(text).first().waitFor();
  const phoneOf = ({ e164 }: TestNumber) => people.world.phones.phone(e164);

  function find(stores: Iterable<readonly [string, string | Buffer]>, texts = secrets): string[] {
    const search = new Search({ numbers: [anns, bobs, carls], texts });
    return [...stores].flatMap(([name, kept]) => [
      ...search.in(name, kept),
      ...codesIn(name, codes, kept.toString('latin1')),
    ]);
  }
  const look = async (): Promise<Stores> => {
    const stores = await readStores(person.page);
    expect(Object.keys(stores)).toEqual([
      'localStorage',
      'sessionStorage',
      'cookies that scripts can read',
      'history',
      'addresses',
      'IndexedDB',
      'caches',
      'service workers',
    ]);
    expect(find(Object.entries(stores))).toEqual([]);
    return stores;
  };

  async function signUpAndVerify(): Promise<void> {
    const { page } = person;
    person.expectComplaint(/status of 4(04|29) .*caller-id/);
    await page.goto('/app/sign-up');
    await page.getByLabel('Your name').fill('Ann');
    await page.getByLabel('Login').fill('ann');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await press('Sign up');
    await page.getByRole('link', { name: 'Number', exact: true }).click();
    await page.getByLabel('Phone number').fill(anns.national);
    await page.getByLabel('Phone number').fill(anns.e164);
    await look();
    await press('Send me a code by SMS');
    const [, code = ''] = await phoneOf(anns).expectSms(/#(\d{6})$/);
    codes.push(code);
    await page.reload(); // a verification that goes on is found again
    await page.getByLabel('Code').fill(code);
    await see(/is verified\. It is your number now\./);
    await look();
  }

  /** Bob and Carl, who have phones and no page, join the team that Ann makes. */
  async function gather(): Promise<void> {
    const { page } = person;
    await page.goto('/app/teams/new');
    await page.getByLabel('Name of the team').fill('Night shift');
    await press('Make a team');
    const inviteCode = await page.locator('.code').innerText();
    secrets.push(inviteCode);
    await look();
    for (const [name, { e164 }] of [
      ['Bob', bobs],
      ['Carl', carls],
    ] as const) {
      const one = await account(people.world, name, e164);
      await verify(people.world, one);
      const joined = { inviteCode };
      const { body } = await people.world.call<{ id: string }>(
        'POST',
        '/v1/teams/join',
        joined,
        one,
      );
      await consent(people.world, one, body.id);
    }
  }

  async function ding(): Promise<void> {
    const { page } = person;
    await page.goto('/app/dings/new');
    await page.getByRole('checkbox', { name: 'Bob' }).check();
    await page.getByLabel('What is it about?').fill(TEXT);
    await look();
    await press('Send the Ding to 1 person');
    const call = await phoneOf(bobs).expectRing();
    await call.answer();
    await call.press('1');
    await see('Confirmed by a key on the phone.');
    await call.expectEnded();
    await look();
  }

  async function confer(): Promise<void> {
    const { page } = person;
    await page.goto('/app/conferences/new');
    for (const name of ['Bob', 'Carl']) await page.getByRole('checkbox', { name }).check();
    await press('Call all now');
    const calls = await Promise.all([anns, bobs, carls].map((one) => phoneOf(one).expectRing()));
    for (const call of calls) {
      await call.answer();
      await call.press('1');
      await call.expectInRoom();
    }
    await page.getByText(bobs.e164, { exact: true }).waitFor(); // his number is before her
    await look();
    await page.getByRole('link', { name: 'Me', exact: true }).click();
    await page.goBack();
    await page.getByText(bobs.e164, { exact: true }).waitFor();
    await look();
    await press('End for all');
    await page.getByRole('dialog').getByRole('button', { name: 'End for all' }).click();
    await see('Over: it was ended');
    for (const call of calls) await call.expectEnded();
  }

  test('no number and no secret of a whole journey, in any store or on the disk', async () => {
    await signUpAndVerify();
    await gather();
    await ding();
    await confer();
    const stores = await look();
    expect(JSON.parse(stores['localStorage'] ?? '')).toEqual({ 'dingline-signed-in': 'yes' });
    const { cookies } = await person.context.storageState();
    expect(cookies.map(({ name, httpOnly }) => [name, httpOnly])).toEqual([
      ['__Host-dingline', true],
      ['__Host-dingline-device', true],
    ]);
    await person.page.evaluate("localStorage.setItem('mark', 'a mark that is looked for')");
    await person.leave();

    const kept = readProfile(profile);
    // What is kept is really there to be searched: storage, and the addresses of what was loaded.
    const all = Buffer.concat([...kept.values()]).toString('latin1');
    expect(all).toContain('a mark that is looked for');
    expect(all).toContain('/app/assets/');
    expect(find(kept, [...secrets, ...cookies.map(({ value }) => value)])).toEqual([]);
    expect(person.complaints).toEqual([]);
    person = await open();
  });

  test('and what a page does leave in any of them would be found', async () => {
    const { page } = person;
    await page.goto('/app/sign-in');
    const leave: Record<string, string> = {
      localStorage: `localStorage.setItem('left', text)`,
      sessionStorage: `sessionStorage.setItem('left', text)`,
      'cookies that scripts can read': `document.cookie = 'left=' + text`,
      history: `history.replaceState(text, '')`,
      addresses: `window.name = text`,
      IndexedDB: `new Promise((done) => {
        const opening = indexedDB.open('left');
        opening.onupgradeneeded = () => opening.result.createObjectStore('left').put(text, 1);
        opening.onsuccess = () => done(opening.result.close());
      })`,
      caches: `caches.open('left').then((cache) => cache.put('/left', new Response(text)))`,
    };
    for (const [name, script] of Object.entries(leave)) {
      const { e164 } = next();
      await page.evaluate(`(async (text) => { await (${script}); })('${e164}')`);
      expect([name, (await readStores(page))[name]]).toEqual([name, expect.stringContaining(e164)]);
    }
  });
});
