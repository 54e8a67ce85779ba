import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * A page elsewhere can make a browser send requests to a loopback port under a name of its own (DNS
 * rebinding); it can't make the Host header say 127.0.0.1 or localhost.
 */
export function isOwnHost(host: string | undefined, port: number): boolean {
  return host === `127.0.0.1:${String(port)}` || host === `localhost:${String(port)}`;
}

/** Compares two texts in a time that reveals neither where they differ nor how long they are. */
export function isEqual(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

export function readBearerToken(authorization: string | undefined): string {
  return /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
}

export function readBasicCredentials(authorization: string | undefined): {
  user: string;
  password: string;
} {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1] ?? '';
  const [user = '', ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { user, password: password.join(':') };
}
