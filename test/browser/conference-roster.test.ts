import { CHROMIUM } from '../support/browser.js';
import { People } from '../support/browser-people.js';
import {
  begin,
  button,
  choose,
  confirm,
  gatherTeam,
  join,
  openAs,
  row,
  see,
  seeNoNumber,
  seeNumber,
} from '../support/conference-pages.js';
import { account, type Person } from '../support/make.js';
import { newId } from '../../src/kernel/ids.js';
import { numbersOf } from '../support/numbers.js';
import type { World } from '../support/world.js';

// Real: Chromium, the app as it was built, the three roles over HTTP, PostgreSQL, the queue, live events. Fake: the
// telephone network (simulator).

const MINUTE = 60_000;

(CHROMIUM === undefined ? describe.skip : describe)('the pages about conferences', () => {
  const next = numbersOf(84);
  let people: People;
  let ann: Person;
  let bob: Person;
  let carl: Person;

  beforeAll(async () => {
    people = await People.gather();
  });
  afterAll(() => people.leave());
  beforeEach(async () => {
    await people.world.pass(61 * MINUTE);
    [ann, bob, carl] = (await gatherTeam(people, ['Ann', 'Bob', 'Carl'], next)) as [
      Person,
      Person,
      Person,
    ];
  });

  test('say who has muted whom, and let each open what is theirs to open', async () => {
    const anns = await openAs(people, ann, { screen: 'desk' });
    const bobs = await openAs(people, bob);
    const url = await begin(anns.page, bob, carl);
    await bobs.page.goto(url);
    await join(ann);
    await join(bob);
    await see(anns.page, bob, 'In the room');

    await button(anns.page, 'Mute Bob').click();
    await see(anns.page, bob, 'Muted by you');
    await bobs.page.getByText('Muted by Ann').waitFor();
    await bobs.page.getByText('Only Ann can unmute you.').waitFor();
    expect(await button(bobs.page, 'Unmute me').count()).toBe(0);
    expect(await bobs.findFaults()).toEqual([]);
    await button(anns.page, 'Unmute Bob').click();
    await button(bobs.page, 'Mute me').click();
    await see(anns.page, bob, 'Muted by themselves');
    await bobs.page.getByText('Muted by you').waitFor();
    expect(await button(anns.page, 'Unmute Bob').count()).toBe(0);
    expect(await anns.findFaults()).toEqual([]);
    await button(bobs.page, 'Unmute me').click();
    await button(anns.page, 'Mute Bob').waitFor();

    await button(anns.page, 'Mute me').click();
    await see(bobs.page, ann, 'Muted by themselves');
    await button(anns.page, 'Unmute me').click();
    await row(bobs.page, ann).getByText('Muted').waitFor({ state: 'detached' });
    await confirm(anns.page, 'End for all');
    await (await carl.phone.expectRing()).expectEnded('canceled');
    for (const viewer of [anns, bobs]) await viewer.leave();
  });

  test('show nothing to who was removed, and call them again when they are added', async () => {
    const anns = await openAs(people, ann);
    const bobs = await openAs(people, bob);
    bobs.expectComplaint(/status of 404/);
    const url = await begin(anns.page, bob, carl);
    await bobs.page.goto(url);
    await join(ann);
    const bobsCall = await join(bob);
    await seeNumber(bobs.page, ann);

    await button(anns.page, 'Remove Bob').click();
    await anns.page.getByRole('dialog', { name: 'Remove Bob?' }).waitFor();
    expect(await anns.findFaults()).toEqual([]);
    await button(anns.page, 'Cancel').click();
    expect(await row(anns.page, bob).innerText()).toContain('In the room');
    await confirm(anns.page, 'Remove Bob', 'Remove');
    await see(anns.page, bob, 'Removed');
    await seeNoNumber(anns.page, bob);
    await bobs.page.getByText('You aren’t in this conference any more.').waitFor();
    await seeNoNumber(bobs.page, ann);
    expect(await bobs.page.getByRole('listitem').filter({ hasText: 'Carl' }).count()).toBe(0);
    expect(await bobs.findFaults()).toEqual([]);
    await bobsCall.expectEnded('completed');
    await people.world.pass(MINUTE);

    await button(anns.page, 'Call again: Bob').click();
    await see(anns.page, bob, 'Ringing');
    await bobs.page.getByText('Your phone rings.').waitFor();
    await join(bob);
    await seeNumber(bobs.page, ann);

    await (await carl.phone.expectRing()).decline();
    await confirm(anns.page, 'Remove Carl', 'Remove');
    await people.world.pass(MINUTE);
    await anns.page.getByRole('link', { name: 'Call more people' }).click();
    await choose(anns.page, carl);
    expect(await anns.findFaults()).toEqual([]);
    await button(anns.page, 'Call them now').click();
    await see(anns.page, carl, 'Ringing');
    await button(bobs.page, 'Hang up').click();
    await see(anns.page, bob, 'Has hung up');
    await confirm(anns.page, 'End for all');
    await (await carl.phone.expectRing()).expectEnded('canceled');
    for (const viewer of [anns, bobs]) await viewer.leave();
  });

  test('start one conference where an answer was lost, and end it for all with its initiator', async () => {
    const anns = await openAs(people, ann, { language: 'ja' });
    anns.expectComplaint(/ERR_FAILED/);
    const { page } = anns;
    let sent = 0;
    await page.route('**/v1/conferences', async (route) => {
      if (route.request().method() !== 'POST' || (sent += 1) > 1) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await page.goto('/app/conferences/new');
    await choose(page, bob, carl);
    await page.getByRole('checkbox', { name: '私が退出したら全員の会議を終える' }).check();
    expect(await anns.findFaults()).toEqual([]);
    await button(page, '今すぐ全員に電話').click();
    await page.getByText('電話が鳴っています。').waitFor();
    await page.getByText('あなたが退出すると、全員の会議が終わります。').waitFor();
    expect(sent).toBe(2);
    const bobs = await join(bob);
    await join(ann);
    await page.getByText('会議に参加中です。').waitFor();
    await button(page, '電話を切る').click();
    await page.getByRole('dialog').getByText('全員終了します').waitFor();
    expect(await anns.findFaults()).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: '電話を切る' }).click();
    await page.getByText('終了：会議が終了されました').waitFor();
    await bobs.expectEnded('completed');
    await (await carl.phone.expectRing()).expectEnded('canceled');

    await page.goto('/app/conferences');
    await page.getByRole('link', { name: /あなたが開始/ }).waitFor();
    expect(await page.getByRole('link', { name: /あなたが開始/ }).count()).toBe(1);
    await anns.leave();
  });

  test('name whoever stands in the way of a conference, before it is asked for and after', async () => {
    const { world } = people;
    const bobs = await openAs(people, bob);
    await bobs.page.goto('/app/conferences/new');
    await bobs.page.getByText('A conference needs at least two others').waitFor();
    await bobs.page.getByText('Ann · Hasn’t agreed to be called for this').waitFor();
    expect(await bobs.findFaults()).toEqual([]);
    await bobs.leave();

    const dora = await account(world, 'Dora', next());
    const doras = await openAs(people, dora);
    await doras.page.goto('/app/conferences/new');
    await doras.page.getByRole('link', { name: 'Verify my number' }).waitFor();
    expect(await doras.findFaults()).toEqual([]);
    await doras.leave();

    const anns = await openAs(people, ann);
    anns.expectComplaint(/status of 403/);
    const { page } = anns;
    await page.goto('/app/conferences/new');
    await choose(page, bob, carl);
    const { body } = await world.call<{ teams: { id: string }[] }>(
      'GET',
      '/v1/teams',
      undefined,
      carl,
    );
    await world.call('DELETE', `/v1/teams/${String(body.teams[0]?.id)}/consent`, undefined, carl);
    await button(page, 'Call all now').click();
    await page.getByRole('alert').getByText('hasn’t agreed').waitFor();
    const refused = page.getByText('This person can’t be called now.');
    expect(await page.getByRole('listitem').filter({ has: refused }).innerText()).toContain('Carl');
    expect(await anns.findFaults()).toEqual([]);
    await anns.leave();
  });

  test('list those that go on first, and older ones page by page', async () => {
    await listEnded(people.world, ann, 44, 1);
    const anns = await openAs(people, ann);
    const { page } = anns;
    await begin(page, bob, carl);
    await people.world.pass(MINUTE);
    await listEnded(people.world, ann, 1, 0);
    await page.getByRole('link', { name: 'Conferences' }).click();
    const entries = page.getByRole('link', { name: /Started by you/ });
    const count = async (wanted: number): Promise<void> => {
      await entries.nth(wanted - 1).waitFor();
      expect(await entries.count()).toBe(wanted);
    };
    await count(20);
    expect(await entries.first().innerText()).toContain('Going on · 0 of 3 in the room');
    expect(await anns.findFaults()).toEqual([]);
    await button(page, 'Show older ones').click();
    await count(40);
    await button(page, 'Show older ones').click();
    await count(46);
    expect(await button(page, 'Show older ones').count()).toBe(0);
    for (const who of [ann, bob, carl]) await (await who.phone.expectRing()).decline();
    await page.getByText('Going on').waitFor({ state: 'detached' });
    await count(46);
    await anns.leave();
  });
});

/** Conferences, the newest so many hours ago, which nobody joined, as they stand in the tables. */
async function listEnded(world: World, who: Person, count: number, newest: number): Promise<void> {
  for (let hours = newest; hours < newest + count; hours += 1) {
    const id = newId();
    const at = new Date(world.clock.now().getTime() - hours * 60 * MINUTE);
    await world.rows(
      `
        INSERT INTO calls (id, purpose, created_at, ends_at, ended_at, end_reason, initiator_id)
        VALUES ($1, 'conference', $2, $2, $2, 'finished', $3)
      `,
      [id, at, who.id],
    );
    await world.rows(
      `
        INSERT INTO participants (id, call_id, account_id, role) VALUES ($1, $2, $3, 'initiator')
      `,
      [newId(), id, who.id],
    );
    await world.rows('INSERT INTO conferences (call_id, ends_with_initiator) VALUES ($1, false)', [
      id,
    ]);
  }
}
