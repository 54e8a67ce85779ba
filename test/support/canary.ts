import { createHash, randomBytes } from 'node:crypto';
import type { TestNumber } from './numbers.js';

/**
 * Looks for a number in all the forms in which it could have leaked: as it is written, coded, packed, or under a hash
 * that anyone can compute for every number there is.
 */
interface Needle {
  what: string;
  bytes: Buffer;
}

const CALLING_CODE: Record<TestNumber['country'], string> = {
  US: '1',
  CN: '86',
  GB: '44',
  DE: '49',
};

/** What follows the calling code stands in E.164, in the national form and in percent-encoding alike. */
const significant = (number: TestNumber): string =>
  number.e164.slice(1 + CALLING_CODE[number.country].length);

function formsOf(number: TestNumber): Needle[] {
  const [digits, core] = [number.e164.slice(1), significant(number)];
  const needles: Needle[] = [];
  const add = (what: string, bytes: Buffer | string): void =>
    void needles.push({ what: `${what} of ${number.e164}`, bytes: Buffer.from(bytes as string) });

  add('digits', core);
  for (const separator of [' ', '-', '.', '\u00a0', '%20', '+', '/']) {
    for (const sizes of [
      [3, 3, 4],
      [3, 4, 4],
      [2, 4, 4],
      [4, 6],
      [4, 7],
      [3, 3, 5],
      [3, 7],
      [3, 8],
      [2, 8],
    ]) {
      if (sizes.reduce((sum, size) => sum + size, 0) !== core.length) continue;
      let at = 0;
      add('groups', sizes.map((size) => core.slice(at, (at += size))).join(separator));
    }
    add('pairs', (core.match(/../g) ?? []).join(separator));
  }
  add('national form', number.national);
  add('national form, percent-encoded', encodeURIComponent(number.national));
  add('UTF-16 LE', Buffer.from(core, 'utf16le'));
  add('UTF-16 BE', Buffer.from(core, 'utf16le').swap16());
  add('hex', Buffer.from(core).toString('hex'));
  add('digits backwards', [...core].reverse().join(''));
  for (const offset of [0, 1, 2]) {
    const whole = Buffer.concat([Buffer.alloc(offset), Buffer.from(core)])
      .toString('base64')
      .replace(/=+$/, '');
    // Only the characters that depend on nothing but the number.
    add(
      `base64 at offset ${String(offset)}`,
      whole.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + core.length) * 8) / 6)),
    );
  }
  // As GSM packs a number: two digits a byte, the first in the lower half, filled up with F.
  const swapped = (`${digits}${digits.length % 2 === 0 ? '' : 'f'}`.match(/../g) ?? [])
    .map((pair) => `${pair[1] ?? ''}${pair[0] ?? ''}`)
    .join('');
  add('reversed nibbles', Buffer.from(swapped, 'hex'));
  add('reversed nibbles in hex', swapped);
  add('reversed nibbles in hex, capitals', swapped.toUpperCase());
  for (const text of [
    number.e164,
    digits,
    core,
    `0${core}`,
    number.national,
    `tel:${number.e164}`,
  ]) {
    for (const algorithm of ['md5', 'sha1', 'sha256']) {
      const hash = createHash(algorithm).update(text).digest();
      add(algorithm, hash);
      add(`${algorithm} in hex`, hash.toString('hex'));
      add(`${algorithm} in hex, capitals`, hash.toString('hex').toUpperCase());
      add(`${algorithm} in base64`, hash.toString('base64').replace(/=+$/, ''));
      add(`${algorithm} in base64url`, hash.toString('base64url'));
    }
  }
  return needles;
}

/** A text that must not be somewhere: as it is, in UTF-16, hex or base64. */
function formsOfText(text: string): Needle[] {
  const bytes = Buffer.from(text);
  const needles: Needle[] = [
    { what: `"${text}"`, bytes },
    { what: `"${text}" in UTF-16 LE`, bytes: Buffer.from(text, 'utf16le') },
    { what: `"${text}" in hex`, bytes: Buffer.from(bytes.toString('hex')) },
  ];
  for (const offset of [0, 1, 2]) {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    needles.push({
      what: `"${text}" in base64`,
      bytes: Buffer.from(
        whole.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6)),
      ),
    });
  }
  return needles;
}

/** Finds any of many needles in one pass: the first three bytes of each lead to it. */
export class Search {
  private readonly isFirst = new Uint8Array(1 << 24);
  private readonly byFirst = new Map<number, Needle[]>();

  constructor(what: { numbers?: readonly TestNumber[]; texts?: readonly string[] }) {
    const needles = [
      ...(what.numbers ?? []).flatMap(formsOf),
      ...(what.texts ?? []).flatMap(formsOfText),
    ];
    const seen = new Set<string>();
    for (const needle of needles) {
      const key = needle.bytes.toString('latin1');
      if (needle.bytes.length < 6)
        throw new Error(`too short to be told from chance: ${needle.what}`);
      if (seen.has(key)) continue;
      seen.add(key);
      const first = needle.bytes.readUIntBE(0, 3);
      this.isFirst[first] = 1;
      this.byFirst.set(first, [...(this.byFirst.get(first) ?? []), needle]);
    }
  }

  /** What was found, and where: `store: what (… around it …)`. */
  in(store: string, content: Buffer | string): string[] {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const found = new Set<string>();
    let window = bytes.length < 3 ? 0 : bytes.readUInt16BE(0);
    for (let at = 2; at < bytes.length; at += 1) {
      window = ((window << 8) | (bytes[at] as number)) & 0xffffff;
      if (this.isFirst[window] === 0) continue;
      for (const needle of this.byFirst.get(window) ?? []) {
        const from = at - 2;
        if (
          bytes.compare(
            needle.bytes,
            0,
            needle.bytes.length,
            from,
            Math.min(bytes.length, from + needle.bytes.length),
          ) === 0
        ) {
          const around = bytes
            .subarray(Math.max(0, from - 60), from + needle.bytes.length + 20)
            .toString('latin1')
            .replace(/[^\x20-\x7e]+/g, '.');
          found.add(`${store}: ${needle.what} (… ${around} …)`);
        }
      }
    }
    return [...found];
  }
}

/** Six digits are no proof among other digits: a code counts where it stands by itself. */
export function codesIn(store: string, codes: readonly string[], text: string): string[] {
  return codes
    .filter((code) => new RegExp(`(?<![0-9A-Za-z.-])${code}(?![0-9A-Za-z-])`).test(text))
    .map((code) => `${store}: the code ${code}`);
}

/** A seed to draw this run's numbers by; CANARY_SEED repeats a run. */
export function canarySeed(): number {
  const seed = Number(process.env['CANARY_SEED'] ?? randomBytes(4).readUInt32BE());
  process.stderr.write(`canary seed: CANARY_SEED=${String(seed)}\n`);
  return seed;
}
