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
  /** For so long it is still valid: it may have waited. */
  leftMs: number;
  /** Whose code it is, if not Dingline's own. */
  app?: AppOfSms | undefined;
}

export interface AppOfSms {
  name: string;
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

/** A send itself takes some seconds: they are not counted. */
const SEND_MS = 5_000;
const LONGEST_MS = 10 * 60_000;

const countMinutes = (leftMs: number): string =>
  String(Math.max(1, Math.floor((leftMs + SEND_MS) / 60_000)));

/** What an SMS with a code says: the fullest wording that leaves it within one segment. */
export function codeSms(language: Language, { code, host, appHash, leftMs, app }: CodeSms): string {
  const minutes = countMinutes(leftMs);
  const lastLine = buildLastLine({ code, host, appHash });
  const wordings =
    app === undefined
      ? TEXTS[language].codeSms.map((wording) => wording(code, minutes))
      : listWordings(language, code, minutes, app);
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
  minutes: string,
  { name: writtenName, template }: AppOfSms,
): string[] {
  const name = showName(writtenName);
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
export function findSmsProblemsInAll(
  sms: Omit<CodeSms, 'code' | 'leftMs'>,
  digits: number,
): string[] {
  const longest = { ...sms, code: '8'.repeat(digits), leftMs: LONGEST_MS };
  return LANGUAGES.flatMap((language) =>
    findSmsProblems(codeSms(language, longest)).map(
      (problem) => `the SMS in ${language} ${problem}`,
    ),
  );
}
