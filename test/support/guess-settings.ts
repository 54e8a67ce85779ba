import type { BoundSettings } from '../../src/kernel/migrate.js';
import type { GuessSettings } from '../../src/kernel/secret-bounds.js';

/** How often codes are guessed, as the settings have it where they say nothing. */
export const GUESSES: GuessSettings = {
  checksAtMost: 5,
  guessesADay: 10,
  guessesKeptForOwner: 3,
  guessesInARow: 100,
  unreachableLimit: 3,
  proofLastsMs: 365 * 86_400_000,
};

/** All that a database is migrated with, likewise. */
export const BOUNDS: BoundSettings = {
  ...GUESSES,
  retentionCallsDays: 30,
  retentionVerificationsDays: 1,
  retentionNoticesDays: 365,
  retentionWebhooksDays: 7,
};
