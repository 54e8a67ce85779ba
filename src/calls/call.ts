/**
 * A call has participants; a participant has legs, each one attempt to reach them by phone, and in
 * a Ding notifications, each one attempt to reach them otherwise.
 *
 * A leg is queued (decided, maybe already at the carrier), ringing, answered, ended(reason); it
 * only moves forward, and it has begun once it rings. A conference's leg is in the room from
 * `joined` to `left`, each at most once. A notification is queued, accepted, ended(reason), and has
 * begun once it was accepted.
 *
 * A call is live until no leg and no notification of it remains, or it is recalled or ended; 24 h
 * at the most.
 */
export type LegState = 'queued' | 'ringing' | 'answered' | 'ended';
export const LEG_STATES: readonly LegState[] = ['queued', 'ringing', 'answered', 'ended'];

export type CallPurpose = 'ding' | 'conference';

/**
 * finished: nothing of it remained. recalled: a Ding was taken back. ended: by a conference's
 * initiator, or with them.
 */
export type CallEndReason = 'finished' | 'recalled' | 'ended' | 'time_limit';

/** The hard end of any call, whatever its legs say (D5c). */
export const LONGEST_CALL_MS = 24 * 60 * 60 * 1000;

/**
 * Longer than ringing and the carrier's retries together, beside the call itself: no callback ends
 * such a leg any more.
 */
export const LEG_LOST_AFTER_MS = 20 * 60_000;

/** The states that `next` may follow. Pure. */
export function legStatesBefore(next: LegState): LegState[] {
  return LEG_STATES.slice(0, LEG_STATES.indexOf(next));
}

export interface CallView {
  purpose: CallPurpose;
  endedAt: Date | undefined;
  endsAt: Date;
}

export const isLive = (call: CallView, now: Date): boolean =>
  call.endedAt === undefined && now < call.endsAt;

export type ParticipantRole = 'initiator' | 'recipient' | 'invitee';

export interface Participant {
  id: string;
  accountId: string;
  role: ParticipantRole;
  isRemoved: boolean;
  /** Whether any leg or notification of theirs has begun. */
  hasBegun: boolean;
  /** Whether a leg of theirs is in the conference's room now. */
  isInRoom: boolean;
}

/**
 * Whose caller IDs one of a call's participants may see (D5c), read strictly.
 *
 * A Ding's recipients see the initiator's, once their own leg or notification has begun; nobody
 * sees a recipient's, and the initiator nobody's. A conference shows those who have joined to one
 * another: those in its room now. Who has hung up is not within the call any more, sees nothing and
 * isn't shown, until they join again; who was removed likewise, from that moment, whether or not
 * the carrier has ended their leg. After the call's end nobody sees anything.
 *
 * Undefined: to this viewer there is no such call.
 */
export function shownTo(
  viewerAccountId: string,
  call: CallView,
  participants: readonly Participant[],
  now: Date,
): Participant[] | undefined {
  const viewer = participants.find((one) => one.accountId === viewerAccountId);
  if (viewer === undefined || viewer.isRemoved || !isLive(call, now)) return undefined;
  if (call.purpose === 'ding')
    return viewer.role === 'recipient' && viewer.hasBegun
      ? participants.filter((one) => one.role === 'initiator')
      : undefined;
  return viewer.isInRoom
    ? participants.filter((one) => one !== viewer && one.isInRoom && !one.isRemoved)
    : undefined;
}
