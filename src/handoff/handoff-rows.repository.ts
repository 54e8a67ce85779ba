import { type RawBuilder, sql } from 'kysely';
import type { NumberRef } from '../kernel/ids.js';
import type { Language } from '../texts/catalogue.js';
import type { Channel } from './channels.js';
import type { MoveCause } from './moves.js';
import type { EndReason, Handoff, HandoffKind, HandoffState, Purpose, Tried } from './handoff.js';

/** A hand-off that is to be written. */
export interface NewHandoff {
  id: string;
  purpose: Purpose;
  channel: Channel;
  kind: HandoffKind;
  subjectId: string;
  accountId: string;
  numberRef: NumberRef | null;
  targetId: string | null;
  language: Language;
  notBefore: Date;
  notAfter: Date;
  /** How long a call may last once it is answered; 600 if left out. */
  callSeconds?: number;
  /** The person whose phone it is asked for this call just now. */
  isAskedFor?: boolean;
}

/** What is written of a sending that has ended, beside its state. */
export interface SettledHow {
  cause: MoveCause;
  reason?: EndReason;
  carrierCode?: number;
  carrier?: string;
  carrierRef?: string | undefined;
  /** The worker's that took it up: only that one says what became of it. `ingress` has shown it. */
  capability?: string;
  /** Left out where no carrier was asked. */
  tried?: Tried | undefined;
}

/** A hand-off as its table has it. */
export interface HandoffRow {
  id: string;
  purpose: Purpose;
  channel: Channel;
  kind: HandoffKind;
  subject_id: string;
  call_id: string | null;
  account_id: string;
  language: Language;
  state: HandoffState;
  not_after: Date;
}

export const toHandoff = (row: HandoffRow): Handoff => ({
  id: row.id,
  purpose: row.purpose,
  channel: row.channel,
  kind: row.kind,
  subjectId: row.subject_id,
  callId: row.call_id ?? undefined,
  accountId: row.account_id,
  language: row.language,
  state: row.state,
  notAfter: row.not_after,
});

/** The call that a row of `handoffs` is a part of; NULL for a verification's. */
export const CALL_ID = sql.raw(`
  CASE WHEN purpose <> 'verification' THEN coalesce(
    (SELECT l.call_id FROM legs l WHERE l.id = subject_id),
    (SELECT n.call_id FROM notifications n WHERE n.id = subject_id),
    subject_id
  ) END
`);
export const COLUMNS = sql`
  id, purpose, channel, kind, subject_id, account_id, language, state, not_after,
  ${CALL_ID} AS call_id
`;

/**
 * Another goes out in the place of this hand-off, of which the carrier had none: what is heard of
 * this one is nothing of its step's any more.
 */
export const isSuperseded = (id: string): RawBuilder<boolean> => sql<boolean>`
  EXISTS (
    SELECT
    FROM handoffs later
    WHERE later.again_of = ${sql.ref(id)} AND later.state NOT IN ('queued', 'canceled')
  )
`;

/** Of the two hand-offs of a step that goes out once more, the one that says how the step fares. */
export const speaksForStep = (handoff: string): RawBuilder<boolean> => sql<boolean>`
  NOT (${sql.ref(`${handoff}.again_of`)} IS NOT NULL AND ${sql.ref(`${handoff}.state`)} = 'canceled')
  AND NOT EXISTS (
    SELECT
    FROM handoffs later
    WHERE later.again_of = ${sql.ref(`${handoff}.id`)} AND later.state <> 'canceled'
  )
`;
