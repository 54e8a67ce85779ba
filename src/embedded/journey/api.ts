import { randomBytes, randomInt } from 'node:crypto';
import { type Answer, send, stopped, waitFor } from './http.js';

export interface Person {
  name: string;
  id: string;
  token: string;
  number: string;
}

/** The service's API, as the apps of people use it. */
export class DemoApi {
  constructor(
    private readonly url: string,
    private readonly stopping: AbortSignal,
  ) {}

  async call<T>(method: string, path: string, body?: object, who?: Person): Promise<T> {
    const { status, text } = await this.send(method, `/v1/${path}`, body, who?.token);
    if (status >= 300) {
      const shown = `/v1/${path}`.replace(/[0-9a-f-]{36}/g, '…');
      throw stopped(`${method} ${shown} answered ${text}`);
    }
    return (text === '' ? {} : JSON.parse(text)) as T;
  }

  async signUp(name: string): Promise<Person> {
    const login = `${name.toLowerCase()}-${randomBytes(4).toString('hex')}`;
    const password = randomBytes(12).toString('base64url');
    const account = { login, password, name, language: 'en' };
    const { id } = await this.call<{ id: string }>('POST', 'accounts', account);
    const { token } = await this.call<{ token: string }>('POST', 'sessions', { login, password });
    return { name, id, token, number: randomNumber() };
  }

  /** The caller IDs that a person's app is shown for a call. */
  async readCallerIds(who: Person, path: string): Promise<string[]> {
    const { status, text } = await this.askCallerIds(who, path);
    if (status !== 200) return [];
    const { callerIds } = JSON.parse(text) as { callerIds: { number: string }[] };
    return callerIds.map((one) => one.number);
  }

  /** The answer must equal, byte for byte, that for a call that never was. */
  async expectNothing(who: Person, path: string, when: string): Promise<void> {
    const [kind = ''] = path.split('/');
    const there = await this.askCallerIds(who, path);
    const never = await this.askCallerIds(who, `${kind}/00000000-0000-4000-8000-000000000000`);
    if (there.status !== 404 || there.text !== never.text)
      throw stopped(`${who.name} could tell ${when} that the call exists`);
  }

  waitFor<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    return waitFor(what, this.stopping, ask);
  }

  private askCallerIds(who: Person, path: string): Promise<Answer> {
    return this.send('GET', `/v1/${path}/caller-id`, undefined, who.token);
  }

  private send(method: string, path: string, body?: object, token?: string): Promise<Answer> {
    return send({ method, url: `${this.url}${path}`, body, token }, this.stopping);
  }
}

/** A valid US number with the exchange 555, which nobody has. */
function randomNumber(): string {
  const area = ['202', '213', '312', '415', '617'][randomInt(5)] ?? '202';
  return `+1${area}555${String(randomInt(10_000)).padStart(4, '0')}`;
}
