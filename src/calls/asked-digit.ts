import { createHmac } from 'node:crypto';

const DIGITS = '0123456789';

/**
 * The digit that a turn of a call asks for. It follows from the secret in the call's own URL, so
 * nothing is stored, the same turn asks for the same digit however often it is looked at, and a
 * greeting that was recorded before can't know it.
 *
 * A key that was wrong isn't asked for later: a greeting that plays one tone again and again hits
 * once in ten calls, not once in ten turns.
 */
export function askedDigit(secret: string, turn: number, wrongKeys = ''): string {
  const left = [...DIGITS].filter((digit) => !wrongKeys.includes(digit));
  const hash = createHmac('sha256', secret)
    .update(`dingline asked digit 1\0${String(turn)}\0${wrongKeys}`)
    .digest();
  // 48 bits over ten digits or fewer: no digit is likelier than another by more than 1 in 10^13.
  return left[hash.readUIntBE(0, 6) % left.length] as string;
}
