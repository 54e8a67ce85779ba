import { z } from 'zod';
import { givenId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import { because } from '../kernel/reason.js';

const EXAMPLES = ['01890a5d-ac96-774b-bcce-b302099a8057', '01890a5d-ac96-774b-bcce-b302099a8058'];

/** The accounts that a call is to reach beside its initiator, each of them once. */
export const otherAccounts = (least: number, most: number) =>
  z
    .array(givenId())
    .min(least)
    .max(most)
    .refine((ids) => new Set(ids).size === ids.length, because('must have each account once'))
    .meta({ examples: [EXAMPLES.slice(0, least)] });

/** @throws Problem INVALID_INPUT where somebody would ring themselves */
export function requireOthers(
  path: string,
  accountIds: readonly string[],
  accountId: string,
): void {
  if (!accountIds.includes(accountId)) return;
  throw new Problem('INVALID_INPUT', {
    errors: [{ path, message: 'must be without yourself' }],
  });
}
