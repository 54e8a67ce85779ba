import type { Rule } from './rate-limit.js';

/**
 * What bounds the guessing of a secret, and how long one holds. PostgreSQL goes by these itself, from
 * a table that `npm run migrate` fills and no login may write: who holds a role's login can't choose
 * them.
 */
export interface SecretBound {
  /** How many at the most, within `lastsMs`. */
  most: number;
  lastsMs: number;
}

/** A bound as a limit that counts all tries, right ones too. */
export const asRule = ({ most, lastsMs }: SecretBound): Rule => ({ max: most, windowMs: lastsMs });

const MINUTE_MS = 60_000;

export const SECRET_BOUNDS = {
  /**
   * A session ends this long after it began, used or not. An account has so many of them; one more,
   * and the one that was not used for longest ends.
   */
  session: { most: 50, lastsMs: 30 * 86_400_000 },
  /** That a session was used is written at most so often. */
  session_use: { most: 1, lastsMs: 5 * MINUTE_MS },
  /** Wrong passwords that one session may show where it is asked for the account's. */
  password_asked: { most: 10, lastsMs: 60 * MINUTE_MS },
  /** A password that is noted is compared at once; one that never was is kept so long. */
  password_noted: { most: 1, lastsMs: MINUTE_MS },
  /**
   * Wrong passwords of one login, from wherever nobody has signed in to it before. It bounds guesses
   * from many addresses: more than twice what one network may do in that time, so that no single
   * stranger uses it up.
   */
  sign_in: { most: 100, lastsMs: 60 * MINUTE_MS },
  /** Those from one device that has signed in before: beside those of all others. */
  sign_in_device: { most: 10, lastsMs: 15 * MINUTE_MS },
  /** Devices that an account is known to have signed in from, and how long after the last time. */
  device: { most: 20, lastsMs: 400 * 86_400_000 },
  /**
   * An invite code lets so many people in, for so long; its owner may choose less. It has 80 random
   * bits, which are beyond all guessing.
   */
  invite: { most: 100, lastsMs: 7 * 86_400_000 },
  /** An operator's code to set another password, or to sign up, serves once. As long as an invite's. */
  password_reset: { most: 1, lastsMs: 86_400_000 },
  sign_up_invite: { most: 1, lastsMs: 7 * 86_400_000 },
  /** What the demo prints signs one browser in: as long as somebody may look at another window. */
  demo_sign_in: { most: 1, lastsMs: 10 * MINUTE_MS },
} as const satisfies Record<string, SecretBound>;

/**
 * How many wrong codes are compared, how often in a row a number may be said not to exist, and how
 * long its proof holds: settings of the stack, for `npm run migrate`.
 */
export interface GuessSettings {
  readonly checksAtMost: number;
  readonly guessesADay: number;
  readonly guessesKeptForOwner: number;
  readonly guessesInARow: number;
  readonly unreachableLimit: number;
  readonly proofLastsMs: number;
}

const DAY_MS = 86_400_000;

/** A person gets a notice so long before their proof ends, or when a quarter of its time is left. */
const NOTICE_BEFORE_MS = 7 * DAY_MS;

/** A row of wrong codes is forgotten this long after its last: see src/kernel/retention.ts. */
export const GUESSES_REMEMBERED_MS = 30 * DAY_MS;

/** Each bound by its name, as `secret_bounds` has them. */
export const listBounds = (guesses: GuessSettings): Readonly<Record<string, SecretBound>> => ({
  ...SECRET_BOUNDS,
  /**
   * A code is compared so often, and lives so long at the most, of which an app's service may take
   * less (NIST SP 800-63B-4, section 3.1.3.1: ten minutes).
   */
  code: { most: guesses.checksAtMost, lastsMs: 10 * MINUTE_MS },
  /** Wrong codes for one number by whoever is not known to have it, and by whoever is. */
  guesses: { most: guesses.guessesADay - guesses.guessesKeptForOwner, lastsMs: DAY_MS },
  own_guesses: { most: guesses.guessesADay, lastsMs: DAY_MS },
  /** NIST SP 800-63B-4, section 3.2.2: 100 in a row at the most. */
  guesses_in_a_row: { most: guesses.guessesInARow, lastsMs: GUESSES_REMEMBERED_MS },
  /**
   * Dings and conference calls in a row of which the carrier says that there is no such number,
   * however long it takes: a proof is the longest that they are remembered.
   */
  unreachable: { most: guesses.unreachableLimit, lastsMs: 3_650 * DAY_MS },
  /** How long a proof has held when its person gets a notice that it ends. */
  proof_notice: {
    most: 1,
    lastsMs: guesses.proofLastsMs - Math.min(NOTICE_BEFORE_MS, guesses.proofLastsMs / 4),
  },
});
