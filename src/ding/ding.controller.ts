import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';
import { Me, SignedIn } from '../accounts/session.guard.js';
import { APP, WAYS } from '../handoff/channels.js';
import { showStanding } from '../handoff/standing.js';
import { otherAccounts, requireOthers } from '../calls/others.js';
import { Id } from '../kernel/path-id.js';
import { IdempotencyKey } from '../kernel/idempotency.js';
import { Answer, Problems, Title } from '../kernel/openapi.js';
import { Clock } from '../kernel/clock.js';
import { givenId } from '../kernel/ids.js';
import { PAGE, pageBefore } from '../kernel/page.js';
import { ValidBody, ValidQuery } from '../kernel/schema.pipe.js';
import { cutToUnits } from '../texts/segments.js';
import { writtenText } from '../texts/written.js';
import { BEGINNING_UNITS, ding, listedDing } from './ding-shapes.js';
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

/** Dings: urgent messages, by app, SMS or phone. */
@Controller('v1/dings')
@SignedIn()
export class DingController {
  constructor(
    private readonly dings: DingService,
    private readonly clock: Clock,
  ) {}

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
    return show(await this.dings.create(me, body, key), this.clock.now());
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
    return { dings: (await this.dings.list(me, before)).map((one) => list(one, this.clock.now())) };
  }

  @Get(':id')
  @Title('Read a Ding')
  @Answer(200, ding, 'The Ding')
  async get(@Me() me: Me, @Id() id: string): Promise<z.infer<typeof ding>> {
    return show(await this.dings.get(me, id), this.clock.now());
  }

  @Post(':id/recall')
  @HttpCode(200)
  @Title('Take a Ding back')
  @Answer(200, ding, 'The Ding')
  @Problems('NOT_FOUND', 'DING_ENDED')
  async recall(@Me() me: Me, @Id() id: string): Promise<z.infer<typeof ding>> {
    return show(await this.dings.recall(me, id), this.clock.now());
  }

  /** By a recipient, in the app. Twice is once. */
  @Post(':id/confirm')
  @HttpCode(200)
  @Title('Confirm a Ding')
  @Answer(200, ding, 'The Ding')
  @Problems('NOT_FOUND')
  async confirm(@Me() me: Me, @Id() id: string): Promise<z.infer<typeof ding>> {
    return show(await this.dings.confirm(me, id), this.clock.now());
  }
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

function list(view: DingView, now: Date): z.infer<typeof listedDing> {
  const { text, recipients, ...shown } = show(view, now);
  const confirmed = recipients.filter(({ confirmedAt }) => confirmedAt !== null);
  const unreached = recipients.filter(({ isReached }) => !isReached);
  return {
    ...shown,
    beginning: cutToUnits(text, BEGINNING_UNITS),
    recipientCount: recipients.length,
    confirmedCount: confirmed.length,
    unreachedCount: shown.state === 'live' ? 0 : unreached.length,
  };
}

function show(view: DingView, now: Date): z.infer<typeof ding> {
  const language = view.viewerLanguage;
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
        isReached,
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
        isReached,
        leg: leg && {
          state: leg.state,
          reason: leg.reason,
          ringsAt: iso(leg.ringsAt),
          begunAt: iso(leg.begunAt),
          answeredAt: iso(leg.answeredAt),
          endedAt: iso(leg.endedAt),
          heardMachine: leg.isMachine,
          standing: showStanding(leg.standing, 'call', language, now),
        },
        notifications: notifications.map(
          ({
            channel,
            state,
            because,
            reason,
            delivery,
            createdAt,
            begunAt,
            endedAt,
            standing,
          }) => ({
            channel,
            state,
            because,
            reason,
            delivery,
            createdAt: createdAt.toISOString(),
            begunAt: iso(begunAt),
            endedAt: iso(endedAt),
            standing: showStanding(standing, channel === APP ? 'app' : 'text', language, now),
          }),
        ),
      }),
    ),
  };
}
