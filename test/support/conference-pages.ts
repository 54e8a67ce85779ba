import type { Locator, Page } from 'playwright-core';
import type { Look, People, Person as Viewer } from './browser-people.js';
import { account, team, verify, type Person } from './make.js';
import type { RingingCall } from './ringing-call.js';

// What several tests do and look for at the pages about conferences, in English.

/** Somebody with a verified number and a phone for each name, all of one team, who agree to be called. */
export async function gatherTeam(
  { world }: People,
  names: readonly [string, ...string[]],
  next: () => string,
): Promise<Person[]> {
  const found: Person[] = [];
  for (const name of names) {
    const person = await account(world, name, next());
    await verify(world, person);
    found.push(person);
  }
  const [owner, ...others] = found;
  if (owner !== undefined) await team(world, [owner, ...others]);
  return found;
}

export async function openAs(people: People, who: Person, look: Look = {}): Promise<Viewer> {
  const viewer = await people.add(look);
  // Who finds the call busy looks again a second later.
  viewer.expectComplaint(/status of 429.*caller-id/);
  await people.signInAs(who.login, viewer);
  return viewer;
}

/** Picks up the phone that rings, and presses the key. */
export async function join(who: Person): Promise<RingingCall> {
  const ring = await who.phone.expectRing({ from: 'withheld' });
  await ring.answer();
  await ring.press('1');
  await ring.expectInRoom();
  return ring;
}

export const button = (page: Page, name: string): Locator =>
  page.getByRole('button', { name, exact: true });

export async function choose(page: Page, ...who: readonly Person[]): Promise<void> {
  for (const { name } of who) await page.getByRole('checkbox', { name }).check();
}

/** Calls them by the form, and is led to the roster; gives its address. */
export async function begin(page: Page, ...others: readonly Person[]): Promise<string> {
  await page.goto('/app/conferences/new');
  await choose(page, ...others);
  await button(page, 'Call all now').click();
  await page.getByRole('heading', { level: 1, name: 'Conference', exact: true }).waitFor();
  return page.url();
}

/** Presses, and says yes where one is asked first. */
export async function confirm(page: Page, name: string, yes = name): Promise<void> {
  await button(page, name).click();
  await button(page, yes).and(page.getByRole('dialog').getByRole('button')).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

/** What the roster shows of somebody else. */
export const row = (page: Page, who: Person): Locator =>
  page.getByRole('listitem').filter({ has: page.getByText(who.name, { exact: true }) });

export const see = (page: Page, who: Person, words: string): Promise<void> =>
  row(page, who).getByText(words, { exact: true }).waitFor();

export const seeNumber = (page: Page, who: Person): Promise<void> =>
  page.getByText(who.number, { exact: true }).waitFor();

export const seeNoNumber = (page: Page, who: Person): Promise<void> =>
  page.getByText(who.number).waitFor({ state: 'detached' });
