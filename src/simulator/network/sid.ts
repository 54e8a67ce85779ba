import { randomBytes } from 'node:crypto';

/**
 * Two letters say what a sid names (AC account, SM message, CA call, CF conference); 32 hexadecimal
 * digits follow.
 */
export type SidKind = 'AC' | 'SM' | 'CA' | 'CF';

export function makeSid(kind: SidKind): string {
  return kind + randomBytes(16).toString('hex');
}

export function isSid(kind: SidKind, text: string): boolean {
  return text.startsWith(kind) && /^[0-9a-f]{32}$/.test(text.slice(2));
}
