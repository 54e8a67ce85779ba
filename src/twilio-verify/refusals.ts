import type { ForeignWords } from '../kernel/problem.filter.js';
import { Problem } from '../kernel/problem.js';

/**
 * These are Twilio's numbers for what went wrong, each with its status and its meaning in our
 * words.
 */
export const REFUSALS: Readonly<Record<number, readonly [status: number, message: string]>> = {
  20003: [401, 'Sign in by HTTP Basic with the id of your app (AC...) and one of its secrets'],
  20004: [405, 'This address does not take this method'],
  20404: [404, 'There is nothing here, or nothing for you'],
  20413: [413, 'The request is too large'],
  20415: [415, 'Send application/x-www-form-urlencoded'],
  20429: [429, 'Too many requests; wait'],
  20500: [500, 'Something went wrong on our side'],
  20503: [503, 'We are not able to do this right now; try again'],
  60200: [400, 'A parameter is missing, or not valid here'],
  60202: [429, 'Too many codes were tried; wait, or start anew'],
  60203: [429, 'No code can be sent now; wait'],
  60205: [403, 'No SMS reaches this number; use Channel=call'],
  60212: [429, 'Another start for this number came at the same moment; its code is on the way'],
  60223: [403, 'Codes do not go out by this channel here'],
  60410: [403, 'No codes are sent to numbers like this for now'],
  60605: [403, 'We send no codes to this country'],
};

/** Each of our own codes has its number; a code that isn't here goes by its status. */
const BY_CODE: Readonly<Partial<Record<string, number>>> = {
  INVALID_INPUT: 60200,
  INVALID_NUMBER: 60200,
  NUMBER_TYPE_REFUSED: 60200,
  SERVICE_LIMIT: 60200,
  GUESS_LIMIT: 60202,
  SEND_TOO_SOON: 60203,
  SEND_LIMIT: 60203,
  CALL_LIMIT: 60203,
  VOICE_ONLY: 60205,
  CHANNEL_OFF: 60223,
  PREFIX_REFUSED: 60410,
  SENDS_BLOCKED: 60410,
  COUNTRY_REFUSED: 60605,
  VERIFICATION_FINISHED: 20404, // Twilio deletes a finished one
};
const BY_STATUS: Readonly<Partial<Record<number, number>>> = {
  400: 60200,
  401: 20003,
  404: 20404,
  405: 20004,
  413: 20413,
  415: 20415,
  429: 20429,
  503: 20503,
};

/** This start met another for the same number, made since it began itself. */
export class StartedTwice extends Problem {
  constructor(retryAt: Date | null) {
    super('SEND_TOO_SOON', retryAt === null ? {} : { retryAt });
  }
}

const getTwilioCode = (problem: Problem): number => {
  if (problem instanceof StartedTwice) return 60212;
  if (
    problem.code === 'VERIFICATION_FINISHED' &&
    (problem.details.next as { state?: string } | undefined)?.state === 'max_attempts'
  )
    return 60202;
  return BY_CODE[problem.code] ?? BY_STATUS[problem.status] ?? 20500;
};

/**
 * Answers a problem in Twilio's form. `more_info` leads to us, and `details` has our own code, and
 * what may be done next.
 */
export const refusalsFor =
  (publicUrl: string): ForeignWords['formatProblem'] =>
  (problem) => {
    const code = getTwilioCode(problem);
    const [status, meaning] = REFUSALS[code] as readonly [number, string];
    const { errors, next } = problem.details;
    const places = (errors ?? [])
      .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
      .join('; ');
    return {
      status,
      body: {
        code,
        status,
        message:
          problem.code === 'NUMBER_TYPE_REFUSED'
            ? 'We send no codes to this kind of number'
            : problem.code === 'INVALID_NUMBER'
              ? places || 'To: not a phone number that we can reach'
              : problem.code === 'SERVICE_LIMIT'
                ? 'This app has as many services as it may have'
                : places === ''
                  ? meaning
                  : `${meaning}: ${places}`,
        more_info: `${publicUrl}/v2/errors/${String(code)}`,
        details: { problem: problem.code, ...(next === undefined ? {} : { next }) },
      },
    };
  };
