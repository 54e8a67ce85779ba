import { ACCOUNTS_RETENTION } from './retention-accounts.js';
import { CALLS_RETENTION } from './retention-calls.js';
import { VERIFICATIONS_RETENTION } from './retention-verifications.js';

/**
 * Retention in one place: what every table keeps, for how long, why, and who erases it.
 * `docs/retention.md` is this table and a test holds it against the schema, so that no table comes
 * without an answer.
 *
 * What the worker erases stands in retention.repository.ts as ERASERS, in an order that no foreign
 * key blocks.
 */
export interface RetentionSettings {
  readonly retentionCallsDays: number;
  readonly retentionVerificationsDays: number;
  readonly retentionNoticesDays: number;
  readonly retentionWebhooksDays: number;
}

interface Kept {
  readonly keeps: string;
  readonly forHowLong: string;
  readonly because: string;
  readonly erasedBy: string;
}

/** Every table of the database, in the order of docs/retention.md. */
export const RETENTION = {
  ...ACCOUNTS_RETENTION,
  ...VERIFICATIONS_RETENTION,
  ...CALLS_RETENTION,
} as const satisfies Record<string, Kept>;

/** Makes the table in docs/retention.md. */
export function makeRetentionTable(): string {
  const rows = Object.entries(RETENTION).map(
    ([table, { keeps, forHowLong, because, erasedBy }]) =>
      `| \`${table}\` | ${keeps} | ${markSettings(forHowLong)} | ${because} | ${erasedBy} |`,
  );
  return [
    '| table | keeps | for how long | because | erased by |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** Sets the name of a setting as code. */
const markSettings = (text: string): string => text.replace(/\b(RETENTION_\w+)/, '`$1`');
