import { z } from 'zod';
import { nonSecretBytes } from './random.js';
import { REASON } from './reason.js';

/** The handle of a number: all that anyone outside src/plaintext knows of one. */
export type NumberRef = string & { readonly [ref]: never };
declare const ref: unique symbol;

/**
 * UUID version 7 (RFC 9562): the time in front keeps B-trees narrow, 74 random bits keep it
 * unguessable enough for a name; what must not be guessed has a secret of its own. No rule reads
 * the time in it, so it comes from no clock.
 */
export function newId(): string {
  const bytes = nonSecretBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * What the outside world calls a thing: `AC` an app, `VA` a service, `VE` a verification, and then
 * its id in hex. Twilio's SDKs check the two letters.
 */
export type SidPrefix = 'AC' | 'VA' | 'VE';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const SID = /^([a-z]{2})([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/**
 * Reads an id in whichever form somebody has it: as a UUID, or, where things of its kind have one,
 * as a sid; in small letters or capitals. Undefined: it is no id of this kind.
 */
export function parseId(text: string, prefix?: SidPrefix): string | undefined {
  const small = text.toLowerCase();
  if (UUID.test(small)) return small;
  const [, letters, ...groups] = SID.exec(small) ?? [];
  return letters === undefined || letters !== prefix?.toLowerCase() ? undefined : groups.join('-');
}

/** Tells whether a text has the form of an id, of whichever kind. */
export function isIdForm(text: string): boolean {
  const small = text.toLowerCase();
  return UUID.test(small) || SID.test(small);
}

/** An id in a body, as a UUID in small letters or capitals; of a sid's kind, in that form too. */
export const givenId = (prefix?: SidPrefix) =>
  prefix === undefined
    ? z.uuid().toLowerCase()
    : z
        .string()
        .transform((text, context) => {
          const id = parseId(text, prefix);
          if (id === undefined)
            context.addIssue({
              code: 'custom',
              params: { [REASON]: `expected ${prefix} and 32 hex digits, or a UUID` },
              input: undefined,
            });
          return id ?? z.NEVER;
        })
        .meta({ description: `${prefix} and 32 hex digits, or the same as a UUID` });
