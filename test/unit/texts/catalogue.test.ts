import { parseLanguage, LANGUAGES, TEXTS, VOICES } from '../../../src/texts/catalogue.js';

/** Every text of a language, by its path; what takes a name or a digit is given one. */
function phrases(of: unknown, path = ''): [path: string, text: string][] {
  if (typeof of === 'string') return [[path, of]];
  if (typeof of === 'function')
    return [[path, (of as (...given: string[]) => string)('7', '7', '7')]];
  return Object.entries(of as object).flatMap(([name, value]) => phrases(value, `${path}.${name}`));
}
const paths = (of: unknown): string[] =>
  phrases(of)
    .map(([path]) => path)
    .filter((path) => !/^\.(codeSms|appCodeSms)/.test(path))
    .sort();

test('there are six languages, and only these', () => {
  expect(LANGUAGES).toEqual(['en', 'zh', 'es', 'fr', 'de', 'ja']);
  expect(LANGUAGES.map(parseLanguage)).toEqual(LANGUAGES);
  for (const other of ['tlh', 'EN', '', 'toString', undefined, ['en']])
    expect(parseLanguage(other)).toBeUndefined();
});

describe.each(LANGUAGES)('in %s', (language) => {
  const { voice, space, ...texts } = TEXTS[language];

  test('there is every phrase, and none is empty or has blanks at its ends', () => {
    expect(paths(texts)).toEqual(
      paths((({ voice: _voice, space: _space, ...rest }) => rest)(TEXTS.en)),
    );
    for (const [path, text] of phrases(texts)) {
      if (path.startsWith('.dingSms')) continue; // a name and a text come between
      expect([path, text]).toEqual([path, text.trim()]);
      expect([path, text]).not.toEqual([path, '']);
    }
  });

  test('only English is said in English', () => {
    if (language === 'en') return;
    const english = new Map(phrases(TEXTS.en));
    for (const [path, text] of phrases(texts))
      if (/\p{L}/u.test(text)) expect([path, text]).not.toEqual([path, english.get(path)]);
  });

  test("the notice of the channel's risks says all that it must, in short paragraphs", () => {
    const { title, proves, risks, alternative, lost } = TEXTS[language].riskNotice;
    expect(title.length).toBeLessThan(60);
    expect(
      [proves, risks, alternative, lost].every(
        (text) => text.length > 20 && text.length < 400 && /[.。]$/.test(text),
      ),
    ).toBe(true);
    expect(proves).toMatch(/SMS|短信/);
    expect(risks).toMatch(/SIM/);
    expect(alternative).toMatch(/passkey|通行密钥|パスキー/i);
  });

  test('the voice speaks the language', () => {
    expect(VOICES[language]).toBe(voice);
    expect(voice.language).toMatch(
      { en: /^en-/, zh: /^cmn-/, es: /^es-/, fr: /^fr-/, de: /^de-/, ja: /^ja-/ }[language],
    );
    expect(space).toBe(language === 'zh' || language === 'ja' ? '' : ' ');
  });

  test("a name, a key and a menu's keys are said", () => {
    const { ding, conference, code, dingSms, confirmPage } = TEXTS[language];
    for (const text of [
      ding.from('Zoë'),
      conference.invited('Zoë'),
      dingSms.from('Zoë'),
      code.fromApp('Zoë'),
    ])
      expect(text).toContain('Zoë');
    for (let digit = 0; digit <= 9; digit += 1)
      expect(code.press(String(digit))).toMatch(new RegExp(`^\\D*${String(digit)}\\D*$`));
    expect(ding.menu).toMatch(/^\D*1\D*9\D*$/);
    expect(conference.menu).toMatch(/^\D*1\D*$/);
    expect(confirmPage.from).toContain('{name}');
    expect(confirmPage.sent).toContain('{time}');
    expect(confirmPage.team).toContain('{team}');
  });

  test('nothing that is spoken has signs that a voice would read out or stumble over', () => {
    const { ding, conference, code, outage } = texts;
    for (const [path, text] of phrases({ ding, conference, code, outage }))
      expect([path, text]).toEqual([path, expect.not.stringMatching(/[*#@/_{}<>&…;"()]/)]);
  });
});
