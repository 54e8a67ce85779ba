/**
 * `__Host-`: browsers take it only with Secure, Path=/ and no Domain, so no other host and no http
 * page can plant one.
 */
export const SESSION_COOKIE = '__Host-dingline';
/** By it a browser is known that has signed in before: no session, and it opens nothing. */
export const DEVICE_COOKIE = '__Host-dingline-device';
/** Apps are told theirs in the answer, and send it in this header. */
export const DEVICE_HEADER = 'dingline-device';

const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';

export const setCookie = (name: string, token: string, maxAgeMs: number): string =>
  `${name}=${token}; ${ATTRIBUTES}; Max-Age=${Math.floor(maxAgeMs / 1000)}`;

/** Ends the session's; the device stays known. */
export const clearCookie = (): string => `${SESSION_COOKIE}=; ${ATTRIBUTES}; Max-Age=0`;

/**
 * Finds our token in a Cookie header. If two have our name, neither is believed: one isn't ours.
 */
export function findCookie(name: string, header: string | undefined): string | undefined {
  const ours = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  return ours.length === 1 ? ours[0]?.slice(name.length + 1) : undefined;
}
