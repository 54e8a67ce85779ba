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
