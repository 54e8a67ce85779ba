import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** Debian's packages chromium-headless-shell and chromium bring one; undefined where there is none. */
export const CHROMIUM = ['chromium-headless-shell', 'chromium', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);

/** Where a program stands that is named without its folder. */
export function findProgram(name: string): string {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const found = folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${name} is nowhere in PATH`);
  return found;
}

interface Screen {
  width: number;
  height: number;
}

interface Reply {
  id?: number;
  result?: unknown;
  error?: { message: string };
}

/** One tab of a real browser with a phone's screen. It is spoken to by Chromium's own protocol, over pipes. */
export class Browser {
  private lastId = 0;
  private sessionId: string | undefined;
  private readonly waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();

  private constructor(
    private readonly process: ChildProcess,
    private readonly profile: string,
  ) {
    let text = '';
    const answers = process.stdio[4] as Readable;
    answers.setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (text + chunk).split('\0');
      text = messages.pop() ?? '';
      for (const message of messages) this.take(JSON.parse(message) as Reply);
    });
    process.once('exit', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('the browser has ended'));
    });
  }

  static async open({ width, height }: Screen): Promise<Browser> {
    if (CHROMIUM === undefined) throw new Error('no Chromium is installed');
    const profile = await mkdtemp(path.join(tmpdir(), 'dingline-browser-'));
    const child = spawn(
      CHROMIUM,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--remote-debugging-pipe',
        `--user-data-dir=${profile}`,
      ],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    const browser = new Browser(child, profile);
    const { targetId } = await browser.ask<{ targetId: string }>('Target.createTarget', {
      url: 'about:blank',
    });
    const attached = await browser.ask<{ sessionId: string }>('Target.attachToTarget', {
      targetId,
      flatten: true,
    });
    browser.sessionId = attached.sessionId;
    await browser.ask('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 3,
      mobile: true,
    });
    return browser;
  }

  async goTo(url: string): Promise<void> {
    await this.ask('Page.navigate', { url });
  }

  /** What an expression of the page's comes to; a promise is awaited. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.ask<{
      result: { value: T };
      exceptionDetails?: { exception?: { description?: string } };
    }>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? 'the page threw');
    return result.value;
  }

  async close(): Promise<void> {
    const hasEnded = new Promise((resolve) => this.process.once('exit', resolve));
    this.sessionId = undefined;
    await this.ask('Browser.close', {});
    await hasEnded;
    for (const stream of this.process.stdio) stream?.destroy();
    await rm(this.profile, { recursive: true, force: true });
  }

  private ask<T>(method: string, params: object): Promise<T> {
    const id = ++this.lastId;
    const { sessionId } = this;
    (this.process.stdio[3] as Writable).write(
      `${JSON.stringify({ id, method, params, sessionId })}\0`,
    );
    return new Promise<unknown>((resolve, reject) =>
      this.waiting.set(id, { resolve, reject }),
    ) as Promise<T>;
  }

  /** What is no answer is an event, which nobody here awaits. */
  private take({ id, result, error }: Reply): void {
    const asked = id === undefined ? undefined : this.waiting.get(id);
    if (id === undefined || asked === undefined) return;
    this.waiting.delete(id);
    if (error === undefined) asked.resolve(result);
    else asked.reject(new Error(error.message));
  }
}
