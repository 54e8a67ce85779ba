import { isLive, type ParticipantRole } from '../calls/call.js';

/** With the initiator; carriers allow more, and a room of more than this is none to talk in. */
export const MOST_IN_CONFERENCE = 16;
/** At least two others: one other is a call. */
export const FEWEST_OTHERS = 2;

export type MutedBy = 'self' | 'initiator';

export interface Member {
  participantId: string;
  role: ParticipantRole;
  isRemoved: boolean;
  mutedBy: MutedBy | null;
}

export interface ConferenceNow {
  endedAt: Date | undefined;
  endsAt: Date;
  /** Who asks; undefined: nobody of it. */
  actor: Member | undefined;
}

/** What somebody may do with a conference, to `target` where it is about one. */
export type Action = 'see' | 'add' | 'remove' | 'mute' | 'unmute' | 'hang_up' | 'call_me' | 'end';

/**
 * Who may do what. hidden: to this person there is no such conference, as to a stranger; removed
 * people see nothing of it any more. ended: nothing but looking is left. refused: it is not theirs
 * to do.
 *
 * The initiator adds, removes and ends. Each may hang up, and ask to be called (again) while it
 * lasts. Each may mute themself, the initiator anyone; who was muted by the initiator is unmuted by
 * the initiator alone, and nobody opens the microphone of someone who has closed it.
 */
export function mayDo(
  action: Action,
  conference: ConferenceNow,
  now: Date,
  target?: Member,
): 'ok' | 'hidden' | 'ended' | 'refused' {
  const { actor } = conference;
  if (actor === undefined || actor.isRemoved) return 'hidden';
  if (action === 'see') return 'ok';
  const isInitiator = actor.role === 'initiator';
  if ((action === 'add' || action === 'remove' || action === 'end') && !isInitiator)
    return 'refused';
  if (!isLive({ purpose: 'conference', ...conference }, now)) return 'ended';
  if (action === 'remove')
    return target === undefined || target.isRemoved
      ? 'hidden'
      : target.role === 'initiator'
        ? 'refused'
        : 'ok';
  if (action !== 'mute' && action !== 'unmute') return 'ok';
  if (target === undefined || target.isRemoved) return 'hidden';
  const isSelf = target.participantId === actor.participantId;
  if (action === 'mute') return isSelf || isInitiator ? 'ok' : 'refused';
  if (target.mutedBy === null) return isSelf || isInitiator ? 'ok' : 'refused';
  if (isInitiator && isSelf) return 'ok';
  return (target.mutedBy === 'self' ? isSelf : isInitiator) ? 'ok' : 'refused';
}

export type Presence = 'waiting' | 'ringing' | 'answered' | 'joined' | 'away' | 'removed';

/**
 * Where one stands, for the roster. waiting: will be called. away: no leg of theirs is open; they
 * may ask to be called.
 */
export function assessPresence(member: {
  isRemoved: boolean;
  leg: {
    state: 'queued' | 'ringing' | 'answered' | 'ended';
    joinedAt: Date | null;
    leftAt: Date | null;
  } | null;
}): Presence {
  if (member.isRemoved) return 'removed';
  const { leg } = member;
  if (leg === null || leg.state === 'ended' || leg.leftAt !== null) return 'away';
  if (leg.joinedAt !== null) return 'joined';
  return leg.state === 'queued' ? 'waiting' : leg.state;
}
