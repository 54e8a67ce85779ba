import { randomBytes } from 'node:crypto';
import { formatSid, type VerifyService } from '../../apps/app.js';

export const newSecret = (): string => randomBytes(32).toString('base64url');

export function describeSecret(appId: string, secret: string, api: string): string[] {
  const user = `${formatSid('AC', appId)}:${secret}`;
  return [
    `  id       ${formatSid('AC', appId)}`,
    `  secret   ${secret}`,
    '  The secret is shown this once: only its hash is kept. To try it:',
    `  curl --user ${user} ${api}/v1/app`,
  ];
}

interface Bounds {
  countries: readonly string[];
  spendCap: string | null;
}

export function describeBounds({ countries, spendCap }: Bounds): string {
  const where = countries.length === 0 ? 'all countries' : countries.join(',');
  const cap =
    spendCap === null ? 'the usual spend cap' : `at most ${String(Number(spendCap))} a day`;
  return `${where}; ${cap}`;
}

export function describeService(one: VerifyService): string {
  const languages = Object.keys(one.templates);
  return [
    `  service  ${formatSid('VA', one.id)}${one.isDefault ? ' (default)' : ''}: "${one.name}"`,
    `codes of ${one.codeLength} digits for ${one.codeLastsMs / 1000} s`,
    one.channels.join(', '),
    ...(one.codeHost === null ? [] : [`bound to ${one.codeHost}`]),
    ...(languages.length === 0 ? [] : [`its own words in ${languages.join(', ')}`]),
  ].join('; ');
}
