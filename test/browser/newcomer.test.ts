import { CHROMIUM } from '../support/browser.js';
import { People, type Person } from '../support/browser-people.js';
import { PASSWORD } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import type { Phone } from '../support/phone.js';

// Real: Chromium, the app as it was built, the three roles over HTTP, PostgreSQL, the queue. Fake: the telephone
// network (simulator). Nothing but the pages is used, at a phone's width, and the handsets.

(CHROMIUM === undefined ? describe.skip : describe)('who has a browser and nothing else', () => {
  let people: People;
  beforeAll(async () => {
    people = await People.gather();
  });
  afterAll(() => people.leave());

  const next = numbersOf(97);
  const press = ({ page }: Person, name: string | RegExp) =>
    page.getByRole('button', { name }).click();
  const goTo = ({ page }: Person, name: string) =>
    page.getByRole('link', { name, exact: true }).click();
  const see = ({ page }: Person, text: string | RegExp) => page.getByText(text).first().waitFor();

  /** Signs up, from where one was sent, and verifies a number. */
  async function arrive(name: string, at: string): Promise<{ person: Person; phone: Phone }> {
    const person = await people.add();
    person.expectComplaint(/status of 404 .*caller-id/);
    const { page } = person;
    await page.goto(at);
    await page.getByRole('link', { name: 'Sign up' }).click();
    await page.getByLabel('Your name').fill(name);
    await page.getByLabel('Login').fill(name.toLowerCase());
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await press(person, 'Sign up');
    if (at !== '/') {
      await press(person, 'Join');
      for (const what of ['Dings', 'conferences']) {
        await page.getByText(`Read what you would agree to for ${what}`).click();
        await press(person, 'I agree');
        await see(person, /^Yes\./);
      }
    }
    const number = next();
    await goTo(person, 'Number');
    await page.getByLabel('Phone number').fill(number);
    await press(person, 'Send me a code by SMS');
    const phone = people.world.phones.phone(number);
    const [, code = ''] = await phone.expectSms(/#(\d{6})$/);
    await page.getByLabel('Code').fill(code);
    await see(person, /is verified\. It is your number now\./);
    return { person, phone };
  }

  test('gets from sign-up to a confirmed Ding, and to a conference with caller IDs', async () => {
    const ann = await arrive('Ann', '/');
    const { page } = ann.person;
    await goTo(ann.person, 'Teams');
    await page.getByRole('link', { name: 'Make a team' }).click();
    await page.getByLabel('Name of the team').fill('Night shift');
    await press(ann.person, 'Make a team');
    const link = await page.getByLabel('The same as a link').inputValue();
    const bob = await arrive('Bob', link);
    const carl = await arrive('Carl', link);

    await goTo(ann.person, 'Dings');
    await page.getByRole('link', { name: 'New Ding' }).click();
    await page.getByRole('checkbox', { name: 'Bob' }).check();
    await page.getByLabel('What is it about?').fill('The cellar is under water.');
    await press(ann.person, 'Send the Ding to 1 person');
    const ding = await bob.phone.expectRing();
    await ding.answer();
    await ding.press('1');
    await see(ann.person, 'Confirmed by a key on the phone.');
    await ding.expectEnded();

    await goTo(ann.person, 'Conferences');
    await page.getByRole('link', { name: 'Start a conference' }).click();
    for (const name of ['Bob', 'Carl']) await page.getByRole('checkbox', { name }).check();
    await press(ann.person, 'Call all now');
    const calls = await Promise.all([ann, bob, carl].map(({ phone }) => phone.expectRing()));
    for (const call of calls) {
      await call.answer();
      await call.press('1');
      await call.expectInRoom();
    }
    for (const { phone } of [bob, carl]) await see(ann.person, phone.number);
    await press(ann.person, 'End for all');
    await page.getByRole('dialog').getByRole('button', { name: 'End for all' }).click();
    await see(ann.person, 'Over: it was ended');
    for (const call of calls) await call.expectEnded();
  });
});
