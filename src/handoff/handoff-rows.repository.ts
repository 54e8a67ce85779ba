import { sql } from 'kysely';
import type { Language } from '../texts/catalogue.js';
import type { Channel } from './channels.js';
import type { Handoff, HandoffKind, HandoffState, Purpose } from './handoff.js';

/** A hand-off as its table has it. */
export interface HandoffRow {
  id: string;
  purpose: Purpose;
  channel: Channel;
  kind: HandoffKind;
  subject_id: string;
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
  accountId: row.account_id,
  language: row.language,
  state: row.state,
  notAfter: row.not_after,
});

export const COLUMNS = sql.raw(
  'id, purpose, channel, kind, subject_id, account_id, language, state, not_after',
);
