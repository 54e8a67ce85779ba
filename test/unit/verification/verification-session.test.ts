import fc from 'fast-check';
import { GUESSES_REMEMBERED_MS, listBounds } from '../../../src/kernel/secret-bounds.js';
import { GUESSES } from '../../support/guess-settings.js';
import { parseSettings, parseStackSettings } from '../../../src/settings.js';
import {
  nextSteps,
  type SendLimits,
  stateAt,
  VERIFICATION_STATES,
  type VerificationView,
} from '../../../src/verification/verification-session.js';

const start = new Date('2026-03-01T12:00:00Z');
const after = (ms: number): Date => new Date(start.getTime() + ms);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const send: SendLimits = {
  smsWaitsMs: [60, 120, 300, 600].map((s) => s * SECOND),
  callAfterSmsMs: MINUTE,
  callWaitsMs: [MINUTE, 5 * MINUTE],
  calls: 3,
  inTenMinutes: 5,
  aDay: 5,
  keptForKnown: 2,
  perAddressAMinute: 10,
  autoAfterMs: MINUTE,
};
const CODE_LASTS_MS = 600_000;
const limits = { send };
const pending: VerificationView = {
  isTest: false,
  isKnown: false,
  channels: ['sms', 'voice'],
  state: 'pending',
  checksLeft: 5,
  expiresAt: after(CODE_LASTS_MS),
  smsSends: 1,
  firstSmsAt: start,
  lastSmsAt: start,
  calls: 0,
  lastCallAt: null,
  hits: [start],
};
const FINISHED = VERIFICATION_STATES.filter((state) => state !== 'pending');

test('the figures are those that were promised', () => {
  const { api } = parseSettings(
    {},
    {
      API_DATABASE_URL: 'postgres://a/b',
      QUEUE_URL: 'redis://a',
      ...Object.fromEntries(
        [
          'VAULT_PUBLIC_KEY',
          'LIMITER_KEY',
          'CODE_PEPPER',
          'PRESENTATION_KEY',
          'PRESENTATION_SIGNING_KEY',
          'IDEMPOTENCY_KEY',
        ].map((name) => [name, Buffer.alloc(32, 9).toString('base64url')]),
      ),
      ROLES: 'api',
      CARRIER_BASE_URL: 'http://127.0.0.1:1',
    },
  );
  expect(api).toMatchObject({
    smsWaitsMs: [60_000, 120_000, 300_000, 600_000],
    callAfterSmsMs: 60_000,
    callWaitsMs: [60_000, 300_000],
    callsAtMost: 3,
    sendsInTenMinutes: 5,
    sendsADay: 5,
    sendsKeptForKnown: 2,
    sendsPerAddressAMinute: 10,
    readsAMinute: 60,
    numbersADay: 5,
  });
  expect(
    parseStackSettings({ CARRIER_BASE_URL: 'http://127.0.0.1:1' }, new Set(), []),
  ).toMatchObject(GUESSES);
  expect(listBounds(GUESSES)).toMatchObject({
    code: { most: 5, lastsMs: CODE_LASTS_MS },
    guesses: { most: 7, lastsMs: DAY },
    own_guesses: { most: 10, lastsMs: DAY },
    guesses_in_a_row: { most: 100, lastsMs: GUESSES_REMEMBERED_MS },
    proof_notice: { most: 1, lastsMs: 358 * DAY },
  });
  // A week before it ends; of a short one when a quarter is left.
  expect(listBounds({ ...GUESSES, proofLastsMs: 4 * DAY })).toMatchObject({
    proof_notice: { lastsMs: 3 * DAY },
  });
});

test('a pending verification has expired at the end of its ten minutes, and not before', () => {
  expect(stateAt(pending, after(CODE_LASTS_MS - 1))).toBe('pending');
  expect(stateAt(pending, after(CODE_LASTS_MS))).toBe('expired');
});

