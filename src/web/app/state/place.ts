import { Store } from './store.js';

const BASE = '/app';

const readPath = (): string => location.pathname.slice(BASE.length) || '/';

/** Where in the app one is: `/dings/0190…`. */
export const place = new Store(readPath());

/** The address of a view, for an `href`. */
export const addressFor = (path: string): string => BASE + path;

/** Views on the way in: whoever comes to them from another view goes on to that one afterwards. */
const WAYS_IN = ['/sign-in', '/sign-up', '/reset', '/demo'];

interface Kept {
  readonly wanted?: string;
}

/** The view that was left in order to sign in, with what stood behind its #. It outlives a reload. */
export const getWanted = (): string => (history.state as Kept | null)?.wanted ?? '/';

function makeState(to: string): Kept | null {
  if (!WAYS_IN.includes(to)) return null;
  const from = readPath();
  return { wanted: WAYS_IN.includes(from) ? getWanted() : from + location.hash };
}

/** How often one has gone somewhere: the first view leaves the focus where the browser put it. */
export const moves = { count: 0 };

export function goTo(path: string, how: { isReplacing?: boolean } = {}): void {
  const state = makeState(path);
  if (how.isReplacing === true) history.replaceState(state, '', addressFor(path));
  else history.pushState(state, '', addressFor(path));
  arrive();
  scrollTo(0, 0);
}

function arrive(): void {
  moves.count += 1;
  place.set(readPath());
}

/** Links within the app change the view; those that open elsewhere are the browser's. */
export function watchLinks(): void {
  addEventListener('popstate', arrive);
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const isPlain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (link === null || !isPlain || event.button !== 0 || event.defaultPrevented) return;
    const isOurs = link.origin === location.origin && link.pathname.startsWith(`${BASE}/`);
    if (!isOurs || link.target !== '' || link.hasAttribute('download')) return;
    if (link.hash !== '' && link.pathname === location.pathname) return;
    event.preventDefault();
    goTo(link.pathname.slice(BASE.length));
  });
}

/** Fits a path to a pattern such as `/dings/:id`; undefined if it doesn't. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const [parts, given] = [pattern, path].map((text) => text.replace(/\/+$/, '').split('/'));
  if (parts === undefined || given === undefined || parts.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, part] of parts.entries()) {
    const value = given[at] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return undefined;
  }
  return params;
}
