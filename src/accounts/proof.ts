import type { CarrierEvent } from '../handoff/handoff.js';
import type { Settled } from '../handoff/outcomes.service.js';

/**
 * How long the proof of a number holds. It holds from the moment that its code was right, until it is too old or the
 * carrier has said too often that there is no such number; then the number rings nobody and isn't rung, until the same
 * account proves it again. It stays that account's meanwhile: only another's proof takes it away.
 */
export interface Proof {
  verifiedAt: Date;
  /** The carrier contradicts it since then. */
  mustProveSince: Date | null;
}

export type WhyAgain = 'age' | 'unreachable';

export interface Standing {
  verifiedAt: Date;
  /** Until then at the latest. */
  endsAt: Date;
  mustProve: { since: Date; because: WhyAgain } | null;
}

export class ProofRules {
  constructor(readonly lastsMs: number) {}
}

export function standingOf(
  { verifiedAt, mustProveSince }: Proof,
  { lastsMs }: ProofRules,
  now: Date,
): Standing {
  const endsAt = new Date(verifiedAt.getTime() + lastsMs);
  const isOld = endsAt <= now;
  // What came first stays the reason.
  if (mustProveSince !== null && !(isOld && endsAt < mustProveSince))
    return { verifiedAt, endsAt, mustProve: { since: mustProveSince, because: 'unreachable' } };
  return { verifiedAt, endsAt, mustProve: isOld ? { since: endsAt, because: 'age' } : null };
}

export const holdsProof = (proof: Proof, rules: ProofRules, now: Date): boolean =>
  standingOf(proof, rules, now).mustProve === null;

const TOLD_BEFORE_MS = 7 * 86_400_000;

/** A person is told a week before their proof ends, or when a quarter of its time is left, whichever is later: who proved before this is to be told now. */
export const tellProvedBefore = ({ lastsMs }: ProofRules, now: Date): Date =>
  new Date(now.getTime() - lastsMs + Math.min(TOLD_BEFORE_MS, lastsMs / 4));

/**
 * What news of one hand-off says of its number. Reached: a phone rang, or was busy, or has the message. Unreachable: the
 * carrier says that there is no such number, or no way to it. A phone that is off, a filter and an outage say neither.
 */
export function reachOf(news: Settled | CarrierEvent): 'reached' | 'unreachable' | undefined {
  if (!('kind' in news))
    return news.state === 'rejected' && news.reason === 'bad_number' ? 'unreachable' : undefined;
  if (news.kind === 'message')
    return news.delivery === 'delivered'
      ? 'reached'
      : news.reason === 'bad_number'
        ? 'unreachable'
        : undefined;
  if (news.kind !== 'call') return undefined;
  if (news.state !== 'ended' || news.reason === 'busy' || news.reason === 'no_answer')
    return 'reached';
  return news.reason === 'bad_number' ? 'unreachable' : undefined;
}

export interface Reach {
  unreachableCount: number;
  /** The last hand-off that was counted. */
  unreachableBy: string | null;
  mustProveSince: Date | null;
}

/** One more in a row, unless it is the last one's news once more. Only a proof clears what it has come to. */
export function countUnreachable(reach: Reach, handoffId: string, limit: number, now: Date): Reach {
  if (reach.unreachableBy === handoffId) return reach;
  const count = reach.unreachableCount + 1;
  return {
    unreachableCount: count,
    unreachableBy: handoffId,
    mustProveSince: reach.mustProveSince ?? (count >= limit ? now : null),
  };
}
