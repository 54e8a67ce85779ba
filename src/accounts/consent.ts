/**
 * They are fewer than the texts and calls have: whoever answers for a consent words it. People of
 * other languages are shown the English one.
 */
export const CONSENT_LANGUAGES = ['en', 'zh'] as const;
export type ConsentLanguage = (typeof CONSENT_LANGUAGES)[number];

/**
 * What a person who lets a team ring them agrees to, in words, with the version of the words. What
 * was shown is kept with each event: the version, the language and the SHA-256 of the text, so that
 * nobody can change it afterwards.
 *
 * To change the text, write the new one here under a new version; a grant then needs the new
 * version. A version may only say the same in better words: consent given to an older one holds
 * until it is withdrawn, for a comma must not silence the calls that someone relies on. What would
 * allow *more* than this text is another purpose, with a consent of its own (V1).
 */
export const RING_CONSENT = {
  version: '1',
  texts: {
    en:
      'Members of this team may have my phone rung with a Ding at any hour, until I confirm it or decline it. ' +
      'For that my verified number is given to a telephone carrier, and to nobody else; the members do not see it. ' +
      'I can withdraw this at any time, and no new call is made to me from then on.',
    zh:
      '本团队的成员可以随时通过 Ding 拨打我的电话，直到我确认或拒绝为止。' +
      '为此，我已验证的号码会提供给电信运营商，不会提供给任何其他人；团队成员看不到我的号码。我可以随时撤回此同意，撤回之后不会再有新的电话打给我。',
  },
} as const satisfies { version: string; texts: Record<ConsentLanguage, string> };

export const pickConsentLanguage = (language: string | undefined): ConsentLanguage =>
  CONSENT_LANGUAGES.find((one) => one === language) ?? 'en';

export interface ConsentEvent {
  action: 'granted' | 'withdrawn';
  version: string;
  language: string;
}

/**
 * Consent holds if the newest event is a grant, of whatever version. Without an event it doesn't.
 */
export function holds(
  newest: ConsentEvent | undefined,
): newest is ConsentEvent & { action: 'granted' } {
  return newest?.action === 'granted';
}
