import { setTimeout as wait } from 'node:timers/promises';
import { ExpectedError } from '../expected-error.js';

/** How long any one step of the journey may take. */
const STEP_MS = 20_000;

export interface Request {
  readonly method: string;
  readonly url: string;
  readonly body?: object | undefined;
  readonly token?: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export async function send(request: Request, stopping: AbortSignal): Promise<Answer> {
  const { method, url, body, token } = request;
  const response = await fetch(url, {
    method,
    signal: AbortSignal.any([stopping, AbortSignal.timeout(STEP_MS)]),
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

/** Asks until there is an answer. */
export async function waitFor<T>(
  what: string,
  stopping: AbortSignal,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  for (const deadline = Date.now() + STEP_MS; Date.now() < deadline;) {
    const found = await ask();
    if (found !== undefined) return found;
    await wait(50, undefined, { signal: stopping });
  }
  throw stopped(`waited ${STEP_MS / 1000} s for ${what}`);
}

export const stopped = (why: string): ExpectedError =>
  new ExpectedError(`the demo stopped: ${why}`);
