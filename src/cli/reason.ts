import { UsageError } from './usage-error.js';

/** Whoever reads it later, an operator or the person whom it is about, has a line's room. */
const LONGEST_REASON = 200;

/** Why an operator does something, of the words that end the command. @throws UsageError */
export function parseReason(words: readonly string[]): string {
  const reason = words.join(' ').trim();
  if (reason === '' || reason.length > LONGEST_REASON)
    throw new UsageError(`say why, in 1 to ${String(LONGEST_REASON)} characters`);
  return reason;
}
