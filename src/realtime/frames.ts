import type { StreamEvent } from './events.js';

/** Server-sent events, as https://html.spec.whatwg.org/multipage/server-sent-events.html says. */

/** JSON has no line break outside its strings, and escapes those in them. */
export const eventFrame = (event: StreamEvent, id: string): string =>
  `id: ${id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;

/**
 * Keeps proxies from taking the stream for dead. An id without data moves a reader's Last-Event-ID
 * on and is no event: who got nothing for a day need not be reset when the connection drops.
 */
export const heartbeatFrame = (id: string | undefined): string =>
  `: still here\n${id === undefined ? '' : `id: ${id}\n`}\n`;

/** Says after how long a reader that was cut off should come again. */
export const retryFrame = (ms: number): string => `retry: ${ms}\n\n`;
