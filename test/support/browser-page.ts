import { createContext, runInContext } from 'node:vm';

/**
 * Stands for a browser that has loaded a page of ours: the page's own script runs in a realm of its
 * own, with just as much of a document as it asks for. What it doesn't ask for isn't there, and
 * fails.
 */
export interface BrowserPage {
  /** What an element shows; undefined while it is hidden. */
  seen(id: string): string | undefined;
  /** Waits until no request is under way, then presses a button. */
  press(id: string): Promise<void>;
  settled(): Promise<void>;
  readonly title: string;
  readonly language: string;
  /** What stands in the address bar after the page's path. */
  readonly fragment: string;
  /** How often the page has loaded itself anew. */
  readonly reloads: number;
  /** As somebody does who opens another link in the same tab. */
  follow(fragment: string): void;
}

interface Shown {
  textContent: string;
  hidden: boolean;
  disabled: boolean;
  onclick?: () => Promise<void> | void;
}

export interface Tab {
  fragment: string;
  languages?: readonly string[] | undefined;
  /** Survives a reload of the tab; undefined where the browser blocks site data: to ask throws. */
  storage?: Map<string, string> | undefined;
  fetch: (path: string, init: { method: string; body: string }) => Promise<Response>;
}

export function openPage(html: string, tab: Tab): BrowserPage {
  const elements = new Map<string, Shown>();
  for (const [, id = '', rest = '', text = ''] of html.matchAll(
    /<[a-z0-9]+ id="(\w+)"([^>]*)>([^<]*)/g,
  ))
    elements.set(id, { textContent: text, hidden: /\bhidden\b/.test(rest), disabled: false });
  const pending = new Set<Promise<unknown>>();
  const listeners: (() => void)[] = [];
  const root = { lang: /<html lang="(\w+)"/.exec(html)?.[1] ?? '' };
  const document = {
    title: /<title>([^<]*)/.exec(html)?.[1] ?? '',
    documentElement: root,
    getElementById: (id: string) => elements.get(id) ?? null,
  };
  const location = {
    hash: tab.fragment === '' ? '' : `#${tab.fragment}`,
    pathname: '/c',
    reloads: 0,
    reload: () => {
      location.reloads += 1;
    },
  };
  const sandbox = {
    document,
    location,
    navigator: { languages: tab.languages },
    history: {
      replaceState: (_state: unknown, _title: string, address: string) => {
        location.hash = address.includes('#') ? address.slice(address.indexOf('#')) : '';
      },
    },
    addEventListener: (kind: string, listener: () => void) => {
      if (kind === 'hashchange') listeners.push(listener);
    },
    fetch: (path: string, init: { method: string; body: string }) => {
      const answer = tab.fetch(path, init);
      const done: Promise<unknown> = answer
        .catch(() => undefined)
        .finally(() => pending.delete(done));
      pending.add(done);
      return answer;
    },
  };
  const { storage } = tab;
  Object.defineProperty(sandbox, 'sessionStorage', {
    get: () => {
      if (storage === undefined) throw new Error('SecurityError: site data is blocked');
      return {
        getItem: (name: string) => storage.get(name) ?? null,
        setItem: (name: string, value: string) => void storage.set(name, value),
      };
    },
  });
  runInContext(/<script>([^]*)<\/script>/.exec(html)?.[1] ?? '', createContext(sandbox));
  const settled = async (): Promise<void> => {
    while (pending.size > 0) await Promise.all(pending);
    // The page's own continuations run after the request's.
    await new Promise(setImmediate);
    if (pending.size > 0) await settled();
  };
  const find = (id: string): Shown => {
    const found = elements.get(id);
    if (found === undefined) throw new Error(`the page has no ${id}`);
    return found;
  };
  return {
    seen: (id) => (find(id).hidden ? undefined : find(id).textContent),
    async press(id) {
      await settled();
      const { onclick, hidden, disabled } = find(id);
      if (hidden || disabled) throw new Error(`nobody can press ${id}`);
      void onclick?.();
      await settled();
    },
    settled,
    get title() {
      return document.title;
    },
    get language() {
      return root.lang;
    },
    get fragment() {
      return location.hash;
    },
    get reloads() {
      return location.reloads;
    },
    follow(fragment) {
      location.hash = `#${fragment}`;
      for (const listener of listeners) listener();
    },
  };
}
