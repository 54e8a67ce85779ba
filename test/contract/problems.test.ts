import { Problem, type ProblemCode, PROBLEMS } from '../../src/kernel/problem.js';

// Codes are a contract: one that is here may not change its status, be renamed or be used for something else. A new
// one is added here with the change that brings it.
test('problem codes and their statuses', () => {
  expect(Object.entries(PROBLEMS).map(([code, [status]]) => `${status} ${code}`)).toEqual([
    '400 INVALID_INPUT',
    '400 INVALID_NUMBER',
    '400 INVALID_IDEMPOTENCY_KEY',
    '401 UNAUTHENTICATED',
    '401 WRONG_CREDENTIALS',
    '403 ORIGIN_REFUSED',
    '403 SIGNATURE_REFUSED',
    '403 NUMBER_NOT_VERIFIED',
    '403 NOT_YOURS',
    '403 NO_CONSENT',
    '403 SIGN_UP_REFUSED',
    '403 WRONG_RESET_CODE',
    '403 NUMBER_TYPE_REFUSED',
    '403 COUNTRY_REFUSED',
    '403 PREFIX_REFUSED',
    '404 NOT_FOUND',
    '405 METHOD_NOT_ALLOWED',
    '409 LOGIN_TAKEN',
    '409 RECIPIENT_UNREACHABLE',
    '409 VERIFICATION_FINISHED',
    '409 VOICE_ONLY',
    '409 CHANNEL_OFF',
    '409 DING_ENDED',
    '409 CONFERENCE_ENDED',
    '409 CONFERENCE_LIMIT',
    '409 CONFERENCE_FULL',
    '409 SERVICE_LIMIT',
    '409 TEAM_LIMIT',
    '409 CONSENT_OUTDATED',
    '413 PAYLOAD_TOO_LARGE',
    '415 UNSUPPORTED_MEDIA_TYPE',
    '422 IDEMPOTENCY_KEY_REUSED',
    '429 TOO_MANY_REQUESTS',
    '429 SEND_TOO_SOON',
    '429 SEND_LIMIT',
    '429 CALL_LIMIT',
    '429 SENDS_BLOCKED',
    '429 GUESS_LIMIT',
    '429 DING_LIMIT',
    '429 SENDER_LIMIT',
    '429 RING_LIMIT',
    '500 INTERNAL',
    '503 UNAVAILABLE',
    '503 STORAGE_FULL',
  ]);
});

describe('the body of a problem', () => {
  const now = new Date('2026-03-01T12:00:00Z');
  const codes = Object.keys(PROBLEMS) as ProblemCode[];

  test('has what RFC 9457 asks for, and the code', () => {
    for (const code of codes) {
      const [status, title] = PROBLEMS[code];
      expect(new Problem(code).body('01890a5d-ac96-774b-bcce-b302099a8057', now)).toEqual({
        type: `urn:dingline:problem:${code}`,
        title,
        status,
        code,
        ...(code === 'NOT_FOUND'
          ? {}
          : { instance: 'urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057' }),
      });
    }
  });

  test('is one for all that is not there: no instance tells two of them apart', () => {
    const texts = ['a', 'b'].map((id) => JSON.stringify(new Problem('NOT_FOUND').body(id, now)));
    expect(texts[0]).toBe(texts[1]);
  });

  test('says in whole seconds when to come again, and never 0', () => {
    const after = (ms: number) =>
      new Problem('TOO_MANY_REQUESTS', { retryAt: new Date(now.getTime() + ms) }).body('x', now)[
        'retryAfter'
      ];
    expect([after(60_000), after(60_001), after(1), after(0), after(-5_000)]).toEqual([
      60, 61, 1, 1, 1,
    ]);
  });
});
