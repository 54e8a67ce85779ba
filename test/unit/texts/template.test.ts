import { LANGUAGES } from '../../../src/texts/catalogue.js';
import { codeSms, findSmsProblems } from '../../../src/texts/code-sms.js';
import {
  LONGEST_NAME,
  findServiceNameProblem,
  findTemplateProblems,
} from '../../../src/texts/template.js';

const HOST = 'dingline.example';
const given = { host: HOST, appHash: undefined, name: 'Pump shop' };

describe('the name of a service', () => {
  test.each([
    'Pump shop',
    'Zoë & Sons',
    'ポンプ店',
    'U.S. Pumps',
    'Studio 54',
    'x'.repeat(LONGEST_NAME),
    '水'.repeat(LONGEST_NAME),
    'A-1 Pumps (Bonn)',
    'پمپ\u200cها',
    'Pumps ❤\ufe0f',
  ])('%s may stand in a text', (name) => {
    expect(findServiceNameProblem(name)).toBeUndefined();
  });

  test.each([
    ['nothing', ''],
    ['31 characters', 'x'.repeat(31)],
    ['a blank before it', ' Pumps'],
    ['a line break', 'Pumps\n@evil.example #123456'],
    ['a mark of the last line', 'Pumps @home'],
    ['the other', 'Pumps #1'],
    ['a full-width mark', 'Pumps ＠home'],
    ['an address', 'pumps.example'],
    ['an address without its end', 'www.pumps'],
    ['a scheme', 'x://pumps'],
    ['a code', 'Pumps 123456'],
    ['a code with blanks', 'Pumps 12 34'],
    ['no letter', '123'],
    ['a placeholder', 'Pumps {code}'],
    ['a sign that turns the direction round', 'Pumps \u202Eshop'],
    ['a sign without width', 'Pumps\u200Bshop'],
    ['a tag', '<b>Pumps'],
    ['a dot of one place', 'Bank․com'],
    ['a small dot', 'Bank﹒com'],
    ['a full-width dot', 'Bank．com'],
    ['an ideographic stop', 'Bank。com'],
    ['its half-width form', 'Bank｡com'],
    ['a full-width scheme', 'x：／／pumps'],
    ['a small mark', 'Pumps ﹟1'],
    ['full-width braces', 'Pumps ｛code｝'],
    ['digits in circles', 'Pumps ①②③④'],
    ['full-width digits', 'Pumps １２３４'],
    ['nothing that is seen', '\u3164\u3164'],
    ['a blank of Braille', 'Pumps\u2800shop'],
    ['an invisible tag', 'Pumps\u{e0041}'],
    ['NUL', 'Pumps\0'],
    ['a noncharacter', 'Pumps\ufffe'],
  ])('with %s may not', (_what, name) => {
    expect(findServiceNameProblem(name)).toEqual(expect.any(String));
  });
});

