/**
 * `__Host-`: browsers take it only with Secure, Path=/ and no Domain, so no other host and no http
 * page can plant one.
 */
export const COOKIE = '__Host-dingline';

const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';

export const setCookie = (token: string, maxAgeMs: number): string =>
  `${COOKIE}=${token}; ${ATTRIBUTES}; Max-Age=${Math.floor(maxAgeMs / 1000)}`;

export const clearCookie = (): string => `${COOKIE}=; ${ATTRIBUTES}; Max-Age=0`;

/**
 * Finds our token in a Cookie header. If two have our name, neither is believed: one isn't ours.
 */
export function findSessionToken(header: string | undefined): string | undefined {
  const ours = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${COOKIE}=`));
  return ours.length === 1 ? ours[0]?.slice(COOKIE.length + 1) : undefined;
}
