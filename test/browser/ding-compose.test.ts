import { CHROMIUM } from '../support/browser.js';
import { DingPeople, expectNoFaults, type Reached } from '../support/browser-dings.js';
import { account, type Person } from '../support/make.js';

// Real: Chromium, the app as it was built, the three roles, PostgreSQL, the queue. Fake: the telephone network
// (simulator). The browser loses requests and answers where a test says so.

const HOUR_MS = 60 * 60_000;

(CHROMIUM === undefined ? describe.skip : describe)('whoever writes a Ding', () => {
  let dings: DingPeople;
  let ann: Reached;
  let [bob, carl, dora]: Person[] = [];
  beforeAll(async () => {
    dings = await DingPeople.gather();
    const sender = await dings.make('Ann');
    [bob, carl] = [await dings.make('Bob'), await dings.make('Carl')];
    dora = await account(dings.people.world, 'Dora', '+12025550149');
    await dings.team(sender, bob, carl, dora);
    ann = await dings.open(sender, { screen: 'desk' });
  });
  afterAll(() => dings.people.leave());

  const known = (person: Person | undefined): Person => {
    if (person === undefined) throw new Error('nobody is there yet');
    return person;
  };
  const see = (person: Reached, text: string | RegExp) =>
    person.at.page.getByText(text).first().waitFor();
  const press = (person: Reached, name: string | RegExp) =>
    person.at.page.getByRole('button', { name, exact: true }).click();

  test('sends once, though its request is lost, then its answer, and it is pressed again', async () => {
    const { page } = ann.at;
    ann.at.expectComplaint(/ERR_CONNECTION_RESET/);
    const keys: (string | undefined)[] = [];
    await page.route('**/v1/dings', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      keys.push(route.request().headers()['idempotency-key']);
      if (keys.length > 3) return route.continue();
      if (keys.length === 2) await route.fetch();
      return route.abort('connectionreset');
    });
    const text = 'Water in hall 2.';
    await dings.write(ann, ['Bob'], text);
    await press(ann, 'Send the Ding to 1 person');
    const ring = await known(bob).phone.expectRing();
    await page.getByRole('alert').getByText('No answer came.').waitFor();
    await expectNoFaults(ann);
    await press(ann, 'Send the Ding to 1 person');
    await page.getByRole('heading', { level: 1, name: 'Your Ding' }).waitFor();
    await page.unroute('**/v1/dings');

    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
    expect(await dings.count(ann, text)).toBe(1);
    expect(known(bob).phone.rings()).toHaveLength(1);
    await ring.answer();
    await ring.press('9');
    await see(ann, 'Wants no more calls for this, and hasn’t confirmed.');
    await see(ann, 'It is over. 0 of 1 confirmed.');
    await ring.expectEnded();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Dings' }).waitFor();
  });

  test('is told who can’t be reached now, and until when, and leaves them out', async () => {
    ann.at.expectComplaint(/status of 4\d\d .*v1\/dings/);
    const { world } = dings.people;
    for (let status = 201; status === 201;) {
      const body = { recipientIds: [known(carl).id], text: 'Once more.', channel: 'sms' };
      ({ status } = await world.call('POST', '/v1/dings', body, ann));
      if (status === 201) await known(carl).phone.expectSms(/Once more/);
    }
    await world.pass(61_000);
    await dings.write(ann, ['Bob', 'Carl'], 'Is anybody there?');
    await ann.at.page.getByRole('radio', { name: /^SMS/ }).check();
    await press(ann, 'Send the Ding to 2 people');
    await ann.at.page.getByRole('alert').getByText('has had many Dings').waitFor();
    await see(ann, 'This is about: Carl.');
    await see(ann, /It lasts until (\w+ \d+, )?\d+:\d\d/); // near midnight with its day
    await expectNoFaults(ann);
    await press(ann, 'Leave them out');
    await press(ann, 'Send the Ding to 1 person');
    await known(bob).phone.expectSms(/Is anybody there/);
    await see(ann, 'It has arrived.');
    await press(ann, 'Take it back');
    await ann.at.page.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click();
    await see(ann, 'It was taken back. 0 of 1 confirmed.');
  });

  test('reaches by the app those too who have no number, and is told why no call goes to them', async () => {
    await ann.at.page.goto('/app/dings/new');
    const box = ann.at.page.getByRole('checkbox', { name: 'Dora' });
    await see(ann, 'Has no verified number');
    expect(await box.isDisabled()).toBe(true);
    await ann.at.page.getByRole('radio', { name: /^App/ }).check();
    await box.check();
    await ann.at.page.getByLabel('What is it about?').fill('Confirm: https://x.example/c#abc');
    await press(ann, 'Send the Ding to 1 person');
    await see(ann, 'No line may look like a link to confirm by, or like a code.');
    await expectNoFaults(ann);
    await ann.at.page.getByLabel('What is it about?').fill('Keys are at the gate.');
    await press(ann, 'Send the Ding to 1 person');
    await see(ann, 'They see it when they look.');

    const reached = await dings.open(known(dora));
    await reached.at.page.getByRole('dialog').getByText('Keys are at the gate.').waitFor();
    await press(reached, 'I have read it: confirm');
    await see(ann, 'Confirmed in the app.');
    await press(reached, 'Close');
    await reached.at.page.getByRole('link', { name: 'New Ding' }).click();
    await reached.at.page.getByRole('link', { name: 'Verify your number' }).waitFor();
    await expectNoFaults(reached);
  });

  test('finds all their Dings, older ones by pages, mine and to me', async () => {
    const { world } = dings.people;
    for (let count = 1; count <= 25; count++) {
      world.clock.advance(1000); // the newest come first
      const text = `Test ${String(count)}.`;
      const body = { recipientIds: [known(carl).id], text, channel: 'app' };
      expect((await world.call('POST', '/v1/dings', body, known(bob))).status).toBe(201);
    }
    const all = (await dings.list(known(bob))).length;
    expect(all).toBe(20);
    await world.pass(3 * HOUR_MS);
    const reader = await dings.open(known(bob));
    const { page } = reader.at;
    await page.clock.setFixedTime(Date.now() + 3 * HOUR_MS);
    await page.reload();
    const rows = page.getByRole('main').getByRole('listitem');
    await page.getByText('Test 25.').waitFor();
    expect(await rows.count()).toBe(20);
    await press(reader, 'Show older ones');
    await page.getByText('Test 1.', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Show older ones' }).count()).toBe(0);
    await press(reader, 'From me');
    expect(await rows.count()).toBe(25);
    await press(reader, 'To me');
    await page.getByText('Water in hall 2.').waitFor();
    expect(await rows.count()).toBe(2);
    await expectNoFaults(reader);
  });
});
