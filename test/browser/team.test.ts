import type { Browser } from 'playwright-core';
import { CHROMIUM } from '../support/browser.js';
import { People, type Person } from '../support/browser-people.js';
import { PASSWORD } from '../support/make.js';
import { readQr } from '../support/qr.js';

// Real: Chromium, the app as it was built, the api over HTTP, PostgreSQL. Nobody is called here.

(CHROMIUM === undefined ? describe.skip : describe)('people make a team', () => {
  let people: People;
  beforeAll(async () => {
    people = await People.gather({ roles: ['api'] });
  });
  afterAll(() => people.leave());

  const heading = (person: Person, name: string | RegExp) =>
    person.page.getByRole('heading', { level: 1, name });
  const press = (person: Person, name: string | RegExp) =>
    person.page.getByRole('button', { name }).click();

  const focusOf = ({ page }: Person) => page.evaluate<string>('document.activeElement.textContent');

  const browserOf = ({ context }: Person): Browser => {
    const browser = context.browser();
    if (browser === null) throw new Error('a person without a browser');
    return browser;
  };

  async function signUp({ page }: Person, login: string): Promise<void> {
    await page.getByLabel('Your name').fill('Bob');
    await page.getByLabel('Login').fill(login);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign up' }).click();
  }

  /** How often their page has read a team since. */
  function countReads({ page }: Person): () => number {
    let reads = 0;
    page.on('request', (request) => {
      if (/\/v1\/teams\/[^/]+$/.test(request.url())) reads += 1;
    });
    return () => reads;
  }

  /** A team of this person's, seen by them, with its code. */
  async function makeTeam(person: Person, name: string): Promise<string> {
    const { page } = person;
    await page.goto('/app/teams');
    await page.getByRole('link', { name: 'Make a team' }).click();
    await page.getByLabel('Name of the team').fill(name);
    await press(person, 'Make a team');
    await heading(person, name).waitFor();
    return page.locator('.code').innerText();
  }

  test('one makes it, another joins by its link, signs up on the way, and agrees to be called', async () => {
    const ann = await people.addSignedIn('ann');
    await ann.page.getByRole('link', { name: 'Teams' }).click();
    await ann.page.getByText('You are in no team yet.').waitFor();
    expect(await ann.findFaults()).toEqual([]);
    await ann.page.getByRole('link', { name: 'Make a team' }).click();
    await heading(ann, 'Make a team').waitFor();
    expect(await ann.findFaults()).toEqual([]);
    const code = await makeTeam(ann, 'Night shift');
    expect(code).toMatch(/^\w{4}-\w{4}-\w{4}-\w{4}$/);
    const link = await ann.page.getByLabel('The same as a link').inputValue();
    expect(link).toBe(`${people.origin}/app/join#${code}`);
    const picture = ann.page.getByRole('img', { name: 'QR code' });
    expect(await readQr(browserOf(ann), await picture.screenshot())).toBe(link);
    expect(await ann.findFaults()).toEqual([]);

    const bob = await people.add({ screen: 'desk', theme: 'dark' });
    const requests: string[] = [];
    bob.page.on('request', (request) => requests.push(request.url()));
    await bob.page.goto(link);
    await bob.page.getByText('You are invited to a team. Sign up').waitFor();
    expect(await bob.findFaults()).toEqual([]);
    await bob.page.getByRole('link', { name: 'Sign in' }).click();
    await bob.page.reload();
    await bob.page.getByRole('link', { name: 'Sign up' }).click();
    await signUp(bob, 'bob');
    await bob.page.getByText('You are invited to a team.').waitFor();
    expect(await bob.page.getByLabel('Invite code').inputValue()).toBe(code);
    expect(await bob.findFaults()).toEqual([]);
    await press(bob, 'Join');
    await heading(bob, 'Night shift').waitFor();
    expect(bob.page.url()).not.toContain('#');
    expect(requests.filter((url) => url.includes(code))).toEqual([]);

    await bob.page.getByText('Read what you would agree to for Dings').click();
    await bob.page.getByText('Members of this team may have my phone rung').waitFor();
    expect(await bob.findFaults()).toEqual([]);
    await press(bob, 'I agree');
    await bob.page.getByText('Yes. Your phone rings with Dings of this team.').waitFor();
    await bob.page.getByText('Read what you would agree to for conferences').click();
    await press(bob, 'I agree');
    await bob.page.getByText('Yes. This team may call you into conferences.').waitFor();
    expect(await bob.findFaults()).toEqual([]);

    // Ann's page shows him without a touch.
    const his = ann.page.getByRole('listitem').filter({ hasText: 'Bob' });
    await his.getByText('Lets the team call for Dings and conferences.').waitFor();
    const reads = countReads(ann);
    await his.getByText('But has no verified number.').waitFor();
    await press(bob, 'No more Dings by phone');
    await bob.page.getByText('No. Your phone doesn’t ring with Dings of this team.').waitFor();
    expect(await focusOf(bob)).toMatch(/^No\. Your/);
    await bob.page.reload();
    await bob.page.getByText('Yes. This team may call you into conferences.').waitFor();
    await his.getByText('Lets the team call for conferences.').waitFor();
    expect(reads()).toBe(1); // since then one thing has changed, and nobody asks without a reason
    expect(await ann.findFaults()).toEqual([]);
  });

  test('a removed member is out, and the code with them, until there is a new one', async () => {
    const carl = await people.addSignedIn('carl', { screen: 'desk' });
    const dora = await people.addSignedIn('dora', { theme: 'dark' });
    const code = await makeTeam(carl, 'Day shift');
    await dora.page.goto('/app/join');
    await dora.page.getByLabel('Invite code').fill(code.toLowerCase().replaceAll('-', ' '));
    expect(await dora.findFaults()).toEqual([]);
    await press(dora, 'Join');
    await heading(dora, 'Day shift').waitFor();
    await dora.page.getByText('New people are invited by Carl.').waitFor();
    expect(await dora.page.getByRole('button', { name: 'Remove' }).count()).toBe(0);

    await press(carl, 'Remove Dora');
    await carl.page.getByText('Remove Dora from Day shift?').waitFor();
    expect(await carl.findFaults()).toEqual([]);
    await carl.page.keyboard.press('Escape');
    expect(await focusOf(carl)).toBe('Remove Dora');
    await press(carl, 'Remove Dora');
    dora.expectComplaint(/status of 404/);
    await carl.page.getByRole('dialog').getByRole('button', { name: 'Remove Dora' }).click();
    await carl.page.getByText('It is shown once, when it is made.').waitFor();
    await carl.page.getByText('Dora').waitFor({ state: 'detached' });
    expect(await focusOf(carl)).toBe('Members');

    await dora.page.getByText('There is no such team, or you aren’t in it any more.').waitFor();
    expect(await dora.findFaults()).toEqual([]);
    await dora.page.getByRole('link', { name: 'All your teams' }).click();
    await dora.page.getByRole('link', { name: 'Join a team' }).click();
    await dora.page.getByLabel('Invite code').fill(code);
    await press(dora, 'Join');
    await dora.page.getByRole('alert').getByText('This code lets nobody in').waitFor();
    expect(await dora.page.getByLabel('Invite code').inputValue()).toBe(code);
    expect(await dora.findFaults()).toEqual([]);

    await press(carl, 'Make a new code');
    await carl.page.getByText('The code before, if there is one').waitFor();
    expect(await carl.findFaults()).toEqual([]);
    await carl.page.getByRole('dialog').getByRole('button', { name: 'Make a new code' }).click();
    const next = await carl.page.getByLabel('The same as a link').inputValue();
    expect(await focusOf(carl)).toBe('Make a new code');
    await carl.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await press(carl, 'Copy the link');
    await carl.page.getByText('Copied.').waitFor();
    expect(await carl.page.evaluate('navigator.clipboard.readText()')).toBe(next);
    await dora.page.getByLabel('Invite code').fill(next);
    await press(dora, 'Join');
    await heading(dora, 'Day shift').waitFor();

    // Another window of his makes another code: the one that this one shows opens nothing any more.
    people.world.clock.advance(1000);
    const other = await carl.openTab();
    await other.goto(carl.page.url());
    await other.getByRole('button', { name: 'Make a new code' }).click();
    await other.getByRole('dialog').getByRole('button', { name: 'Make a new code' }).click();
    await other.locator('.code').waitFor();
    await carl.page.getByText('It is shown once, when it is made.').waitFor();
    expect(await carl.page.locator('.code').count()).toBe(0);
    expect(await other.locator('.code').count()).toBe(1);
    await other.close();

    // The code is nowhere that a reload would find it.
    await carl.page.reload();
    await carl.page.getByText('It is shown once, when it is made.').waitFor();
    expect(await carl.page.locator('.code').count()).toBe(0);
  });

  test('a double press asks for one thing once, also where the answer takes its time', async () => {
    const gil = await people.addSignedIn('gil');
    const { page } = gil;
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') asked.push(new URL(request.url()).pathname);
    });
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    await page.route('**/v1/teams', async (route) => {
      if (route.request().method() === 'POST') await held;
      await route.continue();
    });
    await page.goto('/app/teams/new');
    await page.getByLabel('Name of the team').fill('Early shift');
    const button = page.getByRole('button', { name: 'Make a team' });
    await button.dblclick();
    await button.press('Enter');
    await page.getByLabel('Name of the team').press('Enter');
    answer();
    await heading(gil, 'Early shift').waitFor();
    expect(asked).toEqual(['/v1/teams']);
  });

  test('is left after a question, in German; the back button goes back to it as it is', async () => {
    const emil = await people.addSignedIn('emil', { language: 'de-DE' });
    const { page } = emil;
    await page.goto('/app/teams/new');
    await page.getByLabel('Name des Teams').fill('Nachtschicht');
    await press(emil, 'Team gründen');
    await heading(emil, 'Nachtschicht').waitFor();
    expect(await emil.findFaults()).toEqual([]);
    await page.getByText('Lesen, wozu Sie bei Dings zustimmen würden').click();
    await page.getByText('Mitglieder dieses Teams dürfen mein Telefon').waitFor();
    expect(await emil.findFaults()).toEqual([]);
    await page.goBack();
    await page.goForward();
    await heading(emil, 'Nachtschicht').waitFor();
    await press(emil, 'Team verlassen');
    await page.getByText('Sonst ist niemand darin').waitFor();
    expect(await emil.findFaults()).toEqual([]);
    await page.getByRole('button', { name: 'Abbrechen' }).click();
    await heading(emil, 'Nachtschicht').waitFor();
    await press(emil, 'Team verlassen');
    await page.getByRole('dialog').getByRole('button', { name: 'Team verlassen' }).click();
    await heading(emil, 'Teams').waitFor();
    await page.getByText('Sie sind noch in keinem Team.').waitFor();
  });

  test('a name that is refused is told in words and stays where it was typed', async () => {
    const fay = await people.addSignedIn('fay');
    fay.expectComplaint(/status of 400/);
    await fay.page.goto('/app/teams/new');
    await fay.page.getByLabel('Name of the team').fill('Night\u202eshift');
    await press(fay, 'Make a team');
    await fay.page.getByRole('alert').waitFor();
    expect(await fay.page.getByLabel('Name of the team').inputValue()).toBe('Night\u202eshift');
    expect(await fay.findFaults()).toEqual([]);
  });
});
