import type { Language } from '../../../src/handoff/handoff.js';
import { codeSms } from '../../../src/handoff/texts.js';

/** GSM 03.38: a character of the basic table is one septet, of the extension two; what is in neither makes it UCS-2. */
const BASIC = new Set('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà');
const EXTENSION = new Set('\f^{}\\[~]|€');

function size(text: string): { alphabet: 'GSM-7' | 'UCS-2'; units: number } {
  const septets = [...text].map((one) => (BASIC.has(one) ? 1 : EXTENSION.has(one) ? 2 : Number.NaN)).reduce((sum, one) => sum + one, 0);
  return Number.isNaN(septets) ? { alphabet: 'UCS-2', units: text.length } : { alphabet: 'GSM-7', units: septets };
}

/** 24 characters, such as `dingline.firma-gmbh.test`. */
const PLAUSIBLE_HOST = 'dingline.firma-gmbh.test';

test.each(['en', 'zh'] as const)('the text in %s fits one segment', (language: Language) => {
  const { alphabet, units } = size(codeSms(language, '888888', PLAUSIBLE_HOST));
  expect(units).toBeLessThanOrEqual(alphabet === 'GSM-7' ? 160 : 70);
});

test('the English text is in the alphabet of 160', () => {
  expect(size(codeSms('en', '888888', PLAUSIBLE_HOST)).alphabet).toBe('GSM-7');
  expect(size('€').units).toBe(2);
  expect(size('码').alphabet).toBe('UCS-2');
});

test.each(['en', 'zh'] as const)('the last line of the text in %s binds the code to the host', (language: Language) => {
  const lines = codeSms(language, '012345', 'dingline.example').split('\n');
  expect(lines.at(-1)).toBe('@dingline.example #012345');
  expect(lines.at(-2)).toBe(''); // WICG: the line is preceded by a blank one or by the explanatory text's own end
  expect(lines[0]).toContain('012345');
});
