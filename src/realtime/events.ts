import { z } from 'zod';
import { CONFIRMED_BY, NOTIFIED_BY } from '../handoff/channels.js';
import { standing } from '../handoff/standing.js';

/**
 * All that a browser may learn as it happens. Ids and states only: no number, no name, no text;
 * what an id means is read from the Ding or the conference, by those who may.
 */
const id = z.uuid();
const legState = z.enum(['queued', 'ringing', 'answered', 'ended']);
const reason = z.string().nullable().describe('Why it ended, or why it is not out');
/** PostgreSQL writes it by itself, with the event. */
const stands = standing.optional().describe('Where that way stands');
const callEvent = <K extends string>(kind: K) => ({ kind: z.literal(kind), callId: id });
const participantEvent = <K extends string>(kind: K) => ({ ...callEvent(kind), participantId: id });

const callEvents = z.discriminatedUnion('kind', [
  z.object(callEvent('ding.created')),
  z
    .object({ ...participantEvent('ding.leg'), state: legState, reason, standing: stands })
    .describe('A call to a recipient goes on, or waits'),
  z.object({
    ...participantEvent('ding.notification'),
    channel: z.enum(NOTIFIED_BY),
    state: z.enum(['queued', 'accepted', 'ended']),
    because: z.string().nullable(),
    reason,
    standing: stands,
  }),
  z.object({ ...participantEvent('ding.confirmed'), by: z.enum(CONFIRMED_BY) }),
  z
    .object(participantEvent('ding.doubted'))
    .describe('A machine was heard after the key that confirmed; an SMS follows'),
  z.object(participantEvent('ding.stopped')).describe('The recipient wants no more calls for it'),
  z
    .object(callEvent('ding.caller_id'))
    .describe("From now on its recipients may ask for the initiator's number, each once reached"),
  z
    .object(participantEvent('ding.unreached'))
    .describe('The Ding is over, and has not reached this recipient'),
  z.object({ ...callEvent('ding.ended'), reason: z.enum(['finished', 'recalled']) }),
  z.object(callEvent('conference.created')),
  z.object(participantEvent('conference.invited')),
  z.object({
    ...participantEvent('conference.leg'),
    state: legState,
    reason,
    standing: stands,
  }),
  z.object(participantEvent('conference.joined')),
  z
    .object(participantEvent('conference.caller_id'))
    .describe('From now on those in the room may ask for the number of this one'),
  z.object(participantEvent('conference.left')),
  z.object({
    ...participantEvent('conference.muted'),
    by: z.enum(['self', 'initiator']).nullable(),
  }),
  z.object(participantEvent('conference.unmuted')),
  z
    .object(participantEvent('conference.removed'))
    .describe(
      'The last event of this conference that the removed person is sent; the stream is then closed',
    ),
  z.object({
    ...callEvent('conference.ended'),
    reason: z.enum(['finished', 'ended', 'time_limit']),
  }),
]);

const teamEvents = z.discriminatedUnion('kind', [
  z
    .object({ kind: z.literal('team.changed'), teamId: id })
    .describe(
      'Somebody has joined or gone, owns it now, agrees or not any more, has another name, or a number or none: ' +
        'read the team again',
    ),
  z
    .object({
      kind: z.literal('team.code'),
      teamId: id,
      endsAt: z.iso.datetime().nullable().describe('Of the code in force; null: there is none'),
    })
    .describe('Another code opens the team, or none any more. For its owner'),
  z
    .object({ kind: z.literal('team.left'), teamId: id })
    .describe("You aren't in this team any more: you left it, or were removed"),
]);

export const liveEvent = z.discriminatedUnion('kind', [
  ...callEvents.options,
  ...teamEvents.options,
]);

/** What happens in a call: features publish it. */
export type CallEvent = z.infer<typeof callEvents>;
/** What happens in a team: PostgreSQL writes it by itself, with the change. */
export type TeamEvent = z.infer<typeof teamEvents>;
export type LiveEvent = CallEvent | TeamEvent;

/** What a stream says of itself, beside what happens. */
export const streamEvent = z.discriminatedUnion('kind', [
  ...liveEvent.options,
  z
    .object({ kind: z.literal('hello') })
    .describe(
      'First in a stream without Last-Event-ID: from here on nothing is missed. ' +
        'Read your Dings, conferences and teams now',
    ),
  z
    .object({ kind: z.literal('reset') })
    .describe(
      'First in a stream whose Last-Event-ID is too old, or none of ours: something may have been ' +
        'missed. Read your Dings, conferences and teams again',
    ),
]);

export type StreamEvent = z.infer<typeof streamEvent>;
