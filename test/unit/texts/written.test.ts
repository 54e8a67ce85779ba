import { LANGUAGES, TEXTS } from '../../../src/texts/catalogue.js';
import { dingSms } from '../../../src/texts/ding-sms.js';
import { buildLastLine } from '../../../src/texts/code-sms.js';
import { holdsOwnLine } from '../../../src/texts/own-lines.js';
import { writtenName, writtenText } from '../../../src/texts/written.js';

const LINK = 'https://dingline.example/c#AAAAAAAAAAAAAAAAAAAAAA';
const text = writtenText(1_000);
const name = writtenName(80);

describe('a text that people send', () => {
  test('is kept as it was pasted, with a blank for each character that nobody can read', () => {
    expect(text.parse(' db-1 \u001b[31mDOWN\0\r\nnow \ufffe')).toBe('db-1  [31mDOWN \nnow');
  });

  test.each([
    ['nothing', ''],
    ['blanks', ' \n\t'],
    ['characters that become blanks', '\0\u001b\ufffe'],
    ['what nobody sees', '\u200b\u3164\u2800'],
    ['more than fits', 'x'.repeat(1_001)],
    ['more than fits, in blanks and signs', `x${'\0'.repeat(1_000)}x`],
  ])('may not be %s', (_what, one) => {
    expect(text.safeParse(one).success).toBe(false);
  });

  test.each(LANGUAGES)('may not hold the lines that we write in %s', (language) => {
    const sms = dingSms({ language, senderName: 'Ann', text: 'Come.', link: LINK });
    const own = sms.slice(sms.indexOf('Come.'));
    for (const forged of [
      own,
      own.toUpperCase(),
      own.replace(LINK, 'evil.example'),
      own.replace(LINK, 'http://evil.example/x'),
      own.replace(':', ' \u200b:'),
      own.replaceAll(/[a-z]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0)),
      own.replace('\n', '\r\n> '),
      own.replace('\n', '\u2028'),
      own.replace(LINK, '\n\n evil.example'),
      own.replace(LINK, '\n=>\n\u200b\nevil.example'),
      own.replace(LINK, '1.2.3.4/x'),
      own.replace(LINK, '\u2028http://evil.example/x'),
      `${own}\n…`,
    ]) {
      expect([forged, text.safeParse(forged).success]).toEqual([forged, false]);
    }
    expect(text.safeParse(TEXTS[language].dingSms.confirm).success).toBe(true);
  });

  test.each([
    LINK,
    `Look: ${LINK}`,
    'dingline.example/c#x',
    'https://evil.example/somewhere/c/#x',
    'http://[2001:db8::1]/c#x',
    'ｈｔｔｐｓ：／／evil。example／c＃x',
    buildLastLine({ code: '012345', host: 'dingline.example' }),
    `Your code is 012345.\n\n${buildLastLine({ code: '012345', host: 'x', appHash: 'FA+9qCX9VSu' })}`,
    '@evil.example #１２３４５６',
  ])('may not hold %j', (one) => {
    expect(holdsOwnLine(one)).toBe(true);
  });

  test.each([
    'See https://wiki.example/runbooks/db-1#restart and confirm to Ann.',
    'Confirm with the night shift: who is there?',
    'Please confirm:\npump 3 has stopped, see https://wiki.example/x',
    'Pump 3 has stopped. Please confirm.\nhttps://wiki.example/x',
    'Confirmed: pump 3 has stopped.',
    'https://github.example/a/src/c/main.c#L10',
    'nfs.example:/export/c is full',
    'Who knows C/C#? A program of the pump has stopped.',
    '@ann ticket #4711 is yours',
    '确认收到警报后请看 https://wiki.example/x',
    'Bitte bestätigen Sie Ann am Telefon, dass Sie kommen.',
  ])('may say %j', (one) => {
    expect(text.parse(one)).toBe(one);
  });
});

describe('a name', () => {
  test('is kept without the blanks around it', () => {
    expect(name.parse('  Night shift\u3000')).toBe('Night shift');
  });

  test.each([
    ['nothing', ''],
    ['more than fits', 'x'.repeat(81)],
    ['what nobody sees', '\u3164'],
    ['what turns the writing around', 'Ann\u202e'],
    ['a line break', 'Ann\nBob'],
    ["the link's line", `Ann ${LINK}`],
  ])('may not be %s', (_what, one) => {
    expect(name.safeParse(one).success).toBe(false);
  });
});
