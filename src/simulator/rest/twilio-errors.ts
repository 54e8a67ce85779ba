/**
 * The REST error codes of Twilio that this network can answer with, each with its HTTP status and
 * message. Source: Twilio's error dictionary.
 */
const ERRORS = {
  16020: [400, 'Conference is full'],
  16023: [400, 'Invalid participant label'],
  16025: [400, 'A participant with this label is already in the conference'],
  20001: [400, 'Unknown parameters'],
  20003: [401, 'Authenticate'],
  20004: [405, 'Method not allowed'],
  20009: [409, 'Cannot delete this resource before it is complete'],
  20404: [404, 'The requested resource was not found'],
  20429: [429, 'Too Many Requests'],
  20500: [500, 'Internal Server Error'],
  20503: [503, 'Service Unavailable'],
  21201: [400, "No 'To' number is specified"],
  21205: [400, 'Url is not a valid URL'],
  21206: [400, 'Invalid SendDigits'],
  21208: [400, 'Timeout must be an integer between 1 and 600'],
  21210: [
    400,
    'The source phone number provided is not yet verified for your account. ' +
      "You may only make calls from phone numbers that you've verified or purchased from Twilio.",
  ],
  21211: [400, "Invalid 'To' Phone Number"],
  21212: [400, "Invalid 'From' Phone Number"],
  21213: [400, "No 'From' number is specified"],
  21214: [400, "'To' phone number cannot be reached"],
  21215: [
    400,
    'Account not authorized to call this number. Perhaps you need to enable some international permissions',
  ],
  21216: [400, 'Account not allowed to call this number'],
  21217: [400, 'Phone number does not appear to be valid'],
  21219: [400, 'The number is unverified. Trial accounts may only make calls to verified numbers.'],
  21220: [400, 'Unable to update record. Call is not in-progress. Cannot redirect.'],
  21266: [400, "'To' and 'From' number cannot be the same"],
  21408: [
    400,
    'Permission to send an SMS has not been enabled for the region indicated by the To number',
  ],
  21602: [400, 'Message body is required.'],
  21603: [400, "A 'From' phone number is required."],
  21604: [400, "A 'To' phone number is required."],
  21606: [
    400,
    "The 'From' phone number provided is not a valid message-capable Twilio phone number for this destination",
  ],
  21608: [
    400,
    'The number is unverified. Trial accounts cannot send messages to unverified numbers',
  ],
  21609: [400, 'The StatusCallback URL is not a valid URL.'],
  21610: [400, 'Attempt to send to unsubscribed recipient'],
  21611: [400, "This 'From' number has exceeded the maximum number of queued messages"],
  21612: [400, "Message cannot be sent with the current combination of 'To' and 'From' parameters"],
  21614: [400, "'To' number is not a valid mobile number"],
  21617: [400, 'The concatenated message body exceeds the 1600 character limit.'],
  30409: [409, 'Message cannot be canceled'],
} as const satisfies Record<number, readonly [status: number, message: string]>;

/** All of them, as docs/simulator.md has them. */
export const listRefusals = (): { code: string; status: number; message: string }[] =>
  Object.entries(ERRORS).map(([code, [status, message]]) => ({ code, status, message }));

export interface TwilioErrorBody {
  code: number;
  message: string;
  more_info: string;
  status: number;
}

/**
 * An error in the words of the 2010-04-01 API. The rules throw it, and the controllers answer with
 * it.
 */
export class TwilioError extends Error {
  readonly body: TwilioErrorBody;

  constructor(
    code: number,
    status?: number,
    message?: string,
    /** The answer's header of that name. */
    readonly retryAfter?: string,
  ) {
    const known: readonly [number, string] | undefined = (
      ERRORS as Record<number, readonly [number, string]>
    )[code];
    const body = {
      code,
      message: message ?? known?.[1] ?? `Error ${String(code)}`,
      more_info: `https://www.twilio.com/docs/errors/${String(code)}`,
      status: status ?? known?.[0] ?? 400,
    };
    super(body.message);
    this.body = body;
  }
}
