import type { FastifyRequest } from 'fastify';

/** People sign in by `Bearer` (or by a cookie, which no challenge names), apps by `Basic`. */
type Scheme = 'Bearer' | 'Basic';

const SCHEMES = Symbol('schemes that open this door');
type Asked = FastifyRequest & { [SCHEMES]?: readonly Scheme[] };

/** A guard says what opens its door, for the challenge of a 401 (RFC 9110, 11.6.1). */
export function openBy(request: Asked, ...schemes: readonly Scheme[]): void {
  request[SCHEMES] = schemes;
}

/**
 * Names the schemes that would open the door. Where people have a scheme of their own, a page isn't
 * told of `Basic`: its browser would ask for a password in a window, which no person here has.
 */
export function findChallenges(request: Asked): string {
  const schemes = request[SCHEMES] ?? ['Bearer'];
  const isPage = request.headers['sec-fetch-site'] !== undefined;
  const shown = schemes.filter((scheme) => scheme !== 'Basic' || schemes.length === 1 || !isPage);
  return shown.map((scheme) => (scheme === 'Basic' ? 'Basic realm="Dingline"' : scheme)).join(', ');
}
