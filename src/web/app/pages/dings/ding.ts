import type { DingGetAnswer, DingListAnswer } from '../../../client/generated/operations.js';

export type Ding = DingGetAnswer;
export type Recipient = Ding['recipients'][number];
export type ListedDing = DingListAnswer['dings'][number];

/** What changes a Ding, as live events name it. */
export const DING_NEWS = [
  'ding.created',
  'ding.leg',
  'ding.notification',
  'ding.confirmed',
  'ding.doubted',
  'ding.stopped',
  'ding.unreached',
  'ding.caller_id',
  'ding.ended',
] as const;

export const isToConfirm = (ding: ListedDing): boolean =>
  ding.role === 'recipient' && ding.state === 'live' && ding.confirmedCount === 0;

/** Whether they have said it for certain: after a key, a machine may have been heard. */
export const hasConfirmed = ({ confirmedAt, isDoubted }: Recipient): boolean =>
  confirmedAt !== null && !isDoubted;

/** Whether something of it has reached this person, who may see the caller's number from then on. */
export const hasBegun = ({ leg, notifications }: Recipient): boolean =>
  (leg !== null && leg.begunAt !== null) || notifications.some(({ begunAt }) => begunAt !== null);
