// This is the GSM 7-bit alphabet. The characters of GSM_DOUBLE take two places each.
const GSM =
  /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€]*$/;
const GSM_DOUBLE = /[\^{}\\[~\]|€]/g;

/**
 * Counts the segments of a text. One GSM segment has 160 places, and each of several has 153; where
 * a character needs UCS-2 they have 70 and 67.
 */
export function countSegments(body: string): number {
  const isGsm = GSM.test(body);
  const places = isGsm ? body.length + (body.match(GSM_DOUBLE)?.length ?? 0) : body.length;
  const [single, each] = isGsm ? [160, 153] : [70, 67];
  return places <= single ? 1 : Math.ceil(places / each);
}
