import { type Language, TEXTS } from '../texts/catalogue.js';

/**
 * The characters of GSM 03.38's basic table; one outside makes the whole SMS UCS-2, at less than
 * half the length.
 */
const GSM = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà]*$/u;

/**
 * At most three segments: what is cut off stands behind the link. A long SMS loses 7 septets or 3
 * characters of each to its header.
 */
const MOST_GSM = 3 * 153;
const MOST_UCS2 = 3 * 67;

/** What a Ding's SMS says. The link comes last and whole, whatever the length of the text. */
export function dingSms({
  language,
  senderName,
  text,
  link,
}: {
  language: Language;
  senderName: string;
  text: string;
  link: string;
}): string {
  const { from, confirm } = TEXTS[language].dingSms;
  const whole = `${from(senderName)}${text}${confirm}${link}`;
  const most = GSM.test(whole) ? MOST_GSM : MOST_UCS2;
  if (whole.length <= most) return whole;
  const room = most - (whole.length - text.length) - 3;
  // By code points, so that no character is cut in two.
  let kept = '';
  for (const character of text) {
    if (kept.length + character.length > room) break;
    kept += character;
  }
  return `${from(senderName)}${kept}...${confirm}${link}`;
}
