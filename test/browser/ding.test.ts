import { CHROMIUM } from '../support/browser.js';
import {
  DingPeople,
  expectNoFaults,
  readPage,
  type Reached,
  turn,
} from '../support/browser-dings.js';
import type { Person } from '../support/make.js';

// Real: Chromium with a browser for each person, the app as it was built, the three roles, PostgreSQL, the queue. Fake:
// the telephone network (simulator). A page that is looked at or not is told so by the test.

const SOON = { timeout: 5000 };

(CHROMIUM === undefined ? describe.skip : describe)('a Ding in the app', () => {
  let dings: DingPeople;
  let ann: Reached;
  let [bob, carl, dora, erin]: Person[] = [];
  beforeAll(async () => {
    dings = await DingPeople.gather();
    const sender = await dings.make('Ann');
    const others = [
      await dings.make('Bob'),
      await dings.make('Carl', 'de'),
      await dings.make('Dora'),
      await dings.make('Erin'),
    ];
    [bob, carl, dora, erin] = others;
    await dings.team(sender, ...others);
    ann = await dings.open(sender);
  });
  afterAll(() => dings.people.leave());

  const known = (person: Person | undefined): Person => {
    if (person === undefined) throw new Error('nobody is there yet');
    return person;
  };
  const see = (person: Reached, text: string | RegExp, how = {}) =>
    person.at.page.getByText(text).first().waitFor(how);
  const press = (person: Reached, name: string | RegExp) =>
    person.at.page.getByRole('button', { name, exact: true }).click();
  const inFront = (person: Reached) => person.at.page.locator('dialog.in-front');

  test('rings, is confirmed by a key, and each step is seen at once by sender and recipient', async () => {
    const reached = await dings.open(known(bob), { screen: 'desk' });
    const text = 'The pump in hall 3 has stopped.';
    await dings.write(ann, ['Bob'], text);
    const preview = ann.at.page.getByRole('region', { name: 'What they get' });
    await preview.getByText('Hello. This is an urgent message from Ann, by Dingline.').waitFor();
    await preview.getByText('This is one SMS.').waitFor();
    await expectNoFaults(ann);
    await ann.at.page.getByRole('button', { name: 'Send the Ding to 1 person' }).dblclick();

    const ring = await reached.phone.expectRing();
    await see(ann, 'The phone is ringing.');
    await see(ann, 'Next: if the call brings no confirmation, an SMS goes out at once.');
    await inFront(reached).getByRole('heading', { name: 'Urgent, from Ann' }).waitFor();
    await inFront(reached).getByText(text).waitFor();
    await inFront(reached).getByText(ann.number).waitFor();
    await expectNoFaults(ann, reached);

    await ring.answer();
    await see(ann, 'Somebody has answered.');
    await ring.press('1');
    await see(ann, 'Confirmed by a key on the phone.');
    await see(ann, /^Confirmed\. It is over\.|^It is over\. Confirmed\.$/);
    await inFront(reached).getByText('You have confirmed').waitFor();
    await ring.expectEnded('completed');
    await inFront(reached).getByText(ann.number).waitFor({ state: 'detached' });
    expect(await readPage(reached)).not.toContain(ann.number);
    await expectNoFaults(ann, reached);
    expect(await dings.count(ann, text)).toBe(1);
    expect(reached.phone.rings()).toHaveLength(1);

    await press(reached, 'Close');
    await see(reached, 'You have confirmed.');
    await expectNoFaults(reached);
    await reached.at.leave();
  });

  test('is confirmed by one tap, in German and in the dark; its caller is shown to whoever looks, and to nobody else', async () => {
    const reached = await dings.open(known(carl), { theme: 'dark', language: 'de-DE' });
    await dings.write(ann, ['Carl'], 'Tor 5 steht offen.');
    await press(ann, 'Send the Ding to 1 person');
    const ring = await reached.phone.expectRing();
    const number = inFront(reached).getByText(ann.number);
    await number.waitFor();
    await expectNoFaults(reached);

    await turn(reached, 'hidden');
    expect(await readPage(reached)).not.toContain(ann.number);
    await turn(reached, 'visible');
    await number.waitFor();
    await reached.at.page.evaluate(`dispatchEvent(new PageTransitionEvent('pagehide'))`);
    expect(await readPage(reached)).not.toContain(ann.number);
    await reached.at.page.evaluate(`dispatchEvent(new PageTransitionEvent('pageshow'))`);
    await number.waitFor();

    await press(reached, 'Ich habe es gelesen: bestätigen');
    await inFront(reached).getByText('Sie haben bestätigt').waitFor();
    await ring.expectEnded();
    await see(ann, 'Confirmed in the app.');
    await number.waitFor({ state: 'detached' });
    await expectNoFaults(reached);
    await press(reached, 'Schließen');
    await reached.at.page.getByRole('link', { name: /^Tor 5 steht offen/ }).click();
    await see(reached, 'Sie haben bestätigt');
    await expectNoFaults(reached);
    await reached.at.leave();
  });

  test('is put aside, waits at the top of the list, and is taken back while it rings', async () => {
    const reached = await dings.open(known(dora));
    await dings.write(ann, ['Dora'], 'Smoke in hall 1.');
    await press(ann, 'Send the Ding to 1 person');
    const ring = await reached.phone.expectRing();
    await press(reached, 'Later');
    const waiting = reached.at.page.getByRole('heading', { name: 'Confirm these now' });
    await waiting.waitFor();
    const none = reached.at.page.getByText('There are none of these.');
    expect(await none.count()).toBe(0);
    await press(reached, 'From me');
    await none.waitFor();
    await press(reached, 'All');
    await none.waitFor({ state: 'detached' });
    await expectNoFaults(reached);
    await reached.at.page.getByRole('link', { name: /^Smoke in hall 1/ }).click();
    await see(reached, ann.number);
    await expectNoFaults(reached);

    await press(ann, 'Take it back');
    const question = ann.at.page.getByRole('dialog', { name: 'Take this Ding back?' });
    await question.waitFor();
    await expectNoFaults(ann);
    await question.getByRole('button', { name: 'Take it back' }).click();
    await ring.expectEnded();
    await see(ann, 'It was taken back. 0 of 1 confirmed.');
    await see(reached, 'This Ding was taken back. There is nothing to do.');
    expect(await readPage(reached)).not.toContain(ann.number);
    await expectNoFaults(ann, reached);
    await reached.at.page.getByRole('link', { name: 'All Dings' }).click();
    await see(reached, 'You haven’t confirmed. It was taken back.');
    await waiting.waitFor({ state: 'detached' });
    await reached.at.leave();
  });

  test('is true within 5 s after a sleep without network, and after a reload', async () => {
    const reached = await dings.open(known(erin));
    for (const { at } of [ann, reached])
      at.expectComplaint(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED/);
    await dings.write(ann, ['Erin'], 'The gate is stuck.');
    await press(ann, 'Send the Ding to 1 person');
    const ring = await reached.phone.expectRing();
    await see(ann, 'The phone is ringing.');
    await inFront(reached).getByText(ann.number).waitFor();

    for (const one of [ann, reached]) {
      await turn(one, 'hidden');
      await one.at.context.setOffline(true);
    }
    await ring.decline();
    await reached.phone.expectSms(/gate is stuck/);
    expect(await readPage(reached)).not.toContain(ann.number);
    for (const one of [ann, reached]) {
      await one.at.context.setOffline(false);
      await turn(one, 'visible');
    }
    await Promise.all([
      see(ann, 'Busy, or declined.', SOON),
      see(ann, 'Next: nothing more goes out; they can still confirm.', SOON),
      inFront(reached).getByText(ann.number).waitFor(SOON),
    ]);

    await ann.at.page.reload();
    await see(ann, 'Busy, or declined.', SOON);
    await reached.at.page.reload();
    await inFront(reached).getByText(ann.number).waitFor(SOON);
    await press(reached, 'I have read it: confirm');
    await see(ann, 'Confirmed in the app.', SOON);
    await expectNoFaults(ann);
    await reached.at.leave();
  });
});
