/** GSM 03.38, the basic table; one septet each. */
const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
    '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
/** Its extension table: an escape and the character, two septets. */
const EXTENSION = new Set('\f^{}\\[~]|€');

/**
 * How much one segment holds: alone, and as one of several, which lose 6 octets each to a header.
 */
const ROOM = {
  'GSM-7': { alone: 160, ofSeveral: 153 },
  'UCS-2': { alone: 70, ofSeveral: 67 },
} as const;

export interface SmsSize {
  /** One character that is in neither table makes the whole SMS UCS-2. */
  alphabet: 'GSM-7' | 'UCS-2';
  /** Septets, or UTF-16 code units. */
  units: number;
  segments: number;
}

/** How long an SMS is. Neither an escape nor a surrogate pair is split between two segments. */
export function measureSms(text: string): SmsSize {
  const characters = [...text];
  const isGsm = characters.every((one) => BASIC.has(one) || EXTENSION.has(one));
  const alphabet = isGsm ? 'GSM-7' : 'UCS-2';
  const lengths = characters.map((one) => (isGsm ? (EXTENSION.has(one) ? 2 : 1) : one.length));
  const units = lengths.reduce((sum, length) => sum + length, 0);
  const { alone, ofSeveral } = ROOM[alphabet];
  if (units <= alone) return { alphabet, units, segments: 1 };
  let segments = 1;
  let filled = 0;
  for (const length of lengths) {
    if (filled + length > ofSeveral) {
      segments += 1;
      filled = 0;
    }
    filled += length;
  }
  return { alphabet, units, segments };
}
