import type { Role } from '../settings.js';
import type { HandoffState } from './handoff.js';

/**
 * Why a hand-off's state changes. claimed: a worker took it up. waits: it did not leave, and is tried
 * again. withheld: the worker did not give it to the carrier. answer: what the carrier said to the
 * request, or that nobody knows it. news: the carrier spoke of it later, by itself or asked. abandoned:
 * its worker is gone, or stood still. late: `notAfter` passed. finished: it is a code of a
 * verification that is over.
 */
export type MoveCause =
  'claimed' | 'waits' | 'withheld' | 'answer' | 'news' | 'abandoned' | 'late' | 'finished';

/** One way on which a hand-off's state may change, and whose login may do it. */
export interface Move {
  from: HandoffState;
  to: HandoffState;
  causes: readonly MoveCause[];
  by: readonly Role[];
}

/**
 * All moves that there are. PostgreSQL's side is `may_move` (in the migrations), which also asks for
 * the hand-off's own capability; a test holds that the two agree.
 */
export const MOVES: readonly Move[] = [
  { from: 'queued', to: 'sending', causes: ['claimed'], by: ['worker'] },
  { from: 'queued', to: 'expired', causes: ['late'], by: ['worker'] },
  { from: 'queued', to: 'canceled', causes: ['finished'], by: ['api', 'ingress', 'worker'] },
  { from: 'sending', to: 'queued', causes: ['waits', 'abandoned'], by: ['worker'] },
  { from: 'sending', to: 'accepted', causes: ['answer', 'news'], by: ['ingress', 'worker'] },
  { from: 'sending', to: 'rejected', causes: ['answer', 'withheld'], by: ['worker'] },
  { from: 'sending', to: 'failed', causes: ['answer', 'withheld'], by: ['worker'] },
  { from: 'sending', to: 'unknown', causes: ['answer', 'abandoned'], by: ['worker'] },
  { from: 'sending', to: 'expired', causes: ['late', 'withheld'], by: ['worker'] },
  { from: 'sending', to: 'canceled', causes: ['withheld'], by: ['worker'] },
  { from: 'unknown', to: 'accepted', causes: ['answer', 'news'], by: ['ingress', 'worker'] },
];

/** From where it may become this, for this cause; `likely` first. */
export const listOrigins = (
  to: HandoffState,
  cause: MoveCause,
  likely: HandoffState,
): HandoffState[] =>
  MOVES.filter((move) => move.to === to && move.causes.includes(cause))
    .map(({ from }) => from)
    .sort((a, b) => Number(b === likely) - Number(a === likely));
