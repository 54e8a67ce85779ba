import { CODE_LENGTH, type ServiceWish } from '../../apps/app.js';
import { CHANNELS } from '../../handoff/channels.js';
import { parseCountries, parseDurationMs } from '../../settings.js';
import { type Language, parseLanguage, LANGUAGES } from '../../texts/catalogue.js';
import { findServiceNameProblem } from '../../texts/template.js';
import { UsageError } from '../usage-error.js';

/** As they were typed. */
export interface Options {
  serviceName?: string;
  countries?: string;
  spendCap?: string;
  name?: string;
  id?: string;
  codeLength?: string;
  lifetime?: string;
  channels?: string;
  codeHost?: string;
  template?: string[];
  off?: boolean;
  rotate?: boolean;
}

export const parseCountryOption = (text: string | undefined): readonly string[] | undefined => {
  if (text === undefined || text === 'all') return text === undefined ? undefined : [];
  const codes = parseCountries(text);
  if (codes === undefined || codes.length === 0)
    throw new UsageError(
      '--countries must be ISO 3166 codes in capitals with commas between them (DE,FR), or all',
    );
  return [...new Set(codes)].sort();
};
export const parseSpendCap = (text: string | undefined): string | null | undefined => {
  if (text === undefined || text === 'none') return text === undefined ? undefined : null;
  if (!/^\d{1,8}(\.\d{1,4})?$/.test(text))
    throw new UsageError(
      "--spend-cap must be an amount for a day (20 or 12.50), in the carrier's currency, or none",
    );
  return text;
};
export const parseServiceName = (text: string, option: string): string => {
  const wrong = findServiceNameProblem(text);
  if (wrong !== undefined) throw new UsageError(`${option}: the name in the text ${wrong}`);
  return text;
};

export function parseServiceWish(options: Options): Partial<ServiceWish> {
  const wish: Partial<ServiceWish> = {};
  if (options.name !== undefined) wish.name = parseServiceName(options.name, '--name');
  if (options.codeLength !== undefined) {
    wish.codeLength = /^\d{1,2}$/.test(options.codeLength) ? Number(options.codeLength) : 0;
    if (wish.codeLength < CODE_LENGTH.least || wish.codeLength > CODE_LENGTH.most)
      throw new UsageError(
        `--code-length must be a whole number from ${CODE_LENGTH.least} to ${CODE_LENGTH.most}`,
      );
  }
  if (options.lifetime !== undefined) {
    const ms = parseDurationMs(options.lifetime, '1m', '10m');
    if (ms === undefined || ms % 1000 !== 0)
      throw new UsageError(
        '--lifetime must be a duration with its unit (90s, 5m) from 1m to 10m, in whole seconds',
      );
    wish.codeLastsMs = ms;
  }
  if (options.channels !== undefined) {
    const named = options.channels.split(',').map((part) => part.trim());
    const channels = CHANNELS.filter((channel) => named.includes(channel));
    if (channels.length === 0 || channels.length !== named.length)
      throw new UsageError(
        `--channels must be ${CHANNELS.join(', ')} or both, with a comma between them`,
      );
    wish.channels = channels;
  }
  return wish;
}

/** Null: ours again. What is wrong with one is said by whoever knows the rest of the last line. */
export const parseCodeHost = (text: string | undefined): string | null | undefined =>
  text === 'none' ? null : text;

export function parseTemplate(text: string): [Language, string] {
  const [, before, template = ''] = /^([^=]*)=([^]*)$/.exec(text) ?? [];
  const language = parseLanguage(before);
  if (language === undefined)
    throw new UsageError(
      `--template must be a language (${LANGUAGES.join(', ')}), = and the text with {code} in ` +
        'it; nothing after = takes it away',
    );
  return [language, template];
}
