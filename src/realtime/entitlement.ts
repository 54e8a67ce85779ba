import type { LiveEvent } from './events.js';

/** What a person is in a call now. */
export interface Standing {
  participantId: string;
  isRemoved: boolean;
}

/**
 * Decides whether somebody in the audience of an event may still know of it, for each event, new or
 * replayed. Whoever has been removed learns of their own removal, and of nothing else in that call:
 * the stream then ends, so that all that comes after it is decided anew.
 */
export function checkEntitlement(
  event: LiveEvent,
  standing: Standing | undefined,
): 'yes' | 'no' | 'last' {
  if (!('callId' in event)) return 'yes'; // it was read for those who are in the team now
  if (standing === undefined) return 'no';
  if (!standing.isRemoved) return 'yes';
  return event.kind === 'conference.removed' && event.participantId === standing.participantId
    ? 'last'
    : 'no';
}
