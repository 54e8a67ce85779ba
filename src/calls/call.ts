/**
 * A call has participants; a participant has legs, each one attempt to reach them by phone.
 *
 * A leg is queued (decided, maybe already at the carrier), ringing, answered, ended(reason); it only moves forward, and
 * it has begun once it rings. A call is live until no leg of it remains, or it is recalled or ended; 24 h at the most.
 */
export type LegState = 'queued' | 'ringing' | 'answered' | 'ended';
export const LEG_STATES: readonly LegState[] = ['queued', 'ringing', 'answered', 'ended'];

export type CallEndReason = 'finished' | 'recalled';

/** The hard end of any call, whatever its legs say (D5c). */
export const LONGEST_CALL_MS = 24 * 60 * 60 * 1000;

/** The states that `next` may follow. Pure. */
export function legStatesBefore(next: LegState): LegState[] {
  return LEG_STATES.slice(0, LEG_STATES.indexOf(next));
}

export interface CallView {
  purpose: 'ding' | 'conference';
  endedAt: Date | undefined;
  endsAt: Date;
}

export const isLive = (call: CallView, now: Date): boolean => call.endedAt === undefined && now < call.endsAt;

export interface Viewer {
  role: 'initiator' | 'recipient';
  /** Whether any of the viewer's own legs has begun. */
  hasBegun: boolean;
}

/**
 * Whose caller ID a participant of a Ding may see (D5c): its recipients see the initiator's, once their own leg has
 * begun, while the Ding is live. Nobody sees a recipient's; the initiator sees nobody's; others aren't participants.
 */
export function maySeeInitiator(call: CallView, viewer: Viewer | undefined, now: Date): boolean {
  return call.purpose === 'ding' && isLive(call, now) && viewer?.role === 'recipient' && viewer.hasBegun;
}
