import { LONGEST_CODE, findSmsProblemsInAll } from '../texts/code-sms.js';
import { isLoopback } from './parsers.js';
import { isGivenIn, type Texts } from './setting.js';

type Values = ReadonlyMap<string, unknown>;
/** Lines by the names of the settings that they are about. */
type Problems = Map<string, string>;

/** Checks what one setting asks of another. Returns whether the carrier is a live one. */
export function checkTogether(env: Texts, parsed: Values, problems: Problems): boolean {
  checkHostInSms(parsed, problems);
  checkIsLess('GUESSES_KEPT_FOR_OWNER', 'GUESSES_A_DAY', parsed, problems);
  checkIsLess('SENDS_KEPT_FOR_KNOWN', 'SENDS_A_DAY', parsed, problems);
  const carrier = parsed.get('CARRIER_BASE_URL') as string | undefined;
  if (carrier === undefined || isLoopback(new URL(carrier))) return false;
  refuseForLive(env, parsed, new URL(carrier), problems);
  return true;
}

/** An SMS with the code must hold the host, in every language. */
function checkHostInSms(parsed: Values, problems: Problems): void {
  const url = parsed.get('API_PUBLIC_URL') as string | undefined;
  if (url === undefined) return;
  const appHash = parsed.get('ANDROID_APP_HASH') as string | undefined;
  const [wrong] = findSmsProblemsInAll({ host: new URL(url).hostname, appHash }, LONGEST_CODE);
  if (wrong === undefined) return;
  problems.set(
    'API_PUBLIC_URL',
    `API_PUBLIC_URL must have a shorter host, a name without brackets: with it ${wrong}`,
  );
}

function checkIsLess(name: string, limit: string, parsed: Values, problems: Problems): void {
  const [value, most] = [parsed.get(name), parsed.get(limit)] as (number | undefined)[];
  if (value === undefined || most === undefined || value < most) return;
  problems.set(name, `${name} must be less than ${limit}`);
}

function refuseForLive(env: Texts, parsed: Values, carrier: URL, problems: Problems): void {
  const refuse = (name: string, why: string): void => {
    if (!problems.has(name)) problems.set(name, `${name} ${why}`);
  };
  // Numbers and the account's password would cross the network in clear text.
  if (carrier.protocol !== 'https:') {
    refuse('CARRIER_BASE_URL', 'must be https unless it is loopback');
  }
  const isRefused = 'is refused: CARRIER_BASE_URL is a live carrier, and';
  if (env['SIMULATOR_PORT']) refuse('SIMULATOR_PORT', `${isRefused} the simulator runs with none`);
  if (isGivenIn(env, 'TEST_NUMBERS')) {
    refuse('TEST_NUMBERS', `${isRefused} anybody could prove these numbers`);
  }
  const callback = parsed.get('INGRESS_PUBLIC_URL') as string | undefined;
  if (callback !== undefined && (isLoopback(new URL(callback)) || !callback.startsWith('https:'))) {
    const why = 'must be https and not loopback: the live carrier calls it from outside';
    refuse('INGRESS_PUBLIC_URL', why);
  }
  for (const [name, value] of parsed) {
    const items: unknown[] = Array.isArray(value) ? value : [value];
    const keys = items.filter((item) => item instanceof Uint8Array);
    if (keys.some(isSampleKey))
      refuse(name, 'is a published sample key: refused with a live carrier');
  }
}

/** Keys that were ever printed in a document, here or elsewhere. */
const SAMPLE_KEYS: ReadonlySet<string> = new Set([
  'XasIfmJKikt54X-Lg4AO5m87sSkmGLb9HC-LJ_-I4Os', // RFC 7748, section 6.1, Bob's private key
  '3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08', // RFC 7748, section 6.1, Bob's public key
]);

/** Besides printed keys, those count that no random generator gave: patterns, and words. */
function isSampleKey(bytes: Uint8Array): boolean {
  const [first = 0] = bytes;
  return (
    SAMPLE_KEYS.has(Buffer.from(bytes).toString('base64url')) ||
    bytes.every((byte) => byte === first) ||
    bytes.every((byte, i) => byte === ((first + i) & 0xff)) ||
    bytes.every((byte) => byte >= 0x20 && byte < 0x7f) // words: 1 random key in 10^13 looks so
  );
}
