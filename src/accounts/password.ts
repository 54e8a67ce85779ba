export const PASSWORD_LENGTH = { min: 8, max: 128 } as const;

/** Length alone counts: rules of composition make passwords worse (NIST SP 800-63B-4, 3.1.1.2). */
export function isGoodPassword(password: string, login: string): boolean {
  const length = [...normalize(password)].length;
  return (
    length >= PASSWORD_LENGTH.min &&
    length <= PASSWORD_LENGTH.max &&
    normalize(password).toLowerCase() !== login.toLowerCase()
  );
}

/** A password that is typed on two keyboards may come in two Unicode forms. */
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
  if (salt === undefined)
    throw new Error('a password is stretched in a way that is not known here');
  return {
    memoryCost: Number(memoryCost),
    timeCost: Number(timeCost),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
  };
}
