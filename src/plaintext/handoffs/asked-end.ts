import type { CarrierEvent } from '../../handoff/handoff.js';
import type { CarrierNews } from '../carriers/carrier.js';

type Told = Extract<CarrierEvent, { kind: 'message' | 'call' }>;

/** What is believed of an answer: of a message all, of a call that it has ended. */
export function pickEnd(event: CarrierEvent | undefined): Told | undefined {
  if (event?.kind === 'message') return event;
  return event?.kind === 'call' && event.state === 'ended' ? event : undefined;
}

/** It is taken in as a callback is, once. */
export const makeNews = (carrierRef: string, event: Told): CarrierNews => ({
  carrierRef,
  eventKey: `asked ${event.kind === 'message' ? event.delivery : 'ended'}`,
  event,
  pressedKey: undefined,
});
