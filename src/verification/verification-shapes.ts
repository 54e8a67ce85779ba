import { z } from 'zod';
import { CHANNELS } from '../handoff/channels.js';
import { WAITS_FOR } from '../handoff/standing.js';
import { VERIFICATION_STATES } from './verification-session.js';

// What is answered of a verification, and said where something is refused.

const time = z.iso.datetime();
const next = z.object({
  smsAt: time
    .nullable()
    .describe('From when the code may be sent again by SMS; null: not for this verification'),
  voiceAt: time
    .nullable()
    .describe('From when it may be spoken by a call; null: not for this verification'),
  mayCheck: z.boolean(),
  checksLeft: z.int(),
});
/** A refusal says where the verification stands, and which channel is left. */
export const nextInProblems = next.extend({
  state: z.enum(VERIFICATION_STATES).optional(),
  channel: z.enum(CHANNELS).optional().describe('Of VOICE_ONLY: the one that is left'),
});

export const verification = z.object({
  id: z.uuid(),
  state: z.enum(VERIFICATION_STATES),
  createdAt: time,
  expiresAt: time,
  finishedAt: time.nullable(),
  delivery: z
    .object({
      channel: z.enum(CHANNELS),
      state: z
        .string()
        .describe(
          'On its way to the carrier: queued, held (an operator holds it back for now), sending, accepted, ' +
            'unknown. An SMS then: sent, delivered. A call: ringing, answered, delivered (the code was ' +
            'spoken). Come to nothing: rejected, failed, expired, canceled, undelivered, or ended (a call ' +
            'that ended without speaking the code)',
        ),
      reason: z
        .string()
        .nullable()
        .describe(
          'Why it came to nothing. A call: busy (also declined), no_answer, hung_up, machine (voicemail ' +
            'heard no code), canceled, failed. Refused: bad_number, no_sms (this number takes none), ' +
            'blocked, opted_out (of SMS), filtered (as spam), fraud, misconfigured (by the operator), ' +
            'spend_cap (what a day may cost is used up), number_refused (by the operator), calls_away ' +
            '(no call can be made for now)',
        ),
      at: time,
      waitsFor: z
        .enum(WAITS_FOR)
        .nullable()
        .describe(
          'Of queued, where it may not go out yet. in_line: it takes turns with what else goes to the carrier. ' +
            'ring_limit: the phone was called too often. carrier: it could not go out just now',
        ),
      waitsUntil: time.nullable().describe('Not before then, as far as is known'),
      text: z.string().describe('All of that in words, in the language of the code'),
    })
    .nullable()
    .describe('How far the newest SMS or call has come'),
  next,
});
export const checked = verification.extend({ isCorrect: z.boolean() });
