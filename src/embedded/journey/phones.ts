import { send, stopped, waitFor } from './http.js';

/** An entry in the simulator's journal. */
export interface Seen {
  seq: number;
  type: string;
  number?: string;
  body?: string;
  text?: string;
  callSid?: string;
  event?: string;
}

/** The handsets of the simulator, over its control API. */
export class DemoPhones {
  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly stopping: AbortSignal,
  ) {}

  /** People in a demo speak faster than on the phone. */
  async speakFast(): Promise<void> {
    await this.request('PUT', '/settings', { speechMsPerChar: 8 });
  }

  /** Says whose phone it is, to whoever looks at the page. */
  async name({ name, number }: { name: string; number: string }): Promise<void> {
    await this.request('POST', '/handsets', { number, name });
  }

  /** The number of the newest thing that happened. */
  async getNow(): Promise<number> {
    return (await this.get<{ seq: number }>('/handsets')).seq;
  }

  /** Waits for the first thing after `since` that fits. */
  see(since: number, what: string, fits: (seen: Seen) => boolean): Promise<Seen> {
    return waitFor(what, this.stopping, async () => (await this.read(since)).find(fits));
  }

  /** Waits for a phone to ring. */
  seeRing(since: number, { name, number }: { name: string; number: string }): Promise<Seen> {
    return this.see(
      since,
      `${name}'s phone to ring`,
      (seen) => seen.type === 'ring' && seen.number === number,
    );
  }

  seeSms(since: number, { name, number }: { name: string; number: string }): Promise<Seen> {
    return this.see(
      since,
      `an SMS for ${name}`,
      (seen) => seen.type === 'sms' && seen.number === number,
    );
  }

  /** Waits for a call to say something that fits. */
  seeSpoken(
    since: number,
    what: string,
    callSid: string | undefined,
    pattern: RegExp,
  ): Promise<Seen> {
    return this.see(
      since,
      what,
      (seen) => seen.type === 'said' && seen.callSid === callSid && pattern.test(seen.text ?? ''),
    );
  }

  /** What a call has said between two moments. */
  async readSpoken(since: number, callSid: string | undefined, before: number): Promise<string[]> {
    return (await this.read(since))
      .filter((seen) => seen.type === 'said' && seen.callSid === callSid && seen.seq < before)
      .map((seen) => seen.text ?? '');
  }

  async act(
    number: string,
    what: string,
    callSid: string | undefined,
    more: object = {},
  ): Promise<void> {
    const path = `/handsets/${encodeURIComponent(number)}/${what}`;
    const { status, text } = await this.request('POST', path, { callSid, ...more });
    if (status >= 300) throw stopped(`the phone could not ${what}: ${text}`);
  }

  /** Presses a key as soon as the call listens for one. */
  press(number: string, callSid: string | undefined, key: string | undefined): Promise<void> {
    return this.act(number, 'keys', callSid, { keys: key, whenListening: true });
  }

  private read(since: number): Promise<Seen[]> {
    return this.get(`/journal?since=${since}`);
  }

  private async get<T>(path: string): Promise<T> {
    const { status, text } = await this.request('GET', path);
    if (status !== 200) throw stopped(`the simulator answered ${status}`);
    return JSON.parse(text) as T;
  }

  private request(method: string, path: string, body?: object) {
    const url = `${this.url}/control${path}`;
    return send({ method, url, body, token: this.token }, this.stopping);
  }
}
