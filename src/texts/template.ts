import { findNameProblem, hasHidden } from './characters.js';
import { fillTemplate, buildLastLine, LONGEST_CODE } from './code-sms.js';
import { measureSms } from './segments.js';

/** How long a service's name may be: it stands in a text that has 160 characters in all, or 70. */
export const LONGEST_NAME = 30;
const LONGEST_TEMPLATE = 300;

/**
 * What phones make a link of, and carriers refuse in a text with a code: a scheme, `www.`, a dot
 * between two words or numbers.
 */
const LINK = /:\/\/|www\.|[\p{L}\p{N}_-]\.[\p{L}\p{M}\p{N}_-]{2,}/iu;
/** Browsers read it as a dot between two words, which in a text ends a sentence. */
const IDEOGRAPHIC_STOP = /[\p{L}\p{N}_-]。[\p{L}\p{M}\p{N}_-]{2,}/u;
/** A code has four digits or more, and some phones read "12-34" as one too. */
const DIGITS = /(?:\p{Nd}[ -]?){4}/u;
const MARKS = /[@#]/;

/**
 * What is wrong with the name of a service, in words that follow "the name"; undefined: nothing. It
 * is looked at in the form in which all ways to write a letter or a sign are one (NFKC).
 */
export function findServiceNameProblem(name: string): string | undefined {
  const length = [...name].length;
  if (length < 1 || length > LONGEST_NAME)
    return `must have 1 to ${String(LONGEST_NAME)} characters`;
  if (name !== name.trim()) return 'must have no blanks around it';
  const wrong = findNameProblem(name);
  if (wrong !== undefined) return wrong;
  const folded = name.normalize('NFKC');
  if (!/\p{L}/u.test(folded)) return 'must have a letter';
  if (/[{}<>]/.test(folded) || MARKS.test(folded)) return 'must be without @, #, <, >, { and }';
  if (LINK.test(folded) || IDEOGRAPHIC_STOP.test(folded))
    return 'looks like an address, which phones would make a link of';
  if (DIGITS.test(folded))
    return 'has four digits or more in a row, which would be taken for a code';
  return undefined;
}

export interface TemplateFor {
  /** It stands in the last line, as in code-sms.ts. */
  host: string;
  appHash: string | undefined;
  /**
   * The service's name as it is now, for its alphabet; it may become one as long as names may be.
   */
  name: string;
}

/**
 * What is wrong with a template, in words that follow "the template"; nothing: it may be used. A
 * template is what an SMS says above its last line, with `{code}` and, where it is wanted,
 * `{name}`. It must leave the SMS within one segment with the longest code and name, be free of
 * links, and never look like that last line, by which phones fill a code in.
 */
export function findTemplateProblems(
  template: string,
  { host, appHash, name }: TemplateFor,
): string[] {
  if (template.length > LONGEST_TEMPLATE)
    return [`is longer than ${String(LONGEST_TEMPLATE)} characters`];
  const bare = template.replaceAll('{code}', '').replaceAll('{name}', '');
  // All ways to write a letter or a sign are one here, as they are to who reads the SMS.
  const folded = template.normalize('NFKC');
  const problems = [
    ...(template.includes('{code}') ? [] : ['has no {code}']),
    ...(/[{}]/.test(bare) ? ['has a brace that is of neither {code} nor {name}'] : []),
    ...(template !== template.trim() ? ['has blanks around it'] : []),
    ...(hasHidden(bare.replaceAll('\n', ''))
      ? ['has a control character, or one that cannot be seen']
      : []),
    ...(MARKS.test(folded)
      ? ["has @ or #, which are the last line's: phones would take the code from there"]
      : []),
    ...(LINK.test(fillTemplate(folded, 'name', '1234'))
      ? ['has a link, or a dot with no blank after it: carriers refuse links in a text with a code']
      : []),
    ...(DIGITS.test(folded.replaceAll('{code}', '\n').replaceAll('{name}', '\n'))
      ? ['has four digits or more in a row, which would be taken for the code']
      : []),
    ...(/\p{Nd}[ -]?\{code\}|\{code\}[ -]?\p{Nd}|\}\{code\}|\{code\}\{/u.test(folded)
      ? [
          'has a digit, {name} or another {code} right beside {code}: ' +
            'nobody could tell where the code begins and ends',
        ]
      : []),
  ];
  if (problems.length > 0) return problems;
  const [longestName, code] = [
    [...name].length < LONGEST_NAME ? name.padEnd(LONGEST_NAME, 'n') : name,
    '8'.repeat(LONGEST_CODE),
  ];
  const { alphabet, units, segments } = measureSms(
    `${fillTemplate(template, longestName, code)}\n${buildLastLine({ code, host, appHash })}`,
  );
  return segments === 1
    ? []
    : [
        `makes the SMS ${String(segments)} segments long (${String(units)} units of ${alphabet}) ` +
          'with the longest code and the longest name',
      ];
}
