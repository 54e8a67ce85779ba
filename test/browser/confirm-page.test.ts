import { CHROMIUM } from '../support/browser.js';
import { DingPeople } from '../support/browser-dings.js';
import type { Look, Person as AtPage } from '../support/browser-people.js';
import type { Person } from '../support/make.js';

// Real: Chromium at a phone's width, the page behind an SMS's link, the three roles, PostgreSQL, the queue. Fake: the
// telephone network (simulator).

const TEXT = 'The pump in hall 3 has stopped.\nCome <now>.';
/** Six languages are in it. No framework would fit. */
const MOST_BYTES = 20_000;

(CHROMIUM === undefined ? describe.skip : describe)('the link in an SMS, on a phone', () => {
  let dings: DingPeople;
  let ann: Person;
  let bob: Person;
  beforeAll(async () => {
    dings = await DingPeople.gather();
    ann = await dings.make('ann');
    bob = await dings.make('bob');
    await dings.team(ann, bob);
  });
  afterAll(() => dings.people.leave());

  /** Sends Bob a Ding. */
  async function ding(): Promise<{ id: string; link: string }> {
    const body = { recipientIds: [bob.id], text: TEXT, channel: 'sms' };
    const { world } = dings.people;
    const sent = await world.call<{ id: string }>('POST', '/v1/dings', body, ann);
    expect(sent.status).toBe(201);
    const [, link = ''] = await bob.phone.expectSms(/(http:\S+\/c#[\w-]{22})$/);
    return { id: sent.body.id, link };
  }
  async function follow(link: string, look: Look = {}): Promise<AtPage> {
    const at = await dings.people.add(look);
    await at.page.goto(link);
    return at;
  }
  const confirm = ({ page }: AtPage) =>
    page.getByRole('button', { name: 'I have read it: confirm' });
  const read = async (id: string): Promise<unknown> =>
    (await dings.people.world.call('GET', `/v1/dings/${id}`, undefined, ann)).body['state'];

  test('shows the message in the house’s look, in light and dark, and confirms it by one press', async () => {
    const { id, link } = await ding();
    const at = await follow(link);
    const { page } = at;
    await page.getByText('Come <now>.').waitFor();
    expect(page.url()).toBe(`${dings.people.origin}/c`);
    expect(await at.findFaults()).toEqual([]);
    const { height = 0 } = (await confirm(at).boundingBox()) ?? {};
    expect(height).toBeGreaterThanOrEqual(44);
    expect(await read(id)).toBe('live');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('Thank you. You have confirmed.').waitFor();
    expect(await at.findFaults()).toEqual([]);
    expect(await read(id)).toBe('ended');
  });

  test('read once, it stays without a network, says that one is offline, and confirms when there is one again', async () => {
    const { id, link } = await ding();
    const at = await follow(link);
    const { page, context } = at;
    at.expectComplaint(/ERR_INTERNET_DISCONNECTED/);
    await confirm(at).waitFor();
    const offline = page.getByRole('status').getByText('You are offline.');
    await context.setOffline(true);
    await offline.waitFor();
    await confirm(at).click();
    await offline.waitFor();
    await page.getByText('Come <now>.').waitFor();
    expect(await at.findFaults()).toEqual([]);

    await context.setOffline(false);
    await offline.waitFor({ state: 'detached' });
    expect(await read(id)).toBe('live');
    await confirm(at).click();
    await page.getByText('Thank you. You have confirmed.').waitFor();
    expect(await read(id)).toBe('ended');
  });

  test('is small, and all that it is comes at once', async () => {
    const { text } = await dings.people.world.call('GET', '/c');
    expect(Buffer.byteLength(text)).toBeLessThan(MOST_BYTES);
    expect(text).not.toMatch(/\b(src|href)=/);
  });
});
