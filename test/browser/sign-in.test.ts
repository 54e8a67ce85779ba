import { CHROMIUM } from '../support/browser.js';
import { People, type Person } from '../support/browser-people.js';
import { PASSWORD } from '../support/make.js';

// Real: Chromium, the app as it was built, the api over HTTP, PostgreSQL. Nobody is called here.

(CHROMIUM === undefined ? describe.skip : describe)('somebody with a browser', () => {
  let people: People;
  beforeAll(async () => {
    people = await People.gather({ roles: ['api'] });
  });
  afterAll(() => people.leave());

  const heading = (person: Person, name: string) =>
    person.page.getByRole('heading', { level: 1, name });

  async function signUp(person: Person, login: string): Promise<void> {
    const { page } = person;
    await page.goto('/');
    await heading(person, 'Sign in').waitFor();
    await page.getByRole('link', { name: 'Sign up' }).click();
    await heading(person, 'Sign up').waitFor();
    await page.getByLabel('Your name').fill('Ann');
    await page.getByLabel('Login').fill(login);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign up' }).click();
    await heading(person, 'Dings').waitFor();
  }

  test('signs up from /, stays signed in over a reload, signs out, and signs in again', async () => {
    const person = await people.add();
    const { page } = person;
    const scripts: number[] = [];
    page.on('response', (response) => {
      if (/\.js$/.test(response.url()))
        scripts.push(Number(response.headers()['content-length'] ?? Infinity));
    });
    await page.goto('/');
    expect(new URL(page.url()).pathname).toBe('/app/');
    await heading(person, 'Sign in').waitFor();
    expect(await person.findFaults()).toEqual([]);

    await signUp(person, 'ann');
    expect(await person.findFaults()).toEqual([]);
    await page.reload();
    await heading(person, 'Dings').waitFor();

    await page.getByRole('link', { name: 'Me', exact: true }).click();
    await heading(person, 'Me').waitFor();
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    expect(await page.title()).toBe('Me · Dingline');
    expect(await page.getByText('Login: ann').isVisible()).toBe(true);
    expect(await person.findFaults()).toEqual([]);
    await page.getByLabel('Your name').fill('Ann Smith');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();

    await page.getByRole('button', { name: 'Sign out' }).click();
    await heading(person, 'Sign in').waitFor();
    await page.getByLabel('Login').fill('ann');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await heading(person, 'Me').waitFor();
    expect(await page.getByLabel('Your name').inputValue()).toBe('Ann Smith');

    const sent = scripts.reduce((sum, size) => sum + size, 0);
    expect(sent).toBeGreaterThan(5000);
    expect(sent).toBeLessThan(150_000);
  });

  test('is told in words what was wrong, and by what the field must be', async () => {
    const person = await people.add({ screen: 'desk', theme: 'dark' });
    const { page } = person;
    person.expectComplaint(/status of 4\d\d/);
    await page.goto('/app/sign-in');
    await page.getByLabel('Login').fill('nobody');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('The login or the password is wrong.').waitFor();
    expect(await person.findFaults()).toEqual([]);

    await page.getByRole('link', { name: 'Sign up' }).click();
    await page.getByLabel('Your name').fill('Bob');
    await page.getByLabel('Login').fill('bob');
    const password = page.getByLabel('Password', { exact: true });
    await password.fill('short');
    await page.getByRole('button', { name: 'Sign up' }).click();
    await page.getByRole('alert').waitFor();
    expect(await password.getAttribute('aria-invalid')).toBe('true');
    expect(await person.findFaults()).toEqual([]);
  });

  test('reads their browser’s language, chooses another for good, and it is their account’s too', async () => {
    const person = await people.add({ language: 'de-AT' });
    const { page } = person;
    await page.goto('/');
    await heading(person, 'Anmelden').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    await page.getByRole('link', { name: 'Konto anlegen' }).click();
    await page.getByLabel('Ihr Name').fill('Dora');
    await page.getByLabel('Anmeldename').fill('dora');
    await page.getByLabel('Passwort', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Konto anlegen' }).click();
    await page.getByRole('link', { name: 'Ich', exact: true }).click();

    const answered = page.waitForResponse((one) => one.request().method() === 'PATCH');
    await page.getByLabel('Sprache').selectOption('ja');
    await heading(person, '自分').waitFor();
    expect(((await (await answered).json()) as { language: string }).language).toBe('ja');
    expect(await person.findFaults()).toEqual([]);
    await page.reload();
    await heading(person, '自分').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('ja');
  });

  test('signs out in one tab, and is signed out in the other', async () => {
    const person = await people.add();
    await signUp(person, 'carl');
    const other = await person.openTab();
    await other.goto('/app/me');
    await other.getByRole('button', { name: 'Sign out' }).click();
    await heading(person, 'Sign in').waitFor();
  });

  test('finds nothing at an address that is none of the app’s, and the policy on every page', async () => {
    const person = await people.add();
    const answer = await person.page.goto('/app/no/such/place');
    await heading(person, 'Nothing is here').waitFor();
    expect(answer?.headers()).toMatchObject({
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
        "font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; " +
        "frame-ancestors 'none'",
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    });
    person.expectComplaint(/Content Security Policy/);
    const ran = await person.page.evaluate(`
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.head.append(script);
      'ran' in window`);
    expect(ran).toBe(false);
  });
});
