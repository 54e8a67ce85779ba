import { holds, RING_CONSENT } from '../../../src/accounts/consent.js';
import { sha256 } from '../../../src/kernel/digest.js';

describe('consent to be rung', () => {
  test('is not there until it is given', () => expect(holds(undefined)).toBe(false));

  test('holds from a grant until a withdrawal', () => {
    expect(holds({ action: 'granted', version: RING_CONSENT.version, language: 'en' })).toBe(true);
    expect(holds({ action: 'withdrawn', version: RING_CONSENT.version, language: 'en' })).toBe(
      false,
    );
  });

  test('still holds when it was given to an older version of the text', () => {
    expect(holds({ action: 'granted', version: 'an older one', language: 'zh' })).toBe(true);
  });

  // A consent is proved by the hash of what was read: a text that changes under its version would prove nothing.
  test('to version 1 is to these texts, and a changed text has another version', () => {
    expect(RING_CONSENT.version).toBe('1');
    expect(
      Object.fromEntries(
        Object.entries(RING_CONSENT.texts).map(([language, text]) => [
          language,
          sha256(text).toString('hex'),
        ]),
      ),
    ).toEqual({
      en: '84dd48e0b0dc1102df080709a874fadb778c1795a9c77a74cf1191b703ef7385',
      zh: 'b9411033f687ef039bf369f551035b2793a635040050851e5d903fb66e011f9f',
    });
  });
});
