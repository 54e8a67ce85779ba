import fc from 'fast-check';
import { dingSms } from '../../../src/texts/ding-sms.js';
import { LANGUAGES, type Language, TEXTS } from '../../../src/texts/catalogue.js';
import { blankUnspeakable } from '../../../src/texts/characters.js';
import { measureSms } from '../../../src/texts/segments.js';

const link = 'https://dingline.example/c#AAAAAAAAAAAAAAAAAAAAAA';
const sms = (text: string, language: Language = 'en', senderName = 'Ann') =>
  dingSms({ language, senderName, text, link });
const FAMILY = '👨‍👩‍👧‍👦';

test('an SMS says who it is from, the text as it was written, and ends with the link', () => {
  expect(sms('Pump 3 <stopped>.')).toBe(
    `Urgent, from Ann by Dingline: Pump 3 <stopped>.\nConfirm: ${link}`,
  );
  expect(sms('三号泵停了。', 'zh')).toBe(`Ann通过叮线发来紧急消息：三号泵停了。\n确认：${link}`);
});

test('a long text is cut to three segments, and the link stays whole', () => {
  const plain = sms('x'.repeat(1_000));
  expect(plain).toHaveLength(3 * 153);
  expect(plain).toMatch(new RegExp(`x\\.\\.\\.\\nConfirm: ${link}$`));
  const chinese = sms('泵'.repeat(1_000), 'zh');
  expect(chinese).toHaveLength(3 * 67);
  expect(chinese.endsWith(link)).toBe(true);
});

test.each(['[', ']', '€', '|', '^', '{', '}', '~', '\\'])(
  'one %s, which takes two places, cuts nothing off a text of 300 characters',
  (sign) => {
    const text = `${'x'.repeat(150)}${sign}${'x'.repeat(149)}`;
    expect(sms(text)).toContain(text);
  },
);

test('what no table has cuts off no more than itself and what follows it, if it stands late', () => {
  expect(sms(`${'x'.repeat(340)}你${'x'.repeat(300)}`)).toContain(`${'x'.repeat(340)}...`);
  // If it stands early, the whole SMS has 201 characters.
  expect(sms(`你${'x'.repeat(600)}`)).toHaveLength(3 * 67);
});

const written = fc
  .array(
    fc.oneof(
      fc.constantFrom('[', '€', '|', '\n', '\r\n', ' ', 'é', FAMILY, '👍🏽', '🇩🇪', '你', 'e\u0301'),
      fc.constantFrom('x'.repeat(40), '[]'.repeat(20), '泵'.repeat(30), FAMILY.repeat(5)),
      fc.constant(`e${'\u0301'.repeat(100)}`),
      fc.string({ unit: 'grapheme', maxLength: 60 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) =>
    blankUnspeakable(parts.join(''))
      .slice(0, 1_000)
      .replace(/[\ud800-\udbff]$/, ''),
  );

test('an SMS has at most three segments, says as much of the text as they hold, and splits no character', () => {
  const graphemes = new Intl.Segmenter('en');
  fc.assert(
    fc.property(
      fc.constantFrom(...LANGUAGES),
      fc.constantFrom('Ann', '李', FAMILY.repeat(7), 'x'.repeat(80)),
      written,
      (language, senderName, text) => {
        const whole = sms(text, language, senderName);
        const size = measureSms(whole);
        const { from, confirm } = TEXTS[language].dingSms;
        expect(size.segments).toBeLessThanOrEqual(3);
        expect(whole.endsWith(`${confirm}${link}`)).toBe(true);
        if (whole.endsWith(`${text}${confirm}${link}`)) return;
        const start = from('\0').split('\0')[1] as string;
        const cut = whole.slice(whole.indexOf(start) + start.length, -`${confirm}${link}`.length);
        expect(cut.endsWith('...')).toBe(true);
        const kept = cut.slice(0, -3);
        const ends = [
          0,
          ...[...graphemes.segment(text)].map((one) => one.index + one.segment.length),
        ];
        expect(text.startsWith(kept)).toBe(true);
        expect(ends).toContain(kept.length);
        const more = text.slice(0, ends[ends.indexOf(kept.length) + 1]);
        const longer = whole.replace(`${kept}...${confirm}`, () => `${more}...${confirm}`);
        expect(measureSms(longer).segments).toBeGreaterThan(3);
      },
    ),
    { numRuns: 300 },
  );
});

test.each(LANGUAGES)(
  'in %s the longest name and host leave room for some of the text',
  (language) => {
    const longest = `https://${'x'.repeat(40)}:65535/c#${'A'.repeat(22)}`;
    for (const senderName of ['x'.repeat(80), '李'.repeat(80), FAMILY.repeat(7)]) {
      const words = { language, senderName, text: '泵'.repeat(1_000), link: longest };
      expect(measureSms(dingSms(words)).segments).toBe(3);
      expect(dingSms(words)).toMatch(/泵{10}/);
    }
  },
);

test('an SMS of a Ding from before the rules of writing shows nothing that no phone does', () => {
  expect(sms('db-1 \u001b[31mDOWN\0\ufffe', 'en', '\u202eAnn\u200b')).toBe(
    `Urgent, from Ann by Dingline: db-1  [31mDOWN  \nConfirm: ${link}`,
  );
  expect(sms('Come.', 'en', '\u3164')).toContain('from ? by');
});
