import { type Language, LANGUAGES, TEXTS } from './catalogue.js';
import { showName } from './characters.js';
import { measureSms } from './segments.js';

/** The longest that a code may be. */
export const LONGEST_CODE = 10;

/**
 * By this line phones fill the code in, and refuse to on other sites (WICG, "Origin-bound one-time
 * codes delivered via SMS"). The host has no port. An Android app is found by its hash after the
 * code (Google, "SMS Retriever").
 */
const LAST_LINE = /^@[a-z0-9.-]+ #\d{4,10}( [A-Za-z0-9+/]{11})?$/;

export interface CodeSms {
  code: string;
  host: string;
  /** The hash of the Android app that reads the SMS. */
  appHash?: string | undefined;
  /** Whose code it is, if not Dingline's own. */
  app?: AppOfSms | undefined;
}

export interface AppOfSms {
  name: string;
  codeLastsMs: number;
  /** Its own wording in this language, with {code} and {name}; see template.ts. */
  template?: string | undefined;
}

export const buildLastLine = ({
  code,
  host,
  appHash,
}: Pick<CodeSms, 'code' | 'host' | 'appHash'>): string =>
  `@${host} #${code}${appHash === undefined ? '' : ` ${appHash}`}`;

/** In one pass: a name may look like a placeholder. */
export const fillTemplate = (template: string, name: string, code: string): string =>
  template.replace(/\{(name|code)\}/g, (_, what: string) => (what === 'name' ? name : code));

/** What an SMS with a code says: the fullest wording that leaves it within one segment. */
export function codeSms(language: Language, { code, host, appHash, app }: CodeSms): string {
  const lastLine = buildLastLine({ code, host, appHash });
  const wordings =
    app === undefined
      ? TEXTS[language].codeSms.map((wording) => wording(code))
      : listWordings(language, code, app);
  const [fullest, ...shorter] = wordings.flatMap((wording) => [
    `${wording}\n\n${lastLine}`,
    `${wording}\n${lastLine}`,
  ]) as [string, ...string[]];
  return (
    [fullest, ...shorter].find((text) => measureSms(text).segments === 1) ??
    shorter.at(-1) ??
    fullest
  );
}

function listWordings(
  language: Language,
  code: string,
  { name: writtenName, codeLastsMs, template }: AppOfSms,
): string[] {
  const name = showName(writtenName);
  const minutes = String(Math.max(1, Math.floor(codeLastsMs / 60_000)));
  return [
    ...(template === undefined ? [] : [fillTemplate(template, name, code)]),
    ...TEXTS[language].appCodeSms.map((wording) => wording(name, code, minutes)),
  ];
}

/**
 * What is wrong with an SMS that carries a code; nothing, if it is within one segment and ends with
 * the line above.
 */
export function findSmsProblems(text: string): string[] {
  const { alphabet, units, segments } = measureSms(text);
  const lines = text.split('\n');
  return [
    ...(segments === 1
      ? []
      : [`is ${String(segments)} segments long (${String(units)} units of ${alphabet})`]),
    ...(LAST_LINE.test(lines.at(-1) ?? '') ? [] : ['has a last line that is not @host #code']),
    ...(lines.length > 1 && lines[0] !== '' ? [] : ['says nothing before its last line']),
  ];
}

/**
 * What is wrong, in any language, with the SMS that this host (and app) would send; found before
 * one is sent.
 */
export function findSmsProblemsInAll(sms: Omit<CodeSms, 'code'>, digits: number): string[] {
  return LANGUAGES.flatMap((language) =>
    findSmsProblems(codeSms(language, { ...sms, code: '8'.repeat(digits) })).map(
      (problem) => `the SMS in ${language} ${problem}`,
    ),
  );
}
