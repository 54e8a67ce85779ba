import type { StreamEvent } from '../../client/live-events.js';
import { readMessages } from './live-stream.js';
import { refreshMe, session } from './session.js';
import { Store } from './store.js';

/**
 * Live events, one stream for all tabs of a browser. One tab has the lock and reads the stream; it
 * passes on what comes, and where the stream is, so that another goes on from there. A tab that
 * hears nothing of it for too long (a phone has frozen it) takes the lock away.
 */

/** Whether what is shown is kept up to date; `connecting` until it is known. */
export const connection = new Store<'connecting' | 'open' | 'away'>('connecting');

type Passed =
  | { kind: 'event'; event: StreamEvent }
  | { kind: 'open'; lastId: string | undefined }
  | { kind: 'away' };

const NAME = 'dingline-live';
/** The server says that it is still there each 15 s. */
const SILENT_MS = 20_000;
const LOOK_EVERY_MS = 2000;
/** As long as somebody looks at it they shall see what is true soon after the server is back. */
const LONGEST_WAIT_MS = { visible: 3000, hidden: 60_000 };

const listeners = new Set<(event: StreamEvent) => void>();

export function onLive(listener: (event: StreamEvent) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Follows who is signed in: there are events for as long as somebody is. */
export function watchLive(): void {
  let running: Live | undefined;
  const follow = (): void => {
    const isIn = session.value.kind === 'in';
    if (isIn && running === undefined) running = new Live();
    if (!isIn && session.value.kind === 'out') {
      running?.stop();
      running = undefined;
    }
  };
  session.subscribe(follow);
  follow();
}

class Live {
  private readonly channel = new BroadcastChannel(NAME);
  private readonly stopping = new AbortController();
  private lastId: string | undefined;
  /** When anything came, from the server or from the tab that reads it. */
  private heardAt = Date.now();
  /** What this tab reads, while it is the one; to end it is to begin anew. */
  private attempt: AbortController | undefined;
  private endPause: () => void = () => undefined;
  private failures = 0;

  constructor() {
    const { signal } = this.stopping;
    this.channel.onmessage = ({ data }: MessageEvent<Passed>) => this.take(data);
    const look = (): void => this.look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    signal.addEventListener('abort', () => clearInterval(timer));
    document.addEventListener('visibilitychange', look, { signal });
    addEventListener('pageshow', look, { signal });
    addEventListener('online', () => this.renew(), { signal });
    addEventListener('offline', () => this.renew(), { signal });
    void this.compete();
  }

  stop(): void {
    this.stopping.abort();
    this.attempt?.abort();
    this.endPause();
    this.channel.close();
    connection.set('connecting');
  }

  /** Waits for the lock, and reads for as long as it has it. */
  private async compete(isStealing = false): Promise<void> {
    const { signal } = this.stopping;
    const term = new AbortController();
    const lead = (): Promise<void> => this.lead(term.signal);
    // A page that isn't served securely has no locks; then each tab reads for itself.
    const { locks } = navigator as { locks?: LockManager };
    try {
      if (locks === undefined) await lead();
      else await locks.request(NAME, isStealing ? { steal: true } : { signal }, lead);
    } catch {
      // It was stopped, or the lock was taken away.
    }
    term.abort();
    this.attempt?.abort();
    if (!signal.aborted) await this.compete();
  }

  private async lead(term: AbortSignal): Promise<void> {
    const isOver = (): boolean => term.aborted || this.stopping.signal.aborted;
    while (!isOver()) {
      this.attempt = new AbortController();
      let retryMs: number | undefined;
      try {
        retryMs = await this.read(this.attempt.signal);
        this.failures = 0;
      } catch {
        if (isOver()) break;
        this.failures += 1;
        this.pass({ kind: 'away' });
      }
      if (!isOver()) await this.pause(retryMs ?? this.chooseWait());
    }
    this.attempt = undefined;
  }

  /** Reads one stream to its end; gives the wait that the server asks for before the next. */
  private async read(signal: AbortSignal): Promise<number | undefined> {
    const { lastId } = this;
    const response = await fetch('/v1/events', {
      headers: {
        accept: 'text/event-stream',
        ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
      },
      cache: 'no-store',
      signal,
    });
    if (response.status === 401) await refreshMe().catch(() => undefined); // which signs out here, too
    if (response.status !== 200 || response.body === null) throw new Error('no stream');
    let retryMs: number | undefined;
    for await (const message of readMessages(response.body)) {
      this.heardAt = Date.now();
      this.failures = 0;
      retryMs = message.retryMs ?? retryMs;
      this.pass({ kind: 'open', lastId: message.id ?? this.lastId });
      if (message.data !== undefined)
        this.pass({ kind: 'event', event: JSON.parse(message.data) as StreamEvent });
    }
    return retryMs;
  }

  /** Half of it is left to chance, so that not all come back in the same moment. */
  private chooseWait(): number {
    const longest = document.hidden ? LONGEST_WAIT_MS.hidden : LONGEST_WAIT_MS.visible;
    const wait = Math.min(longest, 500 * 2 ** Math.min(this.failures, 10));
    return wait / 2 + (Math.random() * wait) / 2;
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Tells the other tabs, and this one. */
  private pass(message: Passed): void {
    if (this.stopping.signal.aborted) return;
    this.channel.postMessage(message);
    this.take(message);
  }

  private take(message: Passed): void {
    if (message.kind === 'event') {
      for (const listener of [...listeners]) listener(message.event);
      return;
    }
    this.heardAt = Date.now();
    if (message.kind === 'open') this.lastId = message.lastId;
    if (connection.value !== message.kind) connection.set(message.kind);
  }

  /** Looks whether the stream is still there: after a sleep this is the first thing that runs. */
  private look(): void {
    if (Date.now() - this.heardAt <= SILENT_MS) return;
    this.heardAt = Date.now();
    if (this.attempt !== undefined) this.renew();
    else if (!document.hidden) void this.compete(true);
  }

  private renew(): void {
    this.attempt?.abort();
    this.endPause();
  }
}
