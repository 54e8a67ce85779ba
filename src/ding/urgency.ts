/** A Ding that hasn't gone out by then is stale news: it isn't rung or sent any more. */
export const DING_LASTS_MS = 15 * 60_000;

/**
 * What may only go out in the last minute of that is not counted on: it may have to take its turn by
 * then, and would be stale in the end, without its sender having been told.
 */
export const COUNTED_ON_MS = DING_LASTS_MS - 60_000;

/** What can't ring within this time goes by SMS, too. */
export const RINGS_WITHIN_MS = 30_000;

/**
 * An SMS that follows a call of unknown fate goes out so much later: a carrier that has just lost
 * one answer would lose the next one, too, and then nothing is left to try.
 */
const AFTER_UNKNOWN_MS = 5_000;

/** An SMS or a word in the app waits so long to be confirmed; then that step is over. */
export const NOTIFICATION_LASTS_MS = 60 * 60_000;

/** How a call ended, where no SMS follows. */
const NO_SMS = new Set([
  'stopped', // the recipient said so, by key 9
  'confirmed',
  'recalled',
  'call_ended', // nothing is left to say
  'bad_number',
  'number_refused', // by the operator's rules
  'opted_out', // an SMS would fare no better
  'no_consent', // withdrawn, or the team was left: they are not reached any more
  'expired', // stale news by any way
]);

/**
 * Is a call that ended without a confirmation followed by an SMS? At once, whatever the reason: not
 * answered, declined, answered by a machine, hung up in the middle, refused by the carrier, called
 * too often; and also when nobody knows whether it went out, which is no silence.
 */
export const isFollowedBySms = (reason: string): boolean => !NO_SMS.has(reason);

/** How long an SMS that follows waits before it goes out. */
export const waitBeforeSmsMs = (because: string | null): number =>
  because === 'unknown' ? AFTER_UNKNOWN_MS : 0;
