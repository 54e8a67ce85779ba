import { z } from 'zod';
import { CONFIRMED_BY, NOTIFIED_BY } from '../handoff/channels.js';

/**
 * All that a browser may be told as it happens. Ids and states only: no number, no name, no text; what an id means is
 * read from the Ding or the conference, by those who may.
 */
const id = z.uuid();
const legState = z.enum(['queued', 'ringing', 'answered', 'ended']);
const reason = z.string().nullable().describe('Why it ended');
const about = <K extends string>(kind: K) => ({ kind: z.literal(kind), callId: id });
const of = <K extends string>(kind: K) => ({ ...about(kind), participantId: id });

export const liveEvent = z.discriminatedUnion('kind', [
  z.object(about('ding.created')),
  z
    .object({ ...of('ding.leg'), state: legState, reason })
    .describe('A call to a recipient goes on'),
  z.object({
    ...of('ding.notification'),
    channel: z.enum(NOTIFIED_BY),
    state: z.enum(['queued', 'accepted', 'ended']),
    because: z.string().nullable(),
    reason,
  }),
  z.object({ ...of('ding.confirmed'), by: z.enum(CONFIRMED_BY) }),
  z.object(of('ding.stopped')).describe('The recipient wants no more calls for it'),
  z.object({ ...about('ding.ended'), reason: z.enum(['finished', 'recalled']) }),
  z.object(about('conference.created')),
  z.object(of('conference.invited')),
  z.object({ ...of('conference.leg'), state: legState, reason }),
  z.object(of('conference.joined')),
  z.object(of('conference.left')),
  z.object({ ...of('conference.muted'), by: z.enum(['self', 'initiator']).nullable() }),
  z.object(of('conference.unmuted')),
  z
    .object(of('conference.removed'))
    .describe(
      'The last event of this conference that the removed person is sent; the stream is then closed',
    ),
  z.object({ ...about('conference.ended'), reason: z.enum(['finished', 'ended', 'time_limit']) }),
]);

export type LiveEvent = z.infer<typeof liveEvent>;

/** What a stream says of itself, beside what happens. */
export const streamEvent = z.discriminatedUnion('kind', [
  ...liveEvent.options,
  z
    .object({ kind: z.literal('hello') })
    .describe(
      'First in a stream without Last-Event-ID: from here on nothing is missed. Read your Dings and conferences now',
    ),
  z
    .object({ kind: z.literal('reset') })
    .describe(
      'First in a stream whose Last-Event-ID is too old, or none of ours: something may have been missed. Read your Dings and conferences again',
    ),
]);

export type StreamEvent = z.infer<typeof streamEvent>;
