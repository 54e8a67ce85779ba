// The GSM 7-bit alphabet; those of the second row take two places.
const GSM =
  /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€]*$/;
const GSM_DOUBLE = /[\^{}\\[~\]|€]/g;

/**
 * 160 places in one GSM segment and 153 in each of several; 70 and 67 where a character needs
 * UCS-2.
 */
export function countSegments(body: string): number {
  const isGsm = GSM.test(body);
  const places = isGsm ? body.length + (body.match(GSM_DOUBLE)?.length ?? 0) : body.length;
  const [one, each] = isGsm ? [160, 153] : [70, 67];
  return places <= one ? 1 : Math.ceil(places / each);
}