describe('a template', () => {
  test.each([
    'Your code for {name} is {code}.',
    '{code}',
    '{name}: {code}. Tell it to nobody.\nThank you',
    '{code} is your code. {name} never asks for it.',
    'お支払いの認証コード{code}です。',
    '您的验证码是{code}，请勿告诉他人。',
    'Valid for 10 min: {code} ({code})',
  ])('%j may be used', (template) => {
    expect(findTemplateProblems(template, given)).toEqual([]);
  });

  test.each([
    ['no code', 'Your code for {name}', 'has no {code}'],
    ['another placeholder', '{code} for {user}', 'has a brace'],
    ['half a placeholder', '{code} for {name', 'has a brace'],
    ['the last line of another site', '{code}\n@evil.example #{code}', 'has @ or #'],
    ['a line that begins like it', '{code}\n@evil', 'has @ or #'],
    ['a number sign before the code', 'Code #{code}', 'has @ or #'],
    ['a full-width mark', '{code}\n＠evil', 'has @ or #'],
    ['a link', '{code} https://evil.example/x', 'has a link'],
    ['a link without a scheme', 'Go to evil.example and enter {code}', 'has a link'],
    ['a name that becomes a link', '{code} for {name}.com', 'has a link'],
    ['a code that becomes a link', 'See {code}.example', 'has a link'],
    ['an address of numbers', '{code} at 10.20.30.40', 'has a link'],
    ['another code', 'Not 123456 but {code}', 'has four digits or more'],
    ['a code in pieces', 'Not 12-34 but {code}', 'has four digits or more'],
    ['a digit before the code', 'Code 1{code}', 'right beside {code}'],
    ['a digit after the code', 'Code {code} 1 min', 'right beside {code}'],
    ['two codes in one', '{code}{code}', 'right beside {code}'],
    ['the name right before the code', '{name}{code}', 'right beside {code}'],
    ['a dot of one place', '{code} at evil․example', 'has a link'],
    ['full-width digits', 'Not １２３４ but {code}', 'has four digits or more'],
    ['a digit in a circle before the code', 'Code ①{code}', 'right beside {code}'],
    ['what nobody sees', '{code}\u3164', 'one that cannot be seen'],
    ['a tag', '{code}\u{e0041}', 'one that cannot be seen'],
    ['a control character', '{code}\u0007', 'has a control character'],
    ['a carriage return', '{code}\r\nThanks', 'has a control character'],
    ['a sign that turns the direction round', '\u202E{code}', 'has a control character'],
    ['a blank around it', '{code} ', 'has blanks around it'],
    ['a line break at its end', '{code}\n', 'has blanks around it'],
    ['more than fits', `{code} ${'x'.repeat(120)}`, 'makes the SMS 2 segments long'],
    ['more than ever fits', `{code}${'x'.repeat(300)}`, 'is longer than 300'],
    [
      'a letter that leaves 70 characters',
      'Váš kód pro {name} je {code}. Nikomu jej neříkejte.',
      'makes the SMS 2 segments long',
    ],
  ])('with %s may not', (_what, template, problem) => {
    expect(findTemplateProblems(template, given)).toEqual(
      expect.arrayContaining([expect.stringContaining(problem)]),
    );
  });

  test("fits with the longest name, the host and the app's hash, to the last character", () => {
    // 10 digits, 30 of the name, a blank, the line break, and @host #code hash.
    const room = 160 - (10 + 30 + 1) - 1 - (1 + HOST.length + 2 + 10 + 12);
    const template = (filler: number): string => `{code} {name}${'x'.repeat(filler)}`;
    expect(findTemplateProblems(template(room), { ...given, appHash: 'FA+9qCX9VSu' })).toEqual([]);
    expect(findTemplateProblems(template(room + 1), { ...given, appHash: 'FA+9qCX9VSu' })).toEqual([
      expect.stringContaining('(161 units of GSM-7)'),
    ]);
  });

  test('is measured in the alphabet of the name', () => {
    expect(findTemplateProblems('{name}: your code is {code}.', given)).toEqual([]);
    expect(findTemplateProblems('{name}: your code is {code}.', { ...given, name: '水' })).toEqual([
      expect.stringContaining('UCS-2'),
    ]);
  });
});

describe.each(LANGUAGES)('the SMS of an app in %s', (language) => {
  const app = { name: 'Pump shop' };
  const leftMs = 300_000;
  const first = (text: string): string => text.split('\n')[0] as string;

  test('commonly says whose code it is, the code, and for how many minutes it lasts, and nothing of Dingline', () => {
    const text = codeSms(language, { code: '012345', host: HOST, leftMs, app });
    for (const part of ['Pump shop', '012345', '5']) expect(first(text)).toContain(part);
    expect(first(text)).not.toMatch(/Dingline|叮线|10/);
    expect(findSmsProblems(text)).toEqual([]);
  });

  test.each([
    ['x'.repeat(30), 'dingline.operations.northern-pumps.test.', 'FA+9qCX9VSu'],
    ['水'.repeat(30), 'dingline.operations.northern-pumps.test.', 'FA+9qCX9VSu'],
    ['Café Ñandú [€]', 'dingline.example', undefined],
    ['水ポンプ', 'localhost', undefined],
  ])('is one segment with the name %s, host %s, hash %s', (name, host, appHash) => {
    for (const code of ['0123', '012345', '8888888888']) {
      const text = codeSms(language, { code, host, appHash, leftMs: 600_000, app: { name } });
      expect(findSmsProblems(text)).toEqual([]);
      expect(text).not.toMatch(/Dingline|叮线/);
    }
  });

  test('says in its own words what the operator wrote, as long as it fits', () => {
    const template = '{name}: {code}!';
    expect(
      codeSms(language, { code: '012345', host: HOST, leftMs, app: { ...app, template } }),
    ).toBe(`Pump shop: 012345!\n\n@${HOST} #012345`);
    const tooLong = codeSms(language, {
      code: '012345',
      host: HOST,
      leftMs,
      app: { ...app, template: `{code} ${'x'.repeat(150)}` },
    });
    expect(tooLong).toBe(codeSms(language, { code: '012345', host: HOST, leftMs, app }));
  });

  test('shows nothing of a name from before that nobody sees', () => {
    const old = { ...app, name: '\u202ePump\u200b shop\0' };
    expect(first(codeSms(language, { code: '012345', host: HOST, leftMs, app: old }))).toBe(
      first(codeSms(language, { code: '012345', host: HOST, leftMs, app })),
    );
  });

  test('takes a name for a name, whatever it looks like', () => {
    expect(
      codeSms(language, {
        code: '012345',
        host: HOST,
        leftMs,
        app: { ...app, name: '{code} $& {name}', template: '{name}: {code}' },
      }),
    ).toMatch(/^\{code\} \$& \{name\}: 012345\n/);
  });
});
