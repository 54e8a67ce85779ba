import type { Spent } from '../../guard/spending.repository.js';
import type { Outcome } from '../../handoff/handoff.js';
import type { Claimed } from '../../handoff/handoffs.repository.js';
import type { ToPresent, Wait } from '../../handoff/outcomes.service.js';
import type { At } from '../../handoff/points.js';
import type { Receipt } from '../../ledger/ledger.repository.js';
import type { CarrierClient } from '../carriers/carrier.js';
import type { Code } from '../code.js';

/** A ring or an SMS that was counted for a number, and for its sender. */
export interface Ring {
  keys: readonly Buffer[];
  at: Date;
}

/** A hand-off in this worker's hands, with all that was decided as it was claimed. */
export interface Claim {
  readonly handoff: Claimed;
  /** Opens the recipient's number, once. */
  readonly receipt: Receipt | undefined;
  readonly toPresent: (ToPresent & { receipt: Receipt }) | undefined;
  /** The carrier's callbacks come back with it. */
  readonly capability: string;
  /** When its worker began to take it up, by `Timer.readMs`. */
  readonly takenAtMs: number;
  readonly at: At;
  readonly spent: Spent | undefined;
  /** Made just now; undefined also where one was made before, and is opened. */
  readonly code: Code | undefined;
  /** What the feature wants an SMS to say; a code has words of its own. */
  readonly smsText: string | undefined;
  /** Known only later where the number was never opened before. */
  ring: Ring | undefined;
}

/** Gives it to the carrier, in one request. All that may fail of its own doing was done before. */
export type Ask = (carrier: CarrierClient) => Promise<Outcome>;

/** What says whose worker a hand-off is in hand of. */
export type Taken = Pick<Claim, 'handoff' | 'capability' | 'takenAtMs' | 'at'>;

/**
 * What was opened, and not handed over. canceled: there was nothing to do any more. refused: the
 * operator's rules refuse the number by now. waits: it may not go out yet.
 */
export type Withheld =
  | { kind: 'canceled' }
  | { kind: 'refused' }
  | { kind: 'waits'; because: Wait['because']; retryAfterMs?: number };

/** How a claim ended. */
export type Ended = Outcome | Withheld;

export const isWithheld = (ended: Ended): ended is Withheld =>
  ended.kind === 'canceled' || ended.kind === 'refused' || ended.kind === 'waits';