test.each(FINISHED)(
  'one that is %s stays so, whatever the time, and offers nothing more',
  (state) => {
    for (const ms of [0, CODE_LASTS_MS * 2]) {
      expect(stateAt({ ...pending, state }, after(ms))).toBe(state);
      expect(nextSteps({ ...pending, state }, limits, after(ms))).toEqual({
        smsAt: null,
        voiceAt: null,
        mayCheck: false,
        checksLeft: 0,
      });
    }
  },
);

test('each SMS is waited for longer than the one before', () => {
  const last = { ...pending, expiresAt: after(DAY), lastSmsAt: start };
  expect(
    [1, 2, 3, 4, 5, 9].map((smsSends) => nextSteps({ ...last, smsSends }, limits, start).smsAt),
  ).toEqual([60, 120, 300, 600, 600, 600].map((s) => after(s * SECOND)));
  expect(nextSteps(last, limits, after(90 * SECOND)).smsAt).toEqual(after(90 * SECOND));
  expect(
    nextSteps(
      { ...pending, lastSmsAt: after(CODE_LASTS_MS - 30 * SECOND) },
      limits,
      after(CODE_LASTS_MS - 20 * SECOND),
    ),
  ).toMatchObject({ smsAt: null, mayCheck: true });
});

test('a call is a minute after the first SMS, at once where none arrives, then a minute and five minutes after the last call, three in all', () => {
  const at = (more: Partial<VerificationView>) =>
    nextSteps({ ...pending, expiresAt: after(DAY), ...more }, limits, start).voiceAt;
  expect(at({})).toEqual(after(MINUTE));
  expect(at({ smsSends: 2, firstSmsAt: after(-MINUTE) })).toEqual(start);
  expect(at({ channels: ['voice'] })).toEqual(start);
  expect(at({ firstSmsAt: null })).toEqual(start);
  expect(at({ channels: ['sms'] })).toBeNull();
  const called = { firstSmsAt: after(-DAY), lastCallAt: start };
  expect([1, 2].map((calls) => at({ ...called, calls }))).toEqual([
    after(MINUTE),
    after(5 * MINUTE),
  ]);
  expect(at({ ...called, calls: 3 })).toBeNull();
});

test('what others have had sent to the number counts, and some of the day are kept for who has proved it', () => {
  const hits = [after(-3 * 60 * MINUTE), after(-2 * 60 * MINUTE), start];
  const last = { ...pending, expiresAt: after(2 * DAY), hits };
  expect(nextSteps(last, limits, after(MINUTE)).smsAt).toEqual(after(DAY - 3 * 60 * MINUTE));
  expect(nextSteps({ ...last, isKnown: true }, limits, after(MINUTE)).smsAt).toEqual(after(MINUTE));
});

test('of a test number a send is offered at once, until the end', () => {
  expect(nextSteps({ ...pending, isTest: true }, limits, after(1))).toMatchObject({
    smsAt: after(1),
    voiceAt: after(1),
  });
  expect(nextSteps({ ...pending, isTest: true }, limits, after(CODE_LASTS_MS)).smsAt).toBeNull();
});

test('a check is offered while one is left', () => {
  for (const checksLeft of [0, 1, 5])
    expect(nextSteps({ ...pending, checksLeft }, limits, start)).toMatchObject({
      checksLeft,
      mayCheck: checksLeft > 0,
    });
});

test('what is offered is never before now, nor before the wait is over, nor after the end', () => {
  fc.assert(
    fc.property(
      fc.nat(2 * CODE_LASTS_MS),
      fc.nat(CODE_LASTS_MS),
      fc.integer({ min: 1, max: 6 }),
      (nowMs, sentMs, smsSends) => {
        const { smsAt } = nextSteps(
          { ...pending, smsSends, lastSmsAt: after(sentMs) },
          limits,
          after(nowMs),
        );
        if (smsAt === null) return;
        expect(smsAt.getTime()).toBeGreaterThanOrEqual(after(nowMs).getTime());
        expect(smsAt.getTime()).toBeGreaterThanOrEqual(
          after(sentMs).getTime() + (send.smsWaitsMs[Math.min(smsSends, 4) - 1] as number),
        );
        expect(smsAt.getTime()).toBeLessThan(pending.expiresAt.getTime());
      },
    ),
  );
});
