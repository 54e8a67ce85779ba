import type { GuessSettings } from '../../src/kernel/secret-bounds.js';

/** How often codes are guessed, as the settings have it where they say nothing. */
export const GUESSES: GuessSettings = {
  checksAtMost: 5,
  guessesADay: 10,
  guessesKeptForOwner: 3,
  guessesInARow: 100,
};
