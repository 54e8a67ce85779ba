import type { ConferenceGetAnswer } from '../../../client/generated/operations.js';

export type Conference = ConferenceGetAnswer;
export type Member = Conference['participants'][number];

/** As the API's: one other is a call, and sixteen with the initiator are all that a room holds. */
export const FEWEST_OTHERS = 2;
export const MOST_OTHERS = 15;

export const findSelf = ({ participants, participantId }: Conference): Member | undefined =>
  participants.find((one) => one.participantId === participantId);

export const findInitiator = ({ participants }: Conference): Member | undefined =>
  participants.find(({ role }) => role === 'initiator');

/** Whose numbers may be seen: those of the others in the room, by who is in it, too. */
export function listOthersInRoom(conference: Conference): readonly string[] {
  const { state, participantId, participants } = conference;
  if (state === 'ended' || findSelf(conference)?.presence !== 'joined') return [];
  return participants
    .filter((one) => one.presence === 'joined' && one.participantId !== participantId)
    .map((one) => one.participantId);
}
