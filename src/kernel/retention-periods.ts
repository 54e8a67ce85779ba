import type { RetentionSettings } from './retention.js';
import { GUESSES_REMEMBERED_MS, SECRET_BOUNDS, type SecretBound } from './secret-bounds.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/**
 * No hand-off of a call outlives it by so much: what then has no verification or call was left by
 * an erased account.
 */
const LEFT_OVER_DAYS = 2;

/**
 * How old a row must be before the worker may erase it, by its table: by the time that its eraser
 * names. PostgreSQL goes by these itself, from a table that `npm run migrate` fills.
 */
export const listPeriods = (settings: RetentionSettings) =>
  ({
    verifications: settings.retentionVerificationsDays * DAY_MS,
    calls: settings.retentionCallsDays * DAY_MS,
    call_events: DAY_MS,
    team_events: DAY_MS,
    handoffs:
      (Math.max(settings.retentionCallsDays, settings.retentionVerificationsDays) +
        LEFT_OVER_DAYS) *
      DAY_MS,
    accounts: HOUR_MS,
    operator_looks: 90 * DAY_MS,
    sessions: 0,
    account_devices: SECRET_BOUNDS.device.lastsMs,
    idempotency_keys: DAY_MS,
    notices: settings.retentionNoticesDays * DAY_MS,
    presentation_openings: HOUR_MS,
    number_proofs: 400 * DAY_MS,
    number_guesses: GUESSES_REMEMBERED_MS,
    webhook_events: settings.retentionWebhooksDays * DAY_MS,
    spendings: 35 * DAY_MS,
    pumping_blocks: 30 * DAY_MS,
    // A number is stored in the transaction that refers to it; the hour is for clocks that differ.
    numbers: HOUR_MS,
    // Two days are longer than a process may keep one ready unused (vault/epoch.ts).
    epochs: 2 * DAY_MS,
  }) as const satisfies Record<string, number>;

export type Erased = keyof ReturnType<typeof listPeriods>;

/** Each by its name, as `secret_bounds` has them. */
export const listKeptBounds = (
  settings: RetentionSettings,
): Readonly<Record<string, SecretBound>> =>
  Object.fromEntries(
    Object.entries(listPeriods(settings)).map(([table, lastsMs]) => [
      `kept_${table}`,
      { most: 1, lastsMs },
    ]),
  );
