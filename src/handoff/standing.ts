import { z } from 'zod';
import { type Language, TEXTS } from '../texts/catalogue.js';
import { describeStanding } from '../texts/standing.js';

/**
 * Where one way to a person stands. waiting: it hasn't gone out; `because` says for what, `until` for
 * how long at least. sending: a request for it is on its way. accepted: the carrier has it.
 * delivered: an SMS has arrived. ringing, answered: a call. unknown: nobody can say whether it went
 * out. failed: it came to nothing, and why. over: it has done its part, or wasn't needed any more.
 *
 * PostgreSQL works it out, by the views `leg_ways` and `notification_ways`.
 */
export const STANDING_CODES = [
  'waiting',
  'sending',
  'accepted',
  'delivered',
  'ringing',
  'answered',
  'unknown',
  'failed',
  'over',
] as const;

/** What something waits for. Whose doing a limit is nobody is told. */
export const WAITS_FOR = [
  'soon', // nothing holds it: it is taken up next
  'in_line', // it takes turns with what else goes to the carrier
  'ring_limit', // its phone has been called often
  'sms_limit', // its number has had many SMS
  'calls_away', // no call can be made, since the carrier couldn't fetch what to say
  'carrier', // it could not go out just now, and is tried again then
  'call_unknown', // it follows a call of which nobody knows whether it went out
] as const;

export const standing = z.object({
  code: z
    .enum(STANDING_CODES)
    .describe(
      'waiting: not gone out yet. sending: on its way. accepted: the carrier has it. unknown: nobody can say ' +
        'whether it went out. failed: it came to nothing. over: it has done its part, or is not needed any more',
    ),
  because: z
    .string()
    .nullable()
    .describe(
      `Of waiting, for what: ${WAITS_FOR.join(', ')}. Of failed and over: why. machine: voicemail answered`,
    ),
  until: z.iso.datetime().nullable().describe('Of waiting: not before then, as far as is known'),
});

/** What an answer says: words for its reader, beside the code for a program. */
export const standingInWords = standing
  .extend({ text: z.string().describe("In your account's language") })
  .meta({ id: 'Standing' });

export type Standing = z.infer<typeof standing>;

/** Reads what came as JSON. */
export function readStanding({ code, because, until }: StandingRow): StandingRow {
  return { code, because, until: until && new Date(until) };
}

/** Says it in its reader's language. */
export function wordStanding(
  { code, because, until }: Omit<StandingRow, 'code'> & { code: string },
  form: 'call' | 'text' | 'app',
  language: Language,
  now: Date,
): string {
  const stands = { code, because, until: until && until.getTime() };
  return describeStanding(TEXTS[language].standings, language, form, stands, now.getTime());
}

export function showStanding(
  standing: StandingRow,
  form: 'call' | 'text' | 'app',
  language: Language,
  now: Date,
): z.infer<typeof standingInWords> {
  const until = standing.until?.toISOString() ?? null;
  return { ...standing, until, text: wordStanding(standing, form, language, now) };
}

/** As PostgreSQL gives it. */
export interface StandingRow {
  code: Standing['code'];
  because: string | null;
  until: Date | null;
}
