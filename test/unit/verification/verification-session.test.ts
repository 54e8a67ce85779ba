import fc from 'fast-check';
import { CODE_LASTS_MS, GUESSES_REMEMBERED_MS, MAX_CHECKS, nextGuessAt, nextSteps, SEND_WAIT_MS, SENDS_PER_ADDRESS, SENDS_PER_NUMBER, stateAt, type VerificationState, type VerificationView } from '../../../src/verification/verification-session.js';

const start = new Date('2026-03-01T12:00:00Z');
const after = (ms: number): Date => new Date(start.getTime() + ms);
const pending: VerificationView = { isTest: false, state: 'pending', attempts: 0, lastSendAt: start, expiresAt: after(CODE_LASTS_MS) };
const FINISHED: VerificationState[] = ['approved', 'canceled', 'expired', 'max_attempts', 'undeliverable'];

test('the figures are those that were promised', () => {
  expect({ CODE_LASTS_MS, MAX_CHECKS, SEND_WAIT_MS, SENDS_PER_NUMBER, SENDS_PER_ADDRESS }).toEqual({
    CODE_LASTS_MS: 600_000, MAX_CHECKS: 5, SEND_WAIT_MS: 60_000,
    SENDS_PER_NUMBER: [{ max: 5, windowMs: 86_400_000 }], SENDS_PER_ADDRESS: [{ max: 10, windowMs: 60_000 }],
  });
});

test('a pending verification has expired at the end of its ten minutes, and not before', () => {
  expect(stateAt(pending, after(CODE_LASTS_MS - 1))).toBe('pending');
  expect(stateAt(pending, after(CODE_LASTS_MS))).toBe('expired');
});

test.each(FINISHED)('one that is %s stays so, whatever the time, and offers nothing more', (state) => {
  for (const ms of [0, CODE_LASTS_MS * 2]) {
    expect(stateAt({ ...pending, state }, after(ms))).toBe(state);
    expect(nextSteps({ ...pending, state }, after(ms))).toEqual({ sendAt: null, mayCheck: false, checksLeft: 0 });
  }
});

test('the next send is a minute after the last, or now if that has passed, and never after the end', () => {
  expect(nextSteps(pending, after(10_000)).sendAt).toEqual(after(SEND_WAIT_MS));
  expect(nextSteps(pending, after(90_000)).sendAt).toEqual(after(90_000));
  expect(nextSteps({ ...pending, lastSendAt: after(CODE_LASTS_MS - 30_000) }, after(CODE_LASTS_MS - 20_000))).toMatchObject({ sendAt: null, mayCheck: true });
});

test('of a test number a send is offered at once, until the end', () => {
  expect(nextSteps({ ...pending, isTest: true }, after(1)).sendAt).toEqual(after(1));
  expect(nextSteps({ ...pending, isTest: true }, after(CODE_LASTS_MS)).sendAt).toBeNull();
});

test('a check is offered while one is left', () => {
  for (let attempts = 0; attempts <= MAX_CHECKS + 1; attempts++) {
    const left = Math.max(0, MAX_CHECKS - attempts);
    expect(nextSteps({ ...pending, attempts }, start)).toMatchObject({ checksLeft: left, mayCheck: left > 0 });
  }
});

test('what is offered is never before now, nor before the wait is over, nor after the end', () => {
  fc.assert(fc.property(fc.nat(2 * CODE_LASTS_MS), fc.nat(CODE_LASTS_MS), (nowMs, sentMs) => {
    const { sendAt } = nextSteps({ ...pending, lastSendAt: after(sentMs) }, after(nowMs));
    if (sendAt === null) return;
    expect(sendAt.getTime()).toBeGreaterThanOrEqual(after(nowMs).getTime());
    expect(sendAt.getTime()).toBeGreaterThanOrEqual(after(sentMs + SEND_WAIT_MS).getTime());
    expect(sendAt.getTime()).toBeLessThan(pending.expiresAt.getTime());
  }));
});

describe('guesses at a number', () => {
  const limits = { aDay: 3, keptForOwner: 1, inARow: 5 };
  const day = 24 * 3_600_000;
  const guessed = (...ago: number[]) => ({ hits: ago.map((ms) => after(-ms)), inARow: ago.length, lastAt: after(-Math.min(...ago)) });

  test('go on a day after the one that must stop counting; the owner has those that are kept', () => {
    expect(nextGuessAt(guessed(1_000, 60_000), limits, false, start)).toEqual(after(day - 60_000));
    expect(nextGuessAt(guessed(1_000, 60_000), limits, true, start)).toEqual(start);
    expect(nextGuessAt(guessed(1_000, 60_000, 90_000), limits, true, start)).toEqual(after(day - 90_000));
  });

  test('stop for strangers after too many in a row, until that is forgotten, and never for the owner', () => {
    const many = { hits: [], inARow: 5, lastAt: after(-day) };
    expect(nextGuessAt(many, limits, false, start)).toEqual(after(GUESSES_REMEMBERED_MS - day));
    expect(nextGuessAt(many, limits, true, start)).toEqual(start);
  });
});
