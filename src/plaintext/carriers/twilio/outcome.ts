import type { EndReason, Outcome } from '../../../handoff/handoff.js';

type Rejection = Extract<Outcome, { kind: 'rejected' }>['reason'];

/** The destination is at fault: no retry, no other carrier. */
const REJECTED = new Map<number, Rejection>([
  [21211, 'bad_number'], // not a valid number
  [21214, 'bad_number'], // can't be reached
  [21217, 'bad_number'], // not a valid number, for calls
  [21612, 'no_sms'], // no route to it for SMS from this sender
  [21614, 'no_sms'], // not a mobile number
  [13223, 'bad_number'], // dialled number's format
  [13226, 'bad_number'], // dialled number's country
  [30005, 'bad_number'], // unknown destination handset
  [30006, 'no_sms'], // landline or unreachable carrier
  [60200, 'bad_number'], // invalid parameter, for lookups
  [21610, 'opted_out'], // the recipient said STOP
  [30007, 'filtered'], // the text was taken for spam
  [30450, 'fraud'], // the carrier's own pumping guard
  // Bound to the destination, so our account is fine:
  [21216, 'blocked'], // number on the carrier's block list
  [13225, 'blocked'], // call blocked
  [30004, 'blocked'], // message blocked
  [32017, 'blocked'], // trunk: destination blocked
]);

/**
 * Ours: the account, its credentials, its permissions, the sender. The operator is told, whether the
 * request says so or a callback.
 */
const MISCONFIGURED = new Set([
  20003, // wrong credentials
  20404, // the resource, so the account or its address, isn't there
  21205, // our callback URL isn't valid
  21210, // sender not owned or verified, for calls
  21212, // sender isn't a number
  21219, // trial account: destination not verified
  21606, // sender can't send SMS
  21608, // trial account: destination not verified
  21609, // status callback isn't valid
  13521, // trial account restriction
  21408, // SMS to this country not enabled
  21215, // calls to this country not enabled
  13227, // calls to this region not enabled
  32018,
  32216,
  32224, // trunk configuration
  30002, // account suspended
  30034, // sender not registered for US messaging
]);

/** Provably not accepted: the same may be sent again. */
const NOT_ACCEPTED = new Set([
  20429, // too many requests
  21611, // the sender's queue is full
  21730, // the account's queue is full
  10004, // too many concurrent calls
]);

/** May have been accepted all the same. */
const AMBIGUOUS = new Set([
  20500, // internal error at the carrier
  20503, // unavailable at the carrier
]);

/** What the carrier's refusal means. Pure. Any 5xx without a code that we know is ambiguous. */
export function classifyError(
  status: number,
  code: number | undefined,
  retryAfterMs?: number,
): Outcome {
  const carrierCode = code === undefined ? {} : { carrierCode: code };
  if (code !== undefined) {
    const reason = REJECTED.get(code);
    if (reason !== undefined) return { kind: 'rejected', reason, ...carrierCode };
    if (MISCONFIGURED.has(code)) return { kind: 'misconfigured', ...carrierCode };
    if (NOT_ACCEPTED.has(code))
      return {
        kind: 'unavailable',
        ...carrierCode,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      };
    if (AMBIGUOUS.has(code)) return { kind: 'unknown', ...carrierCode };
  }
  if (status === 429)
    return {
      kind: 'unavailable',
      ...carrierCode,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  if (status >= 500 || status < 400) return { kind: 'unknown', ...carrierCode };
  // Refused with a 4xx that we don't know: it did not leave, and the same request would be refused
  // again.
  return { kind: 'misconfigured', ...carrierCode };
}

/** What the code of a message that failed after it was accepted says of its destination, or of us. */
export function classifyDeliveryError(code: number | undefined): EndReason {
  if (code === undefined) return 'undelivered';
  return REJECTED.get(code) ?? (MISCONFIGURED.has(code) ? 'misconfigured' : 'undelivered');
}
