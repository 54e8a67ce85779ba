import { CHROMIUM } from '../support/browser.js';
import { People, type Person } from '../support/browser-people.js';
import { eventually } from '../support/eventually.js';
import { handOver, listAskedForCodes, standForCredentials } from '../support/web-otp.js';

// Real: Chromium, the app as it was built, the three roles, PostgreSQL, the queue. Fake: the telephone network
// (simulator). The server's clock is moved by hand; the browser's is the machine's own.

(CHROMIUM === undefined ? describe.skip : describe)('somebody verifies their number', () => {
  let people: People;
  beforeAll(async () => {
    people = await People.gather();
  });
  afterAll(() => people.leave());

  const send = (person: Person) =>
    person.page.getByRole('button', { name: 'Send me a code by SMS' });
  const statusOf = (person: Person, text: string | RegExp) =>
    person.page.getByRole('status').getByText(text).waitFor();

  async function open(login: string, look = {}): Promise<Person> {
    const person = await people.addSignedIn(login, look);
    await person.page.getByRole('link', { name: 'Number' }).click();
    await person.page.getByRole('heading', { level: 1, name: 'Your number' }).waitFor();
    return person;
  }

  test('by SMS: a wrong code first, a reload between, then the right one', async () => {
    const person = await open('ann');
    const { page } = person;
    const phone = people.world.phones.phone('+12025550143');
    expect(await page.getByLabel('Country').inputValue()).toBe('US');
    await page.getByLabel('Phone number').pressSequentially('2025550143');
    expect(await page.getByLabel('Phone number').inputValue()).toBe('(202) 555-0143');
    expect(await person.findFaults()).toEqual([]);
    await send(person).click();

    await page.getByText('The code goes to +1 202 555 0143.').waitFor();
    const [, code = ''] = await phone.expectSms(/#(\d{6})$/);
    const wait = page.getByRole('button', { name: /Send it again \(in \d+ seconds\)/ });
    expect(await wait.isDisabled()).toBe(true);
    expect(await person.findFaults()).toEqual([]);
    await page.getByLabel('Code').fill(code === '111111' ? '222222' : '111111');
    await page.getByRole('alert').getByText('This code is wrong. 4 tries are left.').waitFor();
    expect(await person.findFaults()).toEqual([]);

    await page.reload();
    await page.getByText('The code goes to the number that you gave.').waitFor();
    await page.getByLabel('Code').fill(code);
    await page
      .getByText(/^The number that you gave is verified. It is your number now\.$/)
      .waitFor();
    expect(await person.findFaults()).toEqual([]);
    await page.reload();
    await page.getByText(/^Your number is verified, since /).waitFor();
  });

  test('by a call, from a number that is pasted: the digit that it names, then the code', async () => {
    const person = await open('bob', { screen: 'desk', theme: 'dark' });
    const { page } = person;
    const phone = people.world.phones.phone('+4930901820');
    await page.getByLabel('Phone number').fill('\u202a0049 (30) 901820\u202c');
    expect(await page.getByLabel('Country').inputValue()).toBe('DE');
    await page.getByRole('button', { name: 'Call me instead' }).click();

    const ring = await phone.expectRing();
    await statusOf(person, 'Your phone is ringing.');
    await ring.answer();
    await ring.letPass('pause');
    const [, key = ''] = await ring.expectSaid(/press (\d)\.$/);
    await ring.expectListening();
    await statusOf(person, 'You have answered. Press the digit that the call names.');
    await ring.press(key);
    const [spoken] = await ring.expectSaid(/^\d( \d){5}$/);
    await statusOf(person, 'The call has spoken the code.');
    await page.getByLabel('Code').fill(spoken);
    await page.getByText('+49 30 901820 is verified. It is your number now.').waitFor();
    await ring.expectEnded('completed');
  });

  test('by an SMS that their browser reads: it is asked for the code as long as one is awaited', async () => {
    const person = await open('dora');
    const { page } = person;
    await standForCredentials(page);
    await page.reload();
    const phone = people.world.phones.phone('+12025550145');
    await page.getByLabel('Phone number').fill('+12025550145');
    expect(await listAskedForCodes(page)).toEqual([]);
    await send(person).click();
    const [, code = ''] = await phone.expectSms(/#(\d{6})$/);
    expect(await page.getByLabel('Code').getAttribute('autocomplete')).toBe('one-time-code');
    await eventually('it', async () => (await listAskedForCodes(page)).length === 1);
    expect(await listAskedForCodes(page)).toEqual([{ transport: ['sms'], isAborted: false }]);
    await handOver(page, code);
    await page.getByText('is verified. It is your number now.').waitFor();
    expect(await listAskedForCodes(page)).toEqual([{ transport: ['sms'], isAborted: true }]);
  });

  test('is told at once what is no number, and asks again when the countdown is over', async () => {
    const person = await open('carl');
    const { page } = person;
    person.expectComplaint(/status of 4\d\d/);
    await page.getByLabel('Phone number').fill('123');
    await send(person).click();
    await page
      .getByRole('alert')
      .getByText(/^This isn’t a phone number/)
      .waitFor();
    expect(await person.findFaults()).toEqual([]);

    const phone = people.world.phones.phone('+12025550144');
    await page.clock.install();
    await page.getByLabel('Phone number').fill('+12025550144');
    await send(person).click();
    await phone.expectSms(/#(\d{6})$/);
    await page.getByRole('button', { name: /Send it again \(in/ }).waitFor();
    await people.world.pass(61_000);
    await page.clock.fastForward(61_000);
    await page.getByRole('button', { name: 'Send it again', exact: true }).click();
    const [, code = ''] = await phone.expectSms(/#(\d{6})$/);
    await page.getByLabel('Code').fill(code);
    await page.getByText('is verified. It is your number now.').waitFor();
  });
});
