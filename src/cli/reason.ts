import { blankUnspeakable, isSeen, stripHidden } from '../texts/characters.js';
import { UsageError } from './usage-error.js';

const LONGEST_REASON = 200;

/**
 * Reads why an operator does something, as it is kept and read by others, a person among them: one
 * line, without what nobody sees in it.
 */
export function parseReason(words: readonly string[], most = LONGEST_REASON): string {
  const line = blankUnspeakable(words.join(' ')).replaceAll('\n', ' ');
  const reason = stripHidden(line).trim();
  if (!isSeen(reason) || reason.length > most)
    throw new UsageError(`say why, in 1 to ${most} characters`);
  return reason;
}
