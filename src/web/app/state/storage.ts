/** What this browser keeps between visits: a choice or a hint, nobody's number and no secret. */
type Kept = 'language' | 'signed-in';

const name = (key: Kept): string => `dingline-${key}`;

/** Where site data is blocked, nothing is kept, and asking throws. */
function withStorage<T>(work: (storage: Storage) => T): T | undefined {
  try {
    return work(localStorage);
  } catch {
    return undefined;
  }
}

export const readKept = (key: Kept): string | undefined =>
  withStorage((storage) => storage.getItem(name(key))) ?? undefined;

export const keep = (key: Kept, value: string): void =>
  withStorage((storage) => storage.setItem(name(key), value));

export const forget = (key: Kept): void => withStorage((storage) => storage.removeItem(name(key)));

/** Tells when another tab has changed what is kept. */
export const onKeptElsewhere = (key: Kept, listener: () => void): void =>
  addEventListener('storage', (event) => {
    if (event.key === name(key)) listener();
  });
