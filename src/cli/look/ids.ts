import { parseId } from '../../kernel/ids.js';

/**
 * What an operator may have at hand: one of our ids, or the carrier's for a message or a call, which
 * of some carriers is a UUID, too.
 */
export interface LookedUp {
  id?: string;
  carrierRef: string;
}

/** It begins with a letter, so that no number and no code is one. */
const CARRIER_REF = /^[A-Za-z][\w-]{7,99}$/;

/** Undefined: it is no id, and may be somebody's number. */
export function parseLookedUp(text: string): LookedUp | undefined {
  const typed = text.trim().replace(/^urn:uuid:/i, '');
  for (const prefix of [undefined, 'AC', 'VA', 'VE'] as const) {
    const id = parseId(typed, prefix);
    if (id !== undefined) return { id, carrierRef: typed };
  }
  return CARRIER_REF.test(typed) ? { carrierRef: typed } : undefined;
}
