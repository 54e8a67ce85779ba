import { z } from 'zod';

/** Begins with a letter, so that nobody's phone number becomes a login, which is kept in clear. */
export const login = z
  .string()
  .trim()
  .toLowerCase()
  .max(64)
  .regex(/^[a-z][a-z0-9._@-]{2,63}$/)
  .meta({
    description:
      'Begins with a letter; then letters, digits and . _ @ -; upper and lower case are the same',
    examples: ['ann'],
    pattern: '^[A-Za-z][A-Za-z0-9._@-]{2,63}$',
  });

/**
 * It is spoken on the phone and shown to the team: no control characters, no marks that turn the
 * writing around.
 */
export const displayName = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .regex(/^[^\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]*$/u)
  .meta({ examples: ['Ann'] });
