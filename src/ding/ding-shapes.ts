import { z } from 'zod';
import { CONFIRMED_BY, NOTIFIED_BY, WAYS } from '../handoff/channels.js';
import { standingInWords } from '../handoff/standing.js';

// What is answered of a Ding.

const time = z.iso.datetime();
export const ding = z.object({
  id: z.uuid(),
  role: z.enum(['initiator', 'recipient']).describe('Yours in this Ding'),
  text: z.string(),
  channel: z.enum(WAYS),
  from: z.object({ participantId: z.uuid(), name: z.string() }),
  state: z.enum(['live', 'ended']),
  endReason: z.enum(['finished', 'recalled']).nullable(),
  createdAt: time,
  recipients: z
    .array(
      z.object({
        participantId: z.uuid(),
        accountId: z.uuid(),
        name: z.string(),
        confirmedAt: time.nullable(),
        confirmedBy: z.enum(CONFIRMED_BY).nullable(),
        isDoubted: z
          .boolean()
          .describe(
            'A machine was heard after the key that confirmed, so perhaps nobody has. An SMS follows; ' +
              'its link, or the app, confirms for certain',
          ),
        stoppedAt: time.nullable().describe('When they asked for no more calls for this Ding'),
        isReached: z
          .boolean()
          .describe(
            'Whether it has come to them, as far as anybody knows: they confirmed or answered, an SMS was ' +
              'taken by the carrier and not lost, or it is in their app',
          ),
        leg: z
          .object({
            state: z.enum(['queued', 'ringing', 'answered', 'ended']),
            reason: z
              .string()
              .nullable()
              .describe(
                'Why it ended; `unknown` while nobody can say whether it went out, `calls_away` ' +
                  'while it waits since no call can be made',
              ),
            ringsAt: time.nullable().describe('While it waits here: when the phone may ring'),
            begunAt: time.nullable(),
            answeredAt: time.nullable(),
            endedAt: time.nullable(),
            heardMachine: z.boolean().describe('Voicemail answered, so no key is taken any more'),
            standing: standingInWords,
          })
          .nullable()
          .describe('The call to them, if there is one'),
        notifications: z.array(
          z.object({
            channel: z.enum(NOTIFIED_BY),
            state: z.enum(['queued', 'accepted', 'ended']),
            because: z
              .string()
              .nullable()
              .describe(
                'How the call ended that it follows; ring_limit, late, calls_away: or why the call ' +
                  'can not ring within 30 s, and rings when it may',
              ),
            reason: z.string().nullable().describe('Why it ended'),
            delivery: z
              .enum(['none', 'queued', 'sent', 'delivered', 'undelivered', 'failed'])
              .describe('How far the carrier says that an SMS has come'),
            createdAt: time,
            begunAt: time.nullable(),
            endedAt: time.nullable(),
            standing: standingInWords,
          }),
        ),
      }),
    )
    .describe('All of them for the initiator; for a recipient only themself'),
});

export const BEGINNING_UNITS = 100;

/** One of a list: how it stands. Who was reached, and how, is in the Ding itself. */
export const listedDing = z.object({
  ...ding.omit({ text: true, recipients: true }).shape,
  beginning: z.string().describe(`Of its text: ${BEGINNING_UNITS} characters at the most`),
  recipientCount: z.int().describe('Of those that the Ding itself shows you'),
  confirmedCount: z.int().describe('Of those, how many have confirmed'),
  unreachedCount: z.int().describe('Of those, how many it has not reached; while it is live, 0'),
});
