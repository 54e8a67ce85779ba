import { dingSms } from '../../../src/ding/ding-sms.js';

const link = 'https://dingline.example/c#AAAAAAAAAAAAAAAAAAAAAA';
const sms = (text: string, language: 'en' | 'zh' = 'en', senderName = 'Ann') =>
  dingSms({ language, senderName, text, link });

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
  // One character outside of GSM 03.38 makes it all UCS-2.
  expect(sms(`${'x'.repeat(400)}你`).length).toBeLessThanOrEqual(3 * 67);
});

test('no character is cut in two', () => {
  for (let pad = 0; pad < 3; pad++)
    expect(Buffer.from(sms(`${'x'.repeat(pad)}${'😀'.repeat(500)}`)).toString()).not.toContain(
      '\ufffd',
    );
});
