import { CONSENT_PURPOSES, CONSENTS, holds } from '../../../src/accounts/consent.js';
import { sha256 } from '../../../src/kernel/digest.js';
import { LANGUAGES } from '../../../src/texts/catalogue.js';

const RING = {
  en: '84dd48e0b0dc1102df080709a874fadb778c1795a9c77a74cf1191b703ef7385',
  zh: 'b9411033f687ef039bf369f551035b2793a635040050851e5d903fb66e011f9f',
  es: 'f2d959b381ccbd146a999f7cc875bc87de200b2c71311f50788c9b929071f003',
  fr: 'b85d26b17ae9ed2808764a01ecad672be7727f2dfdc880c10a78c84371e888fb',
  de: '3948071404233a359f60bc7b535034267478bb3729b5d395f4aa6f9324e63dcc',
  ja: '74d90ec134212290ea78b94d6ae693d77f4943fb4deecc633684e29ae0b48f50',
};
const CONFERENCE = {
  en: 'c1da1304990aabdf7288b2b7ef6d63762729c6c257bc41f74ef97ffcc1994d54',
  zh: '0f4836acc5a3fccd2483e85bb91e774bf2510ccb9143c86c69eb3a2f0c4f8478',
  es: 'efd116dbb76cbb97624de481c74bf5269ecf81d0e8332614da8763e22f27f854',
  fr: '8eaf787f143083aad0c6c32248485f973fcf3ff7fcb04e9814ec994edc617c32',
  de: '801f292f188e60acd120fec1cc7b628274bc6a2d308d0f1daa9ba12a80301119',
  ja: '9f46b3b9e102da6e2c5c713f60d898b8cbbea1ec26e81af4d88c38e3c97e84f1',
};

describe('consent to be reached', () => {
  test('is not there until it is given', () => expect(holds(undefined)).toBe(false));

  test('holds from a grant until a withdrawal', () => {
    const { version } = CONSENTS.ring;
    expect(holds({ action: 'granted', version, language: 'en' })).toBe(true);
    expect(holds({ action: 'withdrawn', version, language: 'en' })).toBe(false);
  });

  test('still holds when it was given to an older version of the text', () => {
    expect(holds({ action: 'granted', version: 'an older one', language: 'zh' })).toBe(true);
  });

  test.each(CONSENT_PURPOSES)('to %s is in words of its own in every language', (purpose) => {
    const texts: Record<string, string> = CONSENTS[purpose].texts;
    expect(Object.keys(texts).sort()).toEqual([...LANGUAGES].sort());
    expect(new Set(Object.values(texts)).size).toBe(LANGUAGES.length);
  });

  // A consent is proved by the hash of what was read: a text that changes under its version would prove nothing.
  test('to version 1 is to these texts, and a changed text has another version', () => {
    const digests = (texts: Record<string, string>) =>
      Object.fromEntries(
        Object.entries(texts).map(([language, text]) => [language, sha256(text).toString('hex')]),
      );
    const { ring, conference } = CONSENTS;
    expect([ring.version, conference.version]).toEqual(['1', '1']);
    expect(digests(ring.texts)).toEqual(RING);
    expect(digests(conference.texts)).toEqual(CONFERENCE);
  });
});
