import { z } from 'zod';
import { because } from '../kernel/reason.js';
import { writtenName } from '../texts/written.js';

/** Begins with a letter, so that nobody's phone number becomes a login, which is kept in clear. */
export const login = z
  .string()
  .trim()
  .toLowerCase()
  .refine(
    (text) => /^[a-z][a-z0-9._@-]{2,63}$/.test(text),
    because('must begin with a letter, and have 3 to 64 letters, digits or . _ @ -'),
  )
  .meta({
    description:
      'Begins with a letter; then letters, digits and . _ @ -; upper and lower case are the same',
    examples: ['ann'],
    pattern: '^[A-Za-z][A-Za-z0-9._@-]{2,63}$',
  });

/** It is spoken on the phone, stands in SMS and is shown to the team. */
export const displayName = writtenName(80).meta({
  description: 'One line, without characters that nobody sees or that turn the writing around',
  examples: ['Ann'],
});
