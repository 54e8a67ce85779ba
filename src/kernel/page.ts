import { z } from 'zod';

/**
 * How many calls a page of them shows: twenty are less than 20 kB, however long their names and
 * texts, and whatever writing these are in.
 */
export const PAGE = 20;

/**
 * The query of every list that goes on: the newest come first, and `before` names the last one that
 * the caller has. Whoever has got fewer than a page has got all.
 */
export const pageBefore = <T extends z.ZodType>(cursor: T, name: string) =>
  z.strictObject({
    before: cursor
      .optional()
      .meta({ description: `The \`${name}\` of the last that you have; left out: the newest` }),
  });

/** One thing, or a page of them. */
export type Wanted = { id: string } | { before: string | undefined };
