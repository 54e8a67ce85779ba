import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';

/** What a browser keeps of a page, by the name of the store. A store that this page isn't offered is left out. */
export type Stores = Readonly<Record<string, string>>;

/** Runs in the page: reads all that its scripts could leave behind, and what the browser notes of where it was. */
const READ = `(async () => {
  const stores = {};
  const read = async (name, work) => {
    try {
      const found = await work();
      if (found !== undefined) stores[name] = typeof found === 'string' ? found : JSON.stringify(found);
    } catch (error) {
      if (error.name !== 'SecurityError') throw error; // site data is blocked, or the page has no origin
    }
  };
  await read('localStorage', () => ({ ...localStorage }));
  await read('sessionStorage', () => ({ ...sessionStorage }));
  await read('cookies that scripts can read', () => document.cookie);
  await read('history', () => [
    history.state,
    window.navigation?.entries().map((entry) => [entry.url, entry.getState()]),
  ]);
  await read('addresses', () => [
    location.href,
    document.title,
    window.name,
    performance.getEntries().map(({ name }) => name),
  ]);
  await read('IndexedDB', async () => {
    const rows = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise((done, fail) => {
        const opening = indexedDB.open(name);
        opening.onsuccess = () => done(opening.result);
        opening.onerror = () => fail(opening.error);
      });
      for (const store of database.objectStoreNames) {
        const asking = database.transaction(store).objectStore(store).getAll();
        rows.push(name, store, await new Promise((done) => (asking.onsuccess = () => done(asking.result))));
      }
      database.close();
    }
    return rows;
  });
  if ('caches' in window)
    await read('caches', async () => {
      const kept = [];
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys())
          kept.push(name, request.url, await (await cache.match(request)).text());
      }
      return kept;
    });
  if ('serviceWorker' in navigator)
    await read('service workers', async () =>
      (await navigator.serviceWorker.getRegistrations()).map(({ scope, active }) => [scope, active?.scriptURL]));
  return stores;
})()`;

/** Reads them in a page, of its own origin. */
export const readStores = (page: Page): Promise<Stores> => page.evaluate<Stores>(READ);

/** Reads what a closed browser has left on the disk: each file of its profile, as it is. */
export function readProfile(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    files
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [path.relative(folder, file), readFileSync(file)]),
  );
}
