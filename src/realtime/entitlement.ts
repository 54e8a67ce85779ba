import type { LiveEvent } from './events.js';

/** What a person is in a call now. */
export interface Standing {
  participantId: string;
  isRemoved: boolean;
}

/**
 * May somebody who was meant to know when it happened still be told? Asked for each event, whether it is new or a replay.
 * Who has been removed is told of their own removal, and nothing else of that call; the stream then ends, so that all
 * that comes after it is asked for anew.
 */
export function mayBeTold(event: LiveEvent, standing: Standing | undefined): 'yes' | 'no' | 'last' {
  if (standing === undefined) return 'no';
  if (!standing.isRemoved) return 'yes';
  return event.kind === 'conference.removed' && event.participantId === standing.participantId
    ? 'last'
    : 'no';
}
