import { COMMON_PASSWORDS } from './common-passwords.js';

/** In characters. It is the only factor, and so has 15 at least (NIST SP 800-63B-4, 3.1.1.2). */
export const PASSWORD_LENGTH = { min: 15, max: 128 } as const;
/** With fewer different characters a password is guessed early, however long it is. */
const FEWEST_CHARACTERS = 5;
/** What fingers run along, and what is counted up. */
const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertzuiop',
  'azertyuiop',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
];
const LONG_ENOUGH = 4;

/** Says what is wrong with a password that is to be set, in words for the one who chose it. */
export function findPasswordProblem(password: string, login: string): string | undefined {
  const length = countCharacters(password);
  if (length < PASSWORD_LENGTH.min) return `at least ${PASSWORD_LENGTH.min} characters`;
  if (length > PASSWORD_LENGTH.max) return `at most ${PASSWORD_LENGTH.max} characters`;
  const plain = normalize(password).toLowerCase();
  if (isRepeated(plain, login.toLowerCase())) return 'the login is no password';
  if (isCommon(plain)) return 'too common: others would guess it';
  return undefined;
}

/**
 * Each code point counts as one, as the standard says, in whichever form it is typed: U+FDFA, a
 * single key, would be 18 characters after NFKC; a letter and its accent are one.
 */
const countCharacters = (password: string): number =>
  Math.min([...password.normalize('NFC')].length, [...normalize(password)].length);

/**
 * Compared as a whole, as the standard says: one that contains a common one may be good. There are
 * no rules of composition, which make passwords worse.
 */
function isCommon(plain: string): boolean {
  const bare = plain.replace(/[\s._-]/g, '');
  return (
    new Set(plain).size < FEWEST_CHARACTERS ||
    [plain, bare].some((one) => COMMON_PASSWORDS.has(one)) ||
    isRepeated(bare, bare.slice(0, findPeriod(bare))) ||
    isAlongRows(bare)
  );
}

const isRepeated = (text: string, part: string): boolean =>
  part !== '' && text.replaceAll(part, '') === '';

/** How long the shortest part is of which a text is made by repeating it; 0 if none. */
function findPeriod(text: string): number {
  for (let period = 1; period <= text.length / 2; period++)
    if (text.length % period === 0 && text.slice(0, period).repeat(text.length / period) === text)
      return period;
  return 0;
}

/** Made of nothing but pieces of rows, forwards or backwards. */
function isAlongRows(text: string): boolean {
  let rest = text;
  while (rest.length >= LONG_ENOUGH) {
    const longest = Math.max(
      ...[...ROWS, ...ROWS.map((row) => [...row].reverse().join(''))].map((row) =>
        countAlong(rest, row),
      ),
    );
    if (longest < LONG_ENOUGH) return false;
    rest = rest.slice(longest);
  }
  return text !== '' && rest.length < text.length;
}

/** How much of a text's beginning stands in a row. */
function countAlong(text: string, row: string): number {
  let count = 0;
  while (count < text.length && row.includes(text.slice(0, count + 1))) count++;
  return count;
}

/**
 * A password that is typed on two keyboards may come in two Unicode forms: this is the one that is
 * stretched.
 */
export const normalize = (password: string): string => password.normalize('NFKC');

/** How argon2id turns a password into a key. */
export interface Stretch {
  /** KiB. */
  memoryCost: number;
  timeCost: number;
  parallelism: number;
  salt: Buffer;
}

/**
 * OWASP's first choice for argon2id: 19 MiB, two passes, one lane; some 25 ms of a core.
 */
export const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** What was ever used, and some room for what will be. */
const DEAREST = { memoryCost: 65_536, timeCost: 4, parallelism: 4 } as const;

const isDearer = (cost: Omit<Stretch, 'salt'>, most: Omit<Stretch, 'salt'>): boolean =>
  cost.memoryCost * cost.timeCost > most.memoryCost * most.timeCost ||
  cost.memoryCost > most.memoryCost ||
  cost.parallelism > most.parallelism;

const STRETCH = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)$/;

/**
 * Writes it as a PHC string without its hash: `$argon2id$v=19$m=19456,t=2,p=1$<salt>`.
 * https://github.com/P-H-C/phc-string-format
 */
export function formatStretch({ memoryCost, timeCost, parallelism, salt }: Stretch): string {
  const unpadded = salt.toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${unpadded}`;
}

export function parseStretch(text: string): Stretch {
  const [, memoryCost, timeCost, parallelism, salt] = STRETCH.exec(text) ?? [];
  const cost = {
    memoryCost: Number(memoryCost),
    timeCost: Number(timeCost),
    parallelism: Number(parallelism),
  };
  // A row is not to say how much of this machine a sign-in takes.
  if (salt === undefined || isDearer(cost, DEAREST))
    throw new Error('a password is stretched in a way that is not known here');
  return { ...cost, salt: Buffer.from(salt, 'base64') };
}
