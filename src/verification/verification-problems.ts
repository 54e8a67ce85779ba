import { Problem, type ProblemCode } from '../kernel/problem.js';
import { nextAllowedAt } from '../kernel/rate-limit.js';
import type { CheckRefused, Finished, SendRefused } from './verification-answers.js';
import type { VerificationRow } from './verification-row.js';
import {
  addressRules,
  nextSteps,
  notBefore,
  numberRules,
  stateAt,
  type VerificationLimits,
  wrongCodeRule,
} from './verification-session.js';

/** A verification that has finished can't be sent, checked or canceled any more. */
export function finishedProblem(
  view: VerificationRow,
  limits: VerificationLimits,
  now: Date,
): Problem {
  return new Problem('VERIFICATION_FINISHED', {
    next: { state: stateAt(view, now), ...nextSteps(view, limits, now) },
  });
}

/** A refused start or a refused further send is answered with this problem. */
export function sendProblem(
  kind: 'start' | 'again',
  refusal: SendRefused | Finished,
  limits: VerificationLimits,
  now: Date,
): Problem {
  const { view } = refusal;
  if (refusal.refused === 'finished') return finishedProblem(view, limits, now);
  // A start that was refused has made nothing that could be checked.
  const next = {
    ...nextSteps(view, limits, now),
    ...(kind === 'start' ? { mayCheck: false, checksLeft: 0 } : { state: 'pending' }),
  };
  /** What holds back each channel holds back `next`, too. */
  const refuseUntil = (code: ProblemCode, retryAt: Date): Problem =>
    new Problem(code, { retryAt, next: notBefore(retryAt, next, view.expiresAt) });
  switch (refusal.refused) {
    case 'channel':
      return view.channels.includes('voice')
        ? new Problem('VOICE_ONLY', { next: { ...next, channel: 'voice' } })
        : new Problem('CHANNEL_OFF', { next });
    case 'calls':
      return new Problem('CALL_LIMIT', { next });
    case 'wait':
      return new Problem('SEND_TOO_SOON', { retryAt: refusal.at, next });
    case 'test':
      return new Problem('UNAVAILABLE');
    case 'blocked':
      return refuseUntil('SENDS_BLOCKED', refusal.at);
    case 'address':
      return refuseUntil(
        'TOO_MANY_REQUESTS',
        nextAllowedAt(refusal.hits, addressRules(limits.send), now),
      );
    case 'number':
      return refuseUntil(
        'SEND_LIMIT',
        nextAllowedAt(refusal.hits, numberRules(limits.send, view.isKnown), now),
      );
  }
}

/** A code that was not compared is answered with this problem. */
export function checkProblem(
  refusal: CheckRefused,
  limits: VerificationLimits,
  now: Date,
): Problem {
  const { view } = refusal;
  if (refusal.refused === 'finished') return finishedProblem(view, limits, now);
  const next = { state: 'pending', ...nextSteps(view, limits, now), mayCheck: false };
  switch (refusal.refused) {
    case 'length':
      return new Problem('INVALID_INPUT', {
        errors: [{ path: 'code', message: 'must have as many digits as the code that was sent' }],
      });
    case 'guesses':
      return new Problem('GUESS_LIMIT', {
        retryAt: refusal.at < now ? now : refusal.at,
        next,
      });
    case 'wrong':
      return new Problem('TOO_MANY_REQUESTS', {
        retryAt: nextAllowedAt(
          refusal.hits,
          [wrongCodeRule(limits.guess, refusal.isByAddress)],
          now,
        ),
        next,
      });
  }
}
