import { LANGUAGES, TEXTS } from '../../../src/texts/catalogue.js';
import {
  codeSms,
  LONGEST_CODE,
  findSmsProblems,
  findSmsProblemsInAll,
} from '../../../src/texts/code-sms.js';
import { measureSms } from '../../../src/texts/segments.js';

const LAST_LINE = /^@[a-z0-9.-]+ #\d{4,10}( [A-Za-z0-9+/]{11})?$/;
const HOST = 'dingline.firma-gmbh.test';
/** 40 characters. */
const LONG_HOST = 'dingline.operations.northern-pumps.test.';
const APP_HASH = 'FA+9qCX9VSu';
const LASTS_MS = 600_000;
const lastLineOf = (text: string): string => text.split('\n').at(-1) ?? '';

describe.each(LANGUAGES)('the SMS with a code in %s', (language) => {
  test("is one segment with the longest code, an app's hash and a host of 40 characters", () => {
    expect(LONG_HOST).toHaveLength(40);
    const text = codeSms(language, {
      code: '8'.repeat(LONGEST_CODE),
      host: LONG_HOST,
      appHash: APP_HASH,
      leftMs: LASTS_MS,
    });
    expect(measureSms(text).segments).toBe(1);
    expect(findSmsProblems(text)).toEqual([]);
    expect(lastLineOf(text)).toBe(`@${LONG_HOST} #8888888888 ${APP_HASH}`);
  });

  test.each([
    ['012345', HOST, undefined],
    ['0123', 'localhost', undefined],
    ['012345', HOST, APP_HASH],
    ['0123456789', LONG_HOST, APP_HASH],
  ])(
    'ends with the line by which a phone binds it to the host (%s, %s, %s)',
    (code, host, appHash) => {
      const text = codeSms(language, { code, host, appHash, leftMs: LASTS_MS });
      expect(lastLineOf(text)).toMatch(LAST_LINE);
      expect(lastLineOf(text)).toBe(
        `@${host} #${code}${appHash === undefined ? '' : ` ${appHash}`}`,
      );
    },
  );

  test('commonly says in its fullest words what the code is, how long it lasts and that it is secret', () => {
    const [line, blank] = codeSms(language, {
      code: '012345',
      host: 'ding.example',
      leftMs: LASTS_MS,
    }).split('\n');
    expect(line).toBe(TEXTS[language].codeSms[0]('012345', '10'));
    expect(line).toMatch(/012345.*10|10.*012345/);
    expect(blank).toBe('');
  });

  test('says the code to a reader, too, with a code of six digits and a host of 24 characters, hash or none', () => {
    expect(HOST).toHaveLength(24);
    for (const appHash of [undefined, APP_HASH])
      expect(
        codeSms(language, { code: '012345', host: HOST, appHash, leftMs: LASTS_MS }).split('\n')[0],
      ).toContain('012345');
  });

  test.each([
    [600_000, '10'],
    [595_000, '10'], // the seconds of the send itself
    [594_000, '9'],
    [355_000, '6'],
    [351_000, '5'],
    [20_000, '1'],
  ])('says what is left of its life: of %i ms %s min', (leftMs, minutes) => {
    const given = { code: '876543', host: 'ding.example', leftMs };
    for (const app of [undefined, { name: 'Pump shop' }]) {
      const [line = ''] = codeSms(language, { ...given, app }).split('\n');
      expect(line.replace('876543', '').match(/\d+/g)).toEqual([minutes]);
    }
  });

  test('has its wordings from the longest to the shortest', () => {
    const lengths = TEXTS[language].codeSms.map((wording) => wording('888888', '10').length);
    expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
  });
});

test.each(['en', 'es', 'fr', 'de'] as const)(
  'every wording in %s is in the alphabet of 160',
  (language) => {
    const { codeSms: wordings, appCodeSms, dingSms } = TEXTS[language];
    for (const text of [
      ...wordings.map((wording) => wording('012345', '10')),
      ...appCodeSms.map((wording) => wording('Ann', '012345', '5')),
      dingSms.from('Ann'),
      dingSms.confirm,
    ])
      expect([text, measureSms(text).alphabet]).toEqual([text, 'GSM-7']);
  },
);

test.each([
  [
    'a second segment',
    `${'a'.repeat(150)}\n\n@a.example #012345`,
    'is 2 segments long (170 units of GSM-7)',
  ],
  ['a port', 'Code\n@a.example:3000 #012345', 'has a last line'],
  ['an address instead of a name', 'Code\n@[::1] #012345', 'has a last line'],
  ['capitals in the host', 'Code\n@A.example #012345', 'has a last line'],
  ['a code that is too short', 'Code\n@a.example #012', 'has a last line'],
  ['a code that is too long', 'Code\n@a.example #01234567890', 'has a last line'],
  ['a hash that is too short', 'Code\n@a.example #012345 FA+9qCX9VS', 'has a last line'],
  ['something after the last line', 'Code\n@a.example #012345\n', 'has a last line'],
  ['nothing to read', '@a.example #012345', 'says nothing'],
])('%s is a problem', (_title, text, problem) => {
  expect(findSmsProblems(text)).toEqual([expect.stringContaining(problem)]);
});

test('a host that is too long is named, with the languages that it is too long for', () => {
  expect(findSmsProblemsInAll({ host: LONG_HOST, appHash: APP_HASH }, LONGEST_CODE)).toEqual([]);
  expect(findSmsProblemsInAll({ host: `${LONG_HOST}x`, appHash: APP_HASH }, LONGEST_CODE)).toEqual([
    'the SMS in ja is 2 segments long (71 units of UCS-2)',
  ]);
  expect(findSmsProblemsInAll({ host: 'x'.repeat(120) }, LONGEST_CODE)).toHaveLength(
    LANGUAGES.length,
  );
});
