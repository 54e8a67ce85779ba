import { People, type Look, type Person as AtPage } from './browser-people.js';
import { account, type Person, team, verify } from './make.js';
import { numbersOf } from './numbers.js';
import type { Language } from '../../src/texts/catalogue.js';

/** Somebody with a phone that is verified, at a page of their own. */
export type Reached = Person & { at: AtPage };

interface Ding {
  id: string;
  beginning: string;
  role: string;
}

/** People of one team, at pages, who send Dings to one another. */
export class DingPeople {
  private readonly next = numbersOf(9);

  private constructor(readonly people: People) {}

  static async gather(): Promise<DingPeople> {
    return new DingPeople(await People.gather());
  }

  /** Somebody whose number is verified; they are at no page yet. */
  async make(name: string, language?: Language): Promise<Person> {
    const person = await account(this.people.world, name, this.next(), language);
    await verify(this.people.world, person);
    return person;
  }

  async team(...members: [Person, ...Person[]]): Promise<void> {
    await team(this.people.world, members);
  }

  /** Signs them in by the page. A number that isn't there yet, or not any more, is a 404, which the console says. */
  async open(person: Person, look: Look = {}): Promise<Reached> {
    const at = await this.people.add(look);
    at.expectComplaint(/status of 404 .*caller-id/);
    await this.people.signInAs(person.login, at);
    return { ...person, at };
  }

  /** Writes a Ding by the page, and leaves it unsent. */
  async write({ at }: Reached, names: readonly string[], text: string): Promise<void> {
    const { page } = at;
    await page.goto('/app/dings/new');
    for (const name of names) await page.getByRole('checkbox', { name }).check();
    await page.getByLabel('What is it about?').fill(text);
  }

  async list(person: Person): Promise<Ding[]> {
    const { call } = { call: this.people.world.call.bind(this.people.world) };
    const { body } = await call<{ dings: Ding[] }>('GET', '/v1/dings', undefined, person);
    return body.dings;
  }

  async count(person: Person, text: string): Promise<number> {
    return (await this.list(person)).filter(({ beginning }) => beginning === text).length;
  }
}

/** All that a page shows or holds where a script could find it: its document, its storage, its history. */
export const readPage = ({ at }: Reached): Promise<string> =>
  at.page.evaluate<string>(
    '[document.documentElement.outerHTML, JSON.stringify(history.state), location.href, document.title, ' +
      'JSON.stringify(localStorage), JSON.stringify(sessionStorage)].join("\\n")',
  );

/** Turns to another app, or comes back: Chromium without a window tells a page of neither. */
export const turn = ({ at }: Reached, to: 'hidden' | 'visible'): Promise<unknown> =>
  at.page.evaluate(`
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${to}' });
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${String(to === 'hidden')} });
    document.dispatchEvent(new Event('visibilitychange'));`);

/** Both themes, both widths. */
export async function expectNoFaults(...everybody: Reached[]): Promise<void> {
  for (const { at } of everybody) expect(await at.findFaults()).toEqual([]);
}
