import { setTimeout as wait } from 'node:timers/promises';
import { isDatabaseAway, isDatabaseFull } from './database.js';

/** Some 100 s, if each try fails at once. */
const TRIES = 25;

/**
 * What ended this statement passes by itself: a statement took too long (57014), or somebody else
 * held what it wanted (40P01, 55P03).
 */
const PASSING = /^(57014|40P01|55P03)$/;

/**
 * Does what must be done in the database, and again while that is away, full or busy, as long as
 * somebody may wait. @throws what the last try did
 */
export async function insist<T>(work: () => Promise<T>, mayWait: () => boolean): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || attempt === TRIES || !mayWait()) throw error;
      await wait(Math.min(5_000, 50 * 2 ** attempt));
    }
  }
}

const isPassing = (error: unknown): boolean =>
  isDatabaseAway(error) ||
  isDatabaseFull(error) ||
  PASSING.test(String((error as { code?: unknown } | undefined)?.code));
