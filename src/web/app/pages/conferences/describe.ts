import type { Words } from '../../texts/en.js';
import { findInitiator, findSelf, type Conference, type Member } from './conference.js';

type ConferenceWords = Words['conferences'];

/** Reasons that aren't the person's own doing are said as one: whether carrier or guard, the phone didn't ring. */
const isTold = (reason: string): reason is Exclude<keyof ConferenceWords['reasons'], 'failed'> =>
  ['hung_up', 'busy', 'no_answer', 'machine', 'no_consent'].includes(reason);

/** No failure of a call: it was ended from here. */
const isEnding = (reason: string): boolean =>
  ['canceled', 'removed', 'call_ended'].includes(reason);

/** Where somebody else stands. `describe` says a time. */
export function describePresence(
  { theirs, reasons }: ConferenceWords,
  { presence, reason, ringsAt }: Member,
  describe: (at: string) => string,
): string {
  if (presence === 'waiting') {
    if (reason === 'unknown') return theirs.unsure;
    if (reason === 'calls_away') return theirs.callsAway;
    return ringsAt === null ? theirs.waiting : theirs.waitingUntil(describe(ringsAt));
  }
  if (presence !== 'away' || reason === null || isEnding(reason)) return theirs[presence];
  return isTold(reason) ? reasons[reason] : reasons.failed;
}

/** Where one stands oneself, and what to do. */
export function describeMine(
  { mine }: ConferenceWords,
  { presence, reason, ringsAt }: Member,
  describe: (at: string) => string,
): string {
  if (presence === 'removed') return mine.away;
  if (presence === 'waiting') {
    if (reason === 'unknown') return mine.unsure;
    if (reason === 'calls_away') return mine.callsAway;
    return ringsAt === null ? mine.waiting : mine.waitingUntil(describe(ringsAt));
  }
  const hasFailed = presence === 'away' && reason !== null && !isTold(reason) && !isEnding(reason);
  return hasFailed ? mine.failed : mine[presence];
}

/** Whether somebody's microphone is closed and by whom; where the carrier has yet to do it, that it comes. */
export function describeMute(
  { muted }: ConferenceWords,
  conference: Conference,
  { participantId, presence, isMuted, mutedBy }: Member,
): string {
  const isInRoom = presence === 'joined';
  if (mutedBy === null) return isInRoom && isMuted ? muted.going : '';
  if (isInRoom && !isMuted) return muted.coming;
  const isMe = participantId === conference.participantId;
  if (mutedBy === 'self') return isMe ? muted.byYou : muted.bySelf;
  if (conference.role === 'initiator') return muted.byYou;
  return muted.by(findInitiator(conference)?.name ?? '');
}

interface Rights {
  mayMute: boolean;
  mayUnmute: boolean;
  mayRemove: boolean;
  /** To be called again by the initiator is for the removed; all others ask for it themselves. */
  mayCallAgain: boolean;
}

/** What may be done about somebody: the API's rule, so that nobody is offered what it would refuse. */
export function findRights(conference: Conference, member: Member): Rights {
  const isMe = member.participantId === conference.participantId;
  const isInitiator = conference.role === 'initiator';
  const isThere = conference.state === 'live' && member.presence !== 'removed';
  const { mutedBy } = member;
  const isOwnMute = isMe ? mutedBy === 'self' || isInitiator : isInitiator && mutedBy !== 'self';
  return {
    mayMute: isThere && mutedBy === null && (isMe || isInitiator) && member.presence !== 'away',
    mayUnmute: isThere && mutedBy !== null && isOwnMute,
    mayRemove: isThere && isInitiator && !isMe,
    mayCallAgain: conference.state === 'live' && isInitiator && member.presence === 'removed',
  };
}

/** Who is in the way of one's own microphone, by name; undefined where nobody is. */
export function findMuter(conference: Conference): string | undefined {
  const isByOther = findSelf(conference)?.mutedBy === 'initiator';
  return isByOther && conference.role !== 'initiator' ? findInitiator(conference)?.name : undefined;
}
