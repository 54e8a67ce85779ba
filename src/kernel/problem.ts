/**
 * Everything that may go wrong for a caller, in one table: code -> status and title. Codes are
 * stable: never renamed, never reused (test/contract/problems.test.ts holds them). Titles never
 * repeat what was sent.
 */
export const PROBLEMS = {
  INVALID_INPUT: [400, 'The request does not have the form that this address takes'],
  INVALID_NUMBER: [400, 'This is not a phone number that we can reach'],
  INVALID_IDEMPOTENCY_KEY: [400, 'An Idempotency-Key has 1 to 255 visible ASCII characters'],
  UNAUTHENTICATED: [401, 'Sign in first'],
  WRONG_CREDENTIALS: [401, 'Login or password is wrong'],
  ORIGIN_REFUSED: [403, 'A session by cookie is for our own pages only'],
  SIGNATURE_REFUSED: [403, 'The signature is not that of our carrier'],
  NUMBER_NOT_VERIFIED: [403, 'Verify your own number first'],
  NOT_YOURS: [403, 'This is not yours to do in this conference'],
  NO_CONSENT: [403, 'This person has not agreed to be reached like this by the team'],
  SIGN_UP_REFUSED: [403, 'An account needs a valid invite here, or is not made by oneself'],
  WRONG_RESET_CODE: [403, 'This reset code is not valid, or not any more'],
  NUMBER_TYPE_REFUSED: [403, 'We send no codes to this kind of number'],
  COUNTRY_REFUSED: [403, 'We send no codes to this country'],
  PREFIX_REFUSED: [403, 'We send no codes to numbers that begin like this'],
  NOT_FOUND: [404, 'There is nothing here, or nothing for you'],
  METHOD_NOT_ALLOWED: [405, 'This address does not take this method'],
  LOGIN_TAKEN: [409, 'This login is taken'],
  RECIPIENT_UNREACHABLE: [409, 'This person has no verified number'],
  VERIFICATION_FINISHED: [409, 'This verification has finished'],
  VOICE_ONLY: [409, 'No SMS reaches this number; it can be called'],
  CHANNEL_OFF: [409, 'Codes do not go out by this channel here'],
  DING_ENDED: [409, 'This Ding has ended'],
  CONFERENCE_ENDED: [409, 'This conference has ended'],
  CONFERENCE_LIMIT: [409, 'You have as many live conferences as you may have'],
  CONFERENCE_FULL: [409, 'There is no room for more in this conference'],
  SERVICE_LIMIT: [409, 'This app has as many services as it may have'],
  TEAM_LIMIT: [409, 'You are in as many teams as one may be in'],
  CONSENT_OUTDATED: [409, 'The text of this consent has changed; read the one in force'],
  PAYLOAD_TOO_LARGE: [413, 'The request is too large'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'Send application/json'],
  IDEMPOTENCY_KEY_REUSED: [422, 'This Idempotency-Key was used for another request'],
  TOO_MANY_REQUESTS: [429, 'Too many requests; wait'],
  SEND_TOO_SOON: [429, 'A code was sent a moment ago; wait before the next'],
  SEND_LIMIT: [429, 'No more codes for this number for now'],
  CALL_LIMIT: [429, 'No more calls with this code'],
  SENDS_BLOCKED: [429, 'No codes are sent to numbers like this for now; wait'],
  GUESS_LIMIT: [429, 'Too many wrong codes for this number; wait'],
  DING_LIMIT: [429, 'No Ding reaches this person for now, by call or SMS; wait'],
  SENDER_LIMIT: [429, 'You have begun as much of this as you may for now; wait'],
  RING_LIMIT: [429, 'This person has been called too often; wait'],
  INTERNAL: [500, 'Something went wrong on our side'],
  UNAVAILABLE: [503, 'We are not able to do this right now; try again'],
  STORAGE_FULL: [503, 'We have no room or memory to do this right now; try again later'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface ProblemDetails {
  /** From when the same request may succeed. */
  retryAt?: Date;
  /** Where in the body the mistake is, and what kind it is; never what stands there. */
  errors?: { path: string; message: string }[];
  /** Which of the accounts that the request named stand in its way; never with a 404. */
  accountIds?: string[];
  /** What the caller may do next, and when, where the answer to success says so too. */
  next?: object;
}

/** A mistake that the caller gets as an answer, as RFC 9457 says. */
export class Problem extends Error {
  constructor(
    readonly code: ProblemCode,
    readonly details: ProblemDetails = {},
  ) {
    super(code);
    this.name = 'Problem';
  }

  get status(): number {
    return PROBLEMS[this.code][0];
  }

  /** The body, `application/problem+json`. */
  body(instance: string, now: Date): Record<string, unknown> {
    const [status, title] = PROBLEMS[this.code];
    const { errors, accountIds, next } = this.details;
    return {
      type: `urn:dingline:problem:${this.code}`,
      title,
      status,
      code: this.code,
      // A 404 is the same, byte for byte, for what never was and for what is not yours (D5c): no
      // instance in it.
      ...(this.code === 'NOT_FOUND' ? {} : { instance: `urn:uuid:${instance}` }),
      ...(this.details.retryAt === undefined ? {} : { retryAfter: this.retryAfterSeconds(now) }),
      ...(errors === undefined ? {} : { errors }),
      ...(accountIds === undefined ? {} : { accountIds }),
      ...(next === undefined ? {} : { next }),
    };
  }

  /** Whole seconds, at least 1, for `Retry-After` (RFC 9110, 10.2.3). */
  retryAfterSeconds(now: Date): number | undefined {
    const at = this.details.retryAt;
    return at === undefined
      ? undefined
      : Math.max(1, Math.ceil((at.getTime() - now.getTime()) / 1000));
  }
}
