import { type Channel, getTraits } from '../handoff/channels.js';
import type { EndReason } from '../handoff/handoff.js';

/** No way leads to this number, or none that may be taken. */
const FINAL: ReadonlySet<EndReason> = new Set(['bad_number', 'fraud', 'number_refused']);

/** Where a text is refused for one of these, the person may still pick up a call. */
const BARRED: ReadonlySet<EndReason> = new Set(['no_sms', 'opted_out', 'filtered', 'blocked']);

/**
 * Decides what follows a code that came to nothing by the carrier's word, whether its answer said so
 * or a callback. over: the verification ends. by_call: no text will do, a call may. passing: neither
 * is known, so either may be tried again. Pure.
 */
export function judgeFailedSend(
  channel: Channel,
  reason: EndReason,
): 'over' | 'by_call' | 'passing' {
  if (FINAL.has(reason)) return 'over';
  if (!BARRED.has(reason)) return 'passing';
  return getTraits(channel).form === 'text' ? 'by_call' : 'over';
}
