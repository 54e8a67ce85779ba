import { isIP } from 'node:net';
import { z } from 'zod';

export const isLoopback = (url: URL): boolean =>
  url.hostname === 'localhost' ||
  url.hostname === '[::1]' ||
  /^127(\.\d{1,3}){3}$/.test(url.hostname);

const fail = (context: z.RefinementCtx): never => {
  context.addIssue({ code: 'custom', message: 'invalid' });
  return z.NEVER;
};
export const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.number().max(65_535));
export const portOrNone = z.union([z.literal('none').transform(() => undefined), port]);
export const PORT = 'a port from 0 to 65535 (0: any free one)';

export const address = (protocols: readonly string[]) =>
  z.string().transform((text, context) => {
    if (!URL.canParse(text)) return fail(context);
    const url = new URL(text);
    return protocols.includes(url.protocol) && url.hostname !== ''
      ? text.replace(/\/$/, '')
      : fail(context);
  });
export const databaseUrl = address(['postgres:', 'postgresql:']);
export const DATABASE_URL = 'a postgres:// address';
/** As browsers write it: a name with umlauts becomes its `xn--` form, which an SMS must hold too. */
export const origin = address(['http:', 'https:']).transform((text, context) => {
  const { href, origin } = new URL(text);
  return href === `${origin}/` ? origin : fail(context);
});
export const ORIGIN = 'an http:// or https:// address without a path';

/** Undefined where the word `off` stands in its place. */
export const originOrOff = z.union([z.literal('off').transform(() => undefined), origin]);

export const key = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}=?$/)
  .transform((text, context): Uint8Array => {
    const bytes = Buffer.from(text, 'base64url');
    return bytes.length === 32 ? new Uint8Array(bytes) : fail(context);
  });
export const KEY = 'base64url of 32 bytes';
/** Several of them with commas between, and at least one. */
export const list = <T>(item: z.ZodType<T, string>, most: number) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item).min(1).max(most))
    .transform((items): readonly T[] => Object.freeze(items));

/** The parts between commas; an empty text has none. */
export const splitAtCommas = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const network = z.string().refine((text) => {
  const [ip = '', bits, more] = text.split('/');
  const version = isIP(ip);
  return (
    version !== 0 &&
    more === undefined &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
  );
});
export const addresses = z
  .string()
  .transform(splitAtCommas)
  .pipe(z.array(network).max(64))
  .transform((items): readonly string[] => Object.freeze(items));

/** A number whose code is always the same. */
export interface TestNumber {
  readonly e164: string;
  readonly code: string;
}
export const testNumbers = z.string().transform((text, context): readonly TestNumber[] => {
  const items = text
    .split(',')
    .map((part): TestNumber | undefined => {
      const [, e164, code] = /^(\+[1-9]\d{6,14})=(\d{4,10})$/.exec(part.trim()) ?? [];
      return e164 === undefined || code === undefined ? undefined : { e164, code };
    })
    .filter((item) => item !== undefined);
  const isWhole =
    items.length === text.split(',').length &&
    new Set(items.map(({ e164 }) => e164)).size === items.length;
  return isWhole && items.length <= 100 ? Object.freeze(items) : fail(context);
});

/** The path of a file or folder. */
export const path = z.string().refine((text) => !text.includes('\0'));

/** A whole number, for limits: `parse: count(1, 100), must: COUNT(1, 100)`. */
export const count = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.number().min(least).max(most));
export const COUNT = (least: number, most: number): string =>
  `a whole number from ${least} to ${most}`;

/** How many in a second; none is no bound. */
export const pace = z.union([
  z.literal('none').transform(() => Infinity),
  z
    .string()
    .regex(/^\d{1,4}(\.\d{1,3})?$/)
    .transform(Number)
    .pipe(z.number().min(0.1).max(1000)),
]);
export const PACE = 'a number from 0.1 to 1000 with up to three decimals, or none';

/** An amount of money in the operator's currency. */
export const amount = z
  .string()
  .regex(/^\d{1,6}(\.\d{1,4})?$/)
  .transform(Number);
export const AMOUNT = 'an amount with up to four decimals (0.05)';
export const cap = z.union([z.literal('none').transform(() => undefined), amount]);

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const toMs = (text: string): number | undefined => {
  const [, digits, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS];
};
/**
 * A duration with its unit (500ms, 30s, 10m, 2h, 1d), parsed to milliseconds: its row has
 * `as: '...Ms'`. The bounds are written likewise.
 */
export const duration = (least: string, most: string) =>
  z.string().transform((text, context): number => {
    const ms = toMs(text);
    return ms === undefined || ms < (toMs(least) ?? 0) || ms > (toMs(most) ?? 0)
      ? fail(context)
      : ms;
  });
/** Several durations, with commas between them. */
export const durations = (least: string, most: string, items: number) =>
  list(duration(least, most), items);
export const DURATIONS = (least: string, most: string, items: number): string =>
  `one to ${items} durations with their units (ms, s, m, h, d) from ${least} to ${most}, ` +
  'with commas between them';
export const DURATION = (least: string, most: string): string =>
  `a duration with its unit (ms, s, m, h, d) from ${least} to ${most}`;
