import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';
import { Me, SignedIn } from '../accounts/session.guard.js';
import { CONFIRMED_BY, NOTIFIED_BY, WAYS } from '../handoff/channels.js';
import { otherAccounts, requireOthers } from '../calls/others.js';
import { Id } from '../kernel/path-id.js';
import { IdempotencyKey } from '../kernel/idempotency.js';
import { Answer, Problems, Title } from '../kernel/openapi.js';
import { givenId } from '../kernel/ids.js';
import { PAGE, pageBefore } from '../kernel/page.js';
import { ValidBody, ValidQuery } from '../kernel/schema.pipe.js';
import { cutToUnits } from '../texts/segments.js';
import { writtenText } from '../texts/written.js';
import { DingService, type DingView } from './ding.service.js';

const newDing = z.strictObject({
  recipientIds: otherAccounts(1, 50).describe(
    'The accounts to reach, each of a team that you share',
  ),
  channel: z
    .enum(WAYS)
    .default('voice')
    .describe('How. A call that brings no confirmation is followed by an SMS at once'),
  text: writtenText(1_000).meta({
    examples: ['The pump has stopped.'],
    description:
      'Spoken to the recipients as it is written, with a blank for each character that nobody can ' +
      'read; an SMS holds its beginning, and a link to all of it. No line of it may look like ' +
      "that link's own",
  }),
});

const page = pageBefore(givenId(), 'id');

const time = z.iso.datetime();
const ding = z.object({
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
        leg: z
          .object({
            state: z.enum(['queued', 'ringing', 'answered', 'ended']),
            reason: z
              .string()
              .nullable()
              .describe('Why it ended; `unknown` while nobody can say whether it went out'),
            ringsAt: time.nullable().describe('While it waits here: when the phone may ring'),
            begunAt: time.nullable(),
            answeredAt: time.nullable(),
            endedAt: time.nullable(),
            heardMachine: z.boolean().describe('Voicemail answered, so no key is taken any more'),
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
                'How the call ended that it follows; ring_limit, late: or why the call can not ring ' +
                  'within 30 s, and rings when it may',
              ),
            reason: z.string().nullable().describe('Why it ended'),
            delivery: z
              .enum(['none', 'queued', 'sent', 'delivered', 'undelivered', 'failed'])
              .describe('How far the carrier says that an SMS has come'),
            createdAt: time,
            begunAt: time.nullable(),
            endedAt: time.nullable(),
          }),
        ),
      }),
    )
    .describe('All of them for the initiator; for a recipient only themself'),
});

const BEGINNING_UNITS = 100;

/** One of a list: how it stands. Who was reached, and how, is in the Ding itself. */
const listedDing = z.object({
  ...ding.omit({ text: true, recipients: true }).shape,
  beginning: z.string().describe(`Of its text: ${BEGINNING_UNITS} characters at the most`),
  recipientCount: z.int().describe('Of those that the Ding itself shows you'),
  confirmedCount: z.int().describe('Of those, how many have confirmed'),
});

/** Dings: urgent messages, by app, SMS or phone. */
@Controller('v1/dings')
@SignedIn()
export class DingController {
  constructor(private readonly dings: DingService) {}

  @Post()
  @Title('Send a Ding')
  @Answer(201, ding, 'The Ding')
  @Problems(
    'NUMBER_NOT_VERIFIED',
    'NOT_FOUND',
    'NO_CONSENT',
    'RECIPIENT_UNREACHABLE',
    'SENDER_LIMIT',
    'DING_LIMIT',
  )
  async create(
    @Me() me: Me,
    @ValidBody(newDing) body: z.infer<typeof newDing>,
    @IdempotencyKey() key: string | undefined,
  ): Promise<z.infer<typeof ding>> {
    requireOthers('recipientIds', body.recipientIds, me.accountId);
    return show(await this.dings.create(me, body, key));
  }

  @Get()
  @Title('List your Dings')
  @Answer(
    200,
    z.object({ dings: z.array(listedDing) }),
    `The newest ${PAGE} Dings, of both roles, or the newest ${PAGE} before one of them`,
  )
  async list(
    @Me() me: Me,
    @ValidQuery(page) { before }: z.output<typeof page>,
  ): Promise<{ dings: z.infer<typeof listedDing>[] }> {
    return { dings: (await this.dings.list(me, before)).map(list) };
  }

  @Get(':id')
  @Title('Read a Ding')
  @Answer(200, ding, 'The Ding')
  async get(@Me() me: Me, @Id() id: string): Promise<z.infer<typeof ding>> {
    return show(await this.dings.get(me, id));
  }

  @Post(':id/recall')
  @HttpCode(200)
  @Title('Take a Ding back')
  @Answer(200, ding, 'The Ding')
  @Problems('NOT_FOUND', 'DING_ENDED')
  async recall(@Me() me: Me, @Id() id: string): Promise<z.infer<typeof ding>> {
    return show(await this.dings.recall(me, id));
  }

  /** By a recipient, in the app. Twice is once. */
  @Post(':id/confirm')
  @HttpCode(200)
  @Title('Confirm a Ding')
  @Answer(200, ding, 'The Ding')
  @Problems('NOT_FOUND')
  async confirm(@Me() me: Me, @Id() id: string): Promise<z.infer<typeof ding>> {
    return show(await this.dings.confirm(me, id));
  }
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

function list(view: DingView): z.infer<typeof listedDing> {
  const { text, recipients, ...shown } = show(view);
  const confirmed = recipients.filter(({ confirmedAt }) => confirmedAt !== null);
  return {
    ...shown,
    beginning: cutToUnits(text, BEGINNING_UNITS),
    recipientCount: recipients.length,
    confirmedCount: confirmed.length,
  };
}

function show(view: DingView): z.infer<typeof ding> {
  return {
    id: view.id,
    role: view.viewerRole,
    text: view.text,
    channel: view.channel,
    from: { participantId: view.senderParticipantId, name: view.senderName },
    state: view.endedAt === null ? 'live' : 'ended',
    endReason:
      view.endReason === null ? null : view.endReason === 'recalled' ? 'recalled' : 'finished',
    createdAt: view.createdAt.toISOString(),
    recipients: view.recipients.map(
      ({
        participantId,
        accountId,
        name,
        confirmedAt,
        confirmedBy,
        isDoubted,
        stoppedAt,
        leg,
        notifications,
      }) => ({
        participantId,
        accountId,
        name,
        confirmedAt: iso(confirmedAt),
        confirmedBy,
        isDoubted,
        stoppedAt: iso(stoppedAt),
        leg: leg && {
          state: leg.state,
          reason: leg.reason,
          ringsAt: iso(leg.ringsAt),
          begunAt: iso(leg.begunAt),
          answeredAt: iso(leg.answeredAt),
          endedAt: iso(leg.endedAt),
          heardMachine: leg.isMachine,
        },
        notifications: notifications.map(
          ({ channel, state, because, reason, delivery, createdAt, begunAt, endedAt }) => ({
            channel,
            state,
            because,
            reason,
            delivery,
            createdAt: createdAt.toISOString(),
            begunAt: iso(begunAt),
            endedAt: iso(endedAt),
          }),
        ),
      }),
    ),
  };
}
