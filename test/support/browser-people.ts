import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { CHROMIUM, findProgram } from './browser.js';
import { PASSWORD } from './make.js';
import { freePort } from './servers.mjs';
import { World, type WorldOptions } from './world.js';

/** The widths at which everything is looked at: a phone's and a desk's. */
export const SCREENS = {
  phone: { width: 390, height: 844 },
  desk: { width: 1280, height: 800 },
} as const;
export type Screen = keyof typeof SCREENS;

export interface Look {
  screen?: Screen;
  theme?: 'light' | 'dark';
  /** As in navigator.languages, the first. */
  language?: string;
  /** Where they are; if left out, where this machine is. */
  timeZone?: string;
  /** Pixels of the device for each of the page's. */
  scale?: number;
}

const axe = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');

export function launchBrowser(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('no Chromium is installed');
  return chromium.launch({
    executablePath: findProgram(CHROMIUM),
    args: ['--no-sandbox', '--disable-gpu'],
  });
}

/** Several people with a browser each, at one world whose api has the address that they use. */
export class People {
  private readonly everyone: Person[] = [];

  private constructor(
    readonly world: World,
    private readonly browser: Browser,
    readonly origin: string,
  ) {}

  static async gather(options: WorldOptions = {}): Promise<People> {
    const port = String(await freePort());
    const origin = `http://localhost:${port}`;
    const world = await World.start({
      at: new Date(), // a browser's clock goes on
      ...options,
      env: { API_PORT: port, API_PUBLIC_URL: origin, ...options.env },
    });
    return new People(world, await launchBrowser(), origin);
  }

  /** Somebody with a browser of their own: no cookie, nothing kept. */
  async add(look: Look = {}): Promise<Person> {
    const { screen = 'phone', theme = 'light', language = 'en-US', scale = 1, timeZone } = look;
    const context = await this.browser.newContext({
      baseURL: this.origin,
      viewport: SCREENS[screen],
      hasTouch: screen === 'phone',
      colorScheme: theme,
      locale: language,
      deviceScaleFactor: scale,
      ...(timeZone === undefined ? {} : { timezoneId: timeZone }),
    });
    const person = await Person.open(context);
    this.everyone.push(person);
    return person;
  }

  /** Somebody who has an account here and has signed in by the page, and looks at the first view. */
  async addSignedIn(login: string, look: Look = {}): Promise<Person> {
    const name = login.replace(/^./, (first) => first.toUpperCase());
    const language = 'en';
    const account = { login, password: PASSWORD, name, language };
    const { status, text } = await this.world.call('POST', '/v1/accounts', account);
    if (status !== 201) throw new Error(`no account: ${text}`);
    const person = await this.add(look);
    await this.signInAs(login, person);
    return person;
  }

  /** By the page, as anybody does who has an account. */
  async signInAs(login: string, { page }: Person): Promise<void> {
    await page.goto('/app/sign-in');
    await page.locator('[autocomplete=username]').fill(login);
    await page.locator('[autocomplete=current-password]').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('navigation').waitFor();
  }

  /** Ends all; fails on what any page complained of. */
  async leave(): Promise<void> {
    const complaints = this.everyone.flatMap((person) => person.complaints);
    await this.browser.close();
    await this.world.close({ quietly: complaints.length > 0 });
    expect(complaints).toEqual([]);
  }
}

/** A person at a page: what they do is Playwright's, what must never happen is looked for here. */
export class Person {
  /** What the console was told, what threw, what the policy refused. An answer that a test means isn't one. */
  readonly complaints: string[] = [];
  private readonly expected: RegExp[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async open(context: BrowserContext): Promise<Person> {
    context.setDefaultTimeout(20_000);
    const person = new Person(context, await context.newPage());
    person.watch(person.page);
    return person;
  }

  /** A second tab of the same browser. */
  async openTab(): Promise<Page> {
    const page = await this.context.newPage();
    this.watch(page);
    return page;
  }

  /** Closes their browser; what it has complained of still counts. */
  leave(): Promise<void> {
    return this.context.close();
  }

  /** The console says of each refused request that it was; a test names those that it brings about. */
  expectComplaint(pattern: RegExp): void {
    this.expected.push(pattern);
  }

  private watch(page: Page): void {
    const note = (text: string): void => {
      if (!this.expected.some((pattern) => pattern.test(text))) this.complaints.push(text);
    };
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        note(`${message.type()}: ${message.text()} ${message.location().url}`);
    });
    page.on('pageerror', (error) => note(`thrown: ${error.message}`));
  }

  /** What axe finds at the page as it is, in its frames, too, in both themes and at both widths; each in one line. */
  async findFaults(): Promise<string[]> {
    const { page } = this;
    const found: string[] = [];
    const before = page.viewportSize();
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      for (const [screen, size] of Object.entries(SCREENS)) {
        await page.setViewportSize(size);
        for (const fault of await runAxe(page)) found.push(`${theme}, ${screen}: ${fault}`);
        const [inner = 0, whole = 0] = await page.evaluate<number[]>(
          '[innerWidth, document.documentElement.scrollWidth]',
        );
        if (whole > inner) found.push(`${screen}: ${String(whole)} pixels wide`);
      }
    }
    if (before !== null) await page.setViewportSize(before);
    return found;
  }
}

interface AxeResult {
  violations: {
    id: string;
    impact: string | null;
    nodes: { html: string; failureSummary?: string }[];
  }[];
}

/** axe is evaluated by the browser's debugging protocol, which no page's policy is asked about. */
async function runAxe(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const frame of page.frames()) {
    const element = frame === page.mainFrame() ? undefined : await frame.frameElement();
    if (element !== undefined && !(await element.isVisible())) continue;
    await frame.evaluate(axe);
    const { violations } = await frame.evaluate<AxeResult>(
      `axe.run({ iframes: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
    );
    for (const { id, impact, nodes } of violations)
      for (const { html, failureSummary } of nodes)
        found.push(`${id} (${String(impact)}): ${html} ${failureSummary ?? ''}`);
  }
  return found;
}
