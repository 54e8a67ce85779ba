import { findSmsProblemsInAll, LONGEST_CODE } from './code-sms.js';

/** What stands between two dots of a host (RFC 1123, section 2.1). */
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** A host takes so many characters at the most (RFC 1035, section 2.3.4). */
const LONGEST_HOST = 253;
/** Browsers take a host that ends in a number, also in 0x7f, for an address of IPv4. */
const NUMBER = /^[0-9]/;
/** Room for an Android app's hash is left, since the operator may set one later. */
const APP_HASH = 'x'.repeat(11);

/**
 * What is wrong with a host that is to stand in the last line of an SMS with a code, in words that
 * follow "the host"; undefined: nothing. Browsers compare it with the host of a page as they write
 * it themselves: without scheme and port, in small letters, other scripts as `xn--`. `localhost` is
 * for trying it out. With it every SMS must still fit within one segment, in each language, with
 * the longest code.
 */
export function findCodeHostProblem(host: string): string | undefined {
  if (/[^\x21-\x7e]/.test(host))
    return 'must be as browsers write it: without blanks, other letters than a to z as xn--';
  if (/[/:@?#]/.test(host)) return 'must be a host alone, without https://, port or path';
  if (host !== host.toLowerCase()) return 'must be in small letters';
  const labels = host.split('.');
  if (host.length > LONGEST_HOST || !labels.every((label) => LABEL.test(label)))
    return 'must be a hostname, such as shop.example';
  if (NUMBER.test(labels.at(-1) ?? '')) return 'must be a name and no IP address';
  if (labels.length === 1 && host !== 'localhost') return 'must have a dot, as in shop.example';
  const [tooLong] = findSmsProblemsInAll({ host, appHash: APP_HASH }, LONGEST_CODE);
  return tooLong === undefined ? undefined : `must be shorter: with it ${tooLong}`;
}
