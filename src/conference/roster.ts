import { isLive, type ParticipantRole } from '../calls/call.js';

/** With the initiator; carriers allow more, and a room of more than this is none to talk in. */
export const MOST_IN_CONFERENCE = 16;
/** At least two others: one other is a call. */
export const FEWEST_OTHERS = 2;

/** Who keeps a microphone closed: its person, the initiator, or each of them. */
export type MutedBy = 'self' | 'initiator' | 'each';

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
 * the initiator alone, and nobody opens the microphone of someone who has closed it, whatever they
 * have done with it before.
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
  if (isSelf) return target.mutedBy === 'initiator' && !isInitiator ? 'refused' : 'ok';
  return isInitiator && showMutedBy(target.mutedBy) !== 'self' ? 'ok' : 'refused';
}

/**
 * Who keeps a microphone closed once one of the two has closed it, or has taken that back: what the
 * other has done stays. The initiator's own is closed by themself.
 */
export function changeMute(
  before: MutedBy | null,
  action: 'mute' | 'unmute',
  who: 'self' | 'initiator',
): MutedBy | null {
  const other = who === 'self' ? 'initiator' : 'self';
  const isOthers = before === other || before === 'each';
  if (action === 'unmute') return isOthers ? other : null;
  return isOthers ? 'each' : who;
}

/** Who has to be asked first to open it: where each has closed it, its person. */
export function showMutedBy(mutedBy: MutedBy | null): 'self' | 'initiator' | null {
  return mutedBy === 'each' ? 'self' : mutedBy;
}

export type Presence = 'waiting' | 'ringing' | 'answered' | 'joined' | 'away' | 'removed';

/**
 * Where one stands, for the roster. waiting: will be called. away: no leg of theirs is open; they
 * may ask to be called; nor can anybody be in the room of a conference that has ended, whatever the
 * carrier has yet to report of their leg.
 */
export function assessPresence(
  member: {
    isRemoved: boolean;
    leg: {
      state: 'queued' | 'ringing' | 'answered' | 'ended';
      joinedAt: Date | null;
      leftAt: Date | null;
    } | null;
  },
  isEnded: boolean,
): Presence {
  if (member.isRemoved) return 'removed';
  const { leg } = member;
  if (isEnded || leg === null || leg.state === 'ended' || leg.leftAt !== null) return 'away';
  if (leg.joinedAt !== null) return 'joined';
  return leg.state === 'queued' ? 'waiting' : leg.state;
}
