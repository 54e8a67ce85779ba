import type { z } from 'zod';
import { getTraits } from '../handoff/channels.js';
import { WAITS_FOR, wordStanding } from '../handoff/standing.js';
import type { Delivery } from './verification-row.js';
import type { verification } from './verification-shapes.js';

type Shown = NonNullable<z.infer<typeof verification>['delivery']>;

/** Says how far a code has come, for a program and in words. */
export function showDelivery(delivery: Delivery, now: Date): Shown {
  const { channel, state, reason, at, language } = delivery;
  const wait = delivery.wait && delivery.wait.until > now ? delivery.wait : undefined;
  const stands = toStanding(delivery, wait?.until ?? null);
  return {
    channel,
    state,
    reason,
    at: at.toISOString(),
    waitsFor: WAITS_FOR.find((one) => one === wait?.because) ?? null,
    waitsUntil: wait?.until.toISOString() ?? null,
    text: wordStanding(stands, getTraits(channel).form, language, now),
  };
}

/** In the codes of a standing. */
function toStanding(
  { channel, state, reason, wait }: Delivery,
  until: Date | null,
): Parameters<typeof wordStanding>[0] {
  const stands = (code: string, because: string | null = null) => ({ code, because, until });
  switch (state) {
    case 'queued':
      return stands('waiting', wait?.because);
    case 'sent':
      return stands('accepted');
    case 'held':
    case 'sending':
    case 'accepted':
    case 'unknown':
    case 'ringing':
    case 'answered':
      return stands(state);
    case 'delivered':
      // A call that has spoken its code is over.
      return getTraits(channel).form === 'call' ? stands('over', 'hung_up') : stands(state);
    default:
      return stands('failed', reason);
  }
}
