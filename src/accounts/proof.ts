import type { CarrierEvent } from '../handoff/handoff.js';
import type { Settled } from '../handoff/outcomes.service.js';

/**
 * How long the proof of a number holds. It holds from the moment that its code was right, until it
 * is too old or the carrier has said too often that there is no such number; then the number rings
 * nobody and isn't rung, until the same account proves it again. It stays that account's meanwhile:
 * only another's proof takes it away.
 */
export interface Proof {
  verifiedAt: Date;
  /** The carrier contradicts it since then. */
  mustProveSince: Date | null;
}

export type ProveAgainReason = 'age' | 'unreachable';

export interface Standing {
  verifiedAt: Date;
  /** The proof holds until then at the latest. */
  endsAt: Date;
  mustProve: { since: Date; because: ProveAgainReason } | null;
}

export class ProofRules {
  constructor(readonly lastsMs: number) {}
}

export function assessProof(
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
  assessProof(proof, rules, now).mustProve === null;

/**
 * Decides what an event of one hand-off says of its number. Reached: a phone rang, or was busy, or
 * has the message. Unreachable: the carrier says that there is no such number, or no way to it. A
 * phone that is off, a filter and an outage say neither.
 */
export function assessReach(event: Settled | CarrierEvent): 'reached' | 'unreachable' | undefined {
  if (!('kind' in event))
    return event.state === 'rejected' && event.reason === 'bad_number' ? 'unreachable' : undefined;
  if (event.kind === 'message')
    return event.delivery === 'delivered'
      ? 'reached'
      : event.reason === 'bad_number'
        ? 'unreachable'
        : undefined;
  if (event.kind !== 'call') return undefined;
  if (event.state !== 'ended' || event.reason === 'busy' || event.reason === 'no_answer')
    return 'reached';
  return event.reason === 'bad_number' ? 'unreachable' : undefined;
}
