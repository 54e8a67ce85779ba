import { parseLocale } from '../../../src/twilio-verify/resources.js';

test.each([
  ['de', 'de'],
  ['de-DE', 'de'],
  ['zh-CN', 'zh'],
  ['zh_hk', 'zh'],
  ['EN-GB', 'en'],
  ['pt-BR', undefined],
  ['deu', undefined],
  ['', undefined],
  ['de-', undefined],
  ['constructor', undefined],
])('the locale %s is our %s', (locale, language) => {
  expect(parseLocale(locale)).toBe(language);
});
