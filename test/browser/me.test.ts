import { CHROMIUM } from '../support/browser.js';
import { People, type Person } from '../support/browser-people.js';
import { Commands } from '../support/commands.js';
import { account, PASSWORD, team, verify } from '../support/make.js';
import { numberPool } from '../support/numbers.js';
import { sealed } from '../support/shown.js';

// Real: Chromium, the app as it was built, the three roles, PostgreSQL, the queue, the operator's command. Fake: the
// telephone network (simulator).

const NEW_PASSWORD = 'eleven rusty garden gates';
const draw = numberPool(Date.now());

(CHROMIUM === undefined ? describe.skip : describe)('somebody sees to what is theirs', () => {
  let people: People;
  beforeAll(async () => {
    people = await People.gather();
  });
  afterAll(() => people.leave());

  const heading = (person: Person, name: string) =>
    person.page.getByRole('heading', { level: 1, name });
  const press = (person: Person, name: string) => person.page.getByRole('button', { name }).click();
  const follow = async (person: Person, name: string): Promise<void> => {
    await person.page.getByRole('link', { name, exact: true }).click();
    await heading(person, name).waitFor();
  };
  const openMe = async (person: Person): Promise<void> => {
    await person.page.goto('/app/me');
    await heading(person, 'Me').waitFor();
  };
  const signIn = async ({ page }: Person, login: string, password: string): Promise<void> => {
    await page.locator('[autocomplete=username]').fill(login);
    await page.locator('[autocomplete=current-password]').fill(password);
    await page.keyboard.press('Enter');
  };

  /** Openings for a carrier that came to nothing. */
  const addEntries = (subjectId: string, count: number) =>
    people.world.rows(
      `
        WITH made AS (
          INSERT INTO ledger_entries (id, commitment, at)
          SELECT gen_random_uuid(), sha256('x'), $1 FROM generate_series(1, $2)
          RETURNING id
        )
        INSERT INTO ledger_readable (entry_id, subject_id, salt, body)
        SELECT id, $3, sha256('x'), $4 FROM made
      `,
      [
        people.world.clock.now(),
        count,
        subjectId,
        JSON.stringify({ recipient: 'nobody', purpose: 'ding', subjectId }),
      ],
    );

  test('reads who has had their number, by name, page by page, and what they were notified of', async () => {
    const { world } = people;
    const ann = await account(world, 'Ann', draw().e164);
    const bob = await account(world, 'Bob', draw().e164);
    await team(world, [ann, bob]);
    await addEntries(ann.id, 30);
    for (const one of [ann, bob]) await verify(world, one);
    const ding = { recipientIds: [bob.id], text: 'the cellar is under water', channel: 'app' };
    const { body } = await world.call<{ id: string }>('POST', '/v1/dings', ding, ann);
    await sealed(world);
    for (let look = 0; look < 2; look++)
      await world.call('GET', `/v1/dings/${body.id}/caller-id`, undefined, bob);
    await world.call('POST', `/v1/dings/${body.id}/recall`, undefined, ann);

    const person = await people.add();
    const { page } = person;
    await people.signInAs(ann.login, person);
    await openMe(person);
    await page.getByText(/^Your number is verified, since /).waitFor();
    const told = 'In a Ding of yours your number can be seen by Bob, once it reaches them.';
    await page.getByText(told).waitFor();
    expect(await person.findFaults()).toEqual([]);

    await follow(person, 'Who has had your number');
    await page.getByText('Shown 2 times in all to Bob, whom you sent a Ding.').waitFor();
    await page.getByText('Shown to Bob, whom you sent a Ding.').waitFor();
    await page.getByText('Made ready for those whom you sent a Ding').waitFor();
    await page.getByText('Given to the phone company Twilio, to bring you a code.').waitFor();
    expect(await page.getByRole('link', { name: 'See the Ding' }).count()).toBe(3);
    expect(await person.findFaults()).toEqual([]);
    const entries = page.locator('main li');
    expect(await entries.count()).toBe(25);
    await press(person, 'Show older ones');
    await entries.nth(33).waitFor();
    expect(await entries.count()).toBe(34);
    expect(await page.getByRole('button', { name: 'Show older ones' }).count()).toBe(0);
    await page.goBack();
    await heading(person, 'Me').waitFor();

    await world.rows(
      `
        INSERT INTO notices (id, account_id, kind, at)
        SELECT gen_random_uuid(), $1, kind, $2::timestamptz - n * interval '1 day'
        FROM unnest($3::text[]) WITH ORDINALITY AS made (kind, n)
      `,
      [
        ann.id,
        world.clock.now(),
        [
          'number_moved',
          'number_changed',
          'number_to_prove_again',
          'password_changed',
          'password_reset',
          ...Array<string>(6).fill('removed_from_team'),
        ],
      ],
    );
    await page.getByRole('link', { name: 'All notices' }).click();
    await heading(person, 'Notices').waitFor();
    await page.getByText('Somebody else has verified your number, and has it now.').waitFor();
    await page.getByText(told).waitFor();
    await page.getByText('Your password was set anew by a reset code.').waitFor();
    expect(await entries.count()).toBe(8);
    expect(await person.findFaults()).toEqual([]);
    await press(person, 'Show older ones');
    await entries.nth(11).waitFor();
    expect(await entries.count()).toBe(12);

    await world.rows(
      'UPDATE account_numbers SET must_prove_since = verified_at WHERE account_id = $1',
      [ann.id],
    );
    await openMe(person);
    await page.getByText('Your phone company says that there is no such number').waitFor();
    expect(await person.findFaults()).toEqual([]);
    await page.getByRole('link', { name: 'Verify it again, or another' }).click();
    await heading(person, 'Your number').waitFor();
  });

  test('who has no number and no entry reads that', async () => {
    const person = await people.addSignedIn('nora', { theme: 'dark', screen: 'desk' });
    await openMe(person);
    await person.page.getByText('You have no verified number').waitFor();
    expect(await person.page.getByRole('link', { name: 'All notices' }).count()).toBe(0);
    await follow(person, 'Who has had your number');
    await person.page.getByText('Nobody has had it so far.').waitFor();
    expect(await person.findFaults()).toEqual([]);
  });

  test('ends one session, then all others: those browsers are signed out', async () => {
    const here = await people.addSignedIn('carl');
    const there = await people.add({ screen: 'desk' });
    await people.signInAs('carl', there);
    await people.world.call('POST', '/v1/sessions', { login: 'carl', password: PASSWORD });
    there.expectComplaint(/status of 401/);
    await openMe(here);
    await follow(here, 'Where you are signed in');
    const items = here.page.locator('main li');
    const current = items.filter({ hasText: 'this one' });
    await current.waitFor();
    expect(await items.filter({ hasText: 'A browser' }).count()).toBe(2);
    expect(await current.getByRole('button').count()).toBe(0);
    expect(await here.findFaults()).toEqual([]);
    await items.filter({ hasText: 'An app or a program' }).getByRole('button').click();
    await items.nth(2).waitFor({ state: 'detached' });
    await press(here, 'Sign out everywhere else');
    await here.page.getByText('You are signed in nowhere else.').waitFor();
    expect(await here.findFaults()).toEqual([]);
    await there.page.reload();
    await heading(there, 'Sign in').waitFor();
  });

  test('changes the password: a wrong one loses nothing that was typed, elsewhere one is signed out', async () => {
    const here = await people.addSignedIn('dora', { screen: 'desk', theme: 'dark' });
    const there = await people.add();
    await people.signInAs('dora', there);
    there.expectComplaint(/status of 401/);
    here.expectComplaint(/status of 40[01]/);
    await openMe(here);
    await follow(here, 'Change your password');
    const old = here.page.getByLabel('Your password until now');
    const next = here.page.getByLabel('New password');
    await old.fill('not this one');
    await next.fill(NEW_PASSWORD);
    await press(here, 'Change the password');
    await here.page.getByRole('alert').getByText('This isn’t your password.').waitFor();
    expect([await old.inputValue(), await next.inputValue()]).toEqual([
      'not this one',
      NEW_PASSWORD,
    ]);
    expect(await old.getAttribute('aria-invalid')).toBe('true');
    expect(await here.findFaults()).toEqual([]);
    await old.fill(PASSWORD);
    await next.fill('short');
    await press(here, 'Change the password');
    await here.page.getByRole('alert').getByText('Check the fields.').waitFor();
    expect(await next.getAttribute('aria-invalid')).toBe('true');
    await next.fill(NEW_PASSWORD);
    await press(here, 'Change the password');
    await here.page.getByText('Your password is changed.').waitFor();
    expect(await next.inputValue()).toBe('');
    expect(await here.findFaults()).toEqual([]);
    await there.page.reload();
    await heading(there, 'Sign in').waitFor();
    await signIn(there, 'dora', NEW_PASSWORD);
    await there.page.getByRole('navigation').waitFor();
  });

  test('who has forgotten the password sets another by the operator’s code', async () => {
    const { world } = people;
    const commands = new Commands();
    const person = await people.addSignedIn('emma');
    const { page } = person;
    person.expectComplaint(/status of 40[13]/);
    await openMe(person);
    await press(person, 'Sign out');
    const { out } = await commands.run(['accounts', 'reset', 'emma'], {
      DATABASE_URL: world.database.ownerUrl,
      API_PUBLIC_URL: people.origin,
    });
    await commands.close();
    const code = /([0-9A-Z]{4}-){3}[0-9A-Z]{4}/.exec(out)?.[0] ?? '';
    await page.getByRole('link', { name: 'Forgotten your password?' }).click();
    await heading(person, 'Set a new password').waitFor();
    expect(await person.findFaults()).toEqual([]);
    await page.getByLabel('Login').fill('emma');
    await page.getByLabel('Reset code').fill('0000-0000-0000-0000');
    await page.getByLabel('New password').fill(NEW_PASSWORD);
    await press(person, 'Set the password');
    await page.getByRole('alert').getByText('Ask your operator for a new one.').waitFor();
    expect(await page.getByLabel('New password').inputValue()).toBe(NEW_PASSWORD);
    expect(await person.findFaults()).toEqual([]);
    await page.getByLabel('Reset code').fill(code.toLowerCase());
    await press(person, 'Set the password');
    await page.getByText('Your new password is set.').waitFor();
    expect(await person.findFaults()).toEqual([]);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await signIn(person, 'emma', NEW_PASSWORD);
    await heading(person, 'Me').waitFor(); // where they signed out
  });

  test('closes the account, in German, after reading what it means, and never comes back to it', async () => {
    const person = await people.addSignedIn('fritz', { language: 'de-DE', theme: 'dark' });
    const { page } = person;
    person.expectComplaint(/status of 401/);
    await page.goto('/app/me');
    await follow(person, 'Konto schließen');
    await page.getByText('Das lässt sich nicht zurücknehmen.').waitFor();
    expect(await person.findFaults()).toEqual([]);
    const password = page.getByLabel('Passwort', { exact: true });
    await password.fill('not this one');
    await press(person, 'Mein Konto endgültig schließen');
    await page.getByRole('alert').getByText('Das ist nicht Ihr Passwort.').waitFor();
    expect(await password.inputValue()).toBe('not this one');
    await password.fill(PASSWORD);
    await press(person, 'Mein Konto endgültig schließen');
    await heading(person, 'Ihr Konto ist geschlossen').waitFor();
    expect(await page.getByRole('navigation').count()).toBe(0);
    expect(await person.findFaults()).toEqual([]);
    await page.reload();
    await heading(person, 'Ihr Konto ist geschlossen').waitFor();
    await page.goBack();
    await heading(person, 'Anmelden').waitFor();
    await signIn(person, 'fritz', PASSWORD);
    await page.getByRole('alert').waitFor();
  });
});
