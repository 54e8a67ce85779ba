import fc from 'fast-check';
import type { SendRefused } from '../../../src/verification/verification-answers.js';
import { sendProblem } from '../../../src/verification/verification-problems.js';
import type { VerificationRow } from '../../../src/verification/verification-row.js';
import {
  nextSteps,
  type NextSends,
  type VerificationLimits,
} from '../../../src/verification/verification-session.js';

const MINUTE = 60_000;
const now = new Date('2026-03-01T12:00:00Z');
const limits: VerificationLimits = {
  send: {
    smsWaitsMs: [MINUTE, 2 * MINUTE],
    callAfterSmsMs: MINUTE,
    callWaitsMs: [MINUTE],
    calls: 3,
    inTenMinutes: 3,
    aDay: 5,
    keptForKnown: 2,
    perAddressAMinute: 4,
    autoAfterMs: MINUTE,
  },
  guess: { perAddressAnHour: 10, perAppAnHour: 10 },
  readsAMinute: 10,
  numbersADay: 10,
};
/** Up to ten minutes before or after. */
const at = fc.integer({ min: -600, max: 600 }).map((s) => new Date(now.getTime() + s * 1_000));
const hits = fc.array(at, { maxLength: 8 });
const view = fc.record({
  hits,
  expiresAt: at,
  lastSmsAt: fc.option(at),
  firstSmsAt: fc.option(at),
  lastCallAt: fc.option(at),
  smsSends: fc.nat(4),
  calls: fc.nat(3),
  isKnown: fc.boolean(),
  isTest: fc.constant(false),
  state: fc.constant('pending' as const),
  checksLeft: fc.nat(5),
  channels: fc.constantFrom(['sms', 'voice'], ['sms'], ['voice']),
}) as unknown as fc.Arbitrary<VerificationRow>;
const refusal: fc.Arbitrary<SendRefused> = fc.oneof(
  fc.record({ refused: fc.constant('blocked' as const), at, view }),
  fc.record({ refused: fc.constantFrom('address' as const, 'number' as const), hits, view }),
);

test('where nothing may be sent for a while, `next` is never earlier than `Retry-After`', () => {
  fc.assert(
    fc.property(refusal, fc.constantFrom('start' as const, 'again' as const), (refused, kind) => {
      const { details } = sendProblem(kind, refused, limits, now);
      const next = details.next as NextSends;
      const plain = nextSteps(refused.view, limits, now);
      for (const name of ['smsAt', 'voiceAt'] as const) {
        const [send, before] = [next[name], plain[name]];
        if (send === null) {
          const isLate = before !== null && (details.retryAt as Date) >= refused.view.expiresAt;
          expect(before === null || isLate).toBe(true);
          continue;
        }
        expect(send >= (details.retryAt as Date)).toBe(true);
        expect(send >= (before as Date)).toBe(true);
        expect(send < refused.view.expiresAt).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});
