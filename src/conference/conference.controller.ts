import { Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';
import { Me, SignedIn } from '../accounts/session.guard.js';
import { Id } from '../kernel/path-id.js';
import { IdempotencyKey } from '../kernel/idempotency.js';
import { Answer, Problems } from '../kernel/openapi.js';
import { ValidBody } from '../kernel/schema.pipe.js';
import { ConferenceService, type ConferenceView } from './conference.service.js';
import { FEWEST_OTHERS, MOST_IN_CONFERENCE, assessPresence } from './roster.js';

const accountIds = (least: number) =>
  z
    .array(z.uuid())
    .min(least)
    .max(MOST_IN_CONFERENCE - 1)
    .refine((ids) => new Set(ids).size === ids.length, 'each once')
    .describe('The accounts to call, each of a team that you share');

const newConference = z.strictObject({
  accountIds: accountIds(FEWEST_OTHERS),
  endsWithInitiator: z
    .boolean()
    .default(false)
    .describe('Whether it ends for all when you leave its room'),
  maxMinutes: z
    .int()
    .min(1)
    .max(24 * 60)
    .default(240)
    .describe('It ends by itself then'),
});
const newParticipants = z.strictObject({ accountIds: accountIds(1) });

const time = z.iso.datetime();
const conference = z.object({
  id: z.uuid(),
  participantId: z.uuid().describe('Yours'),
  role: z.enum(['initiator', 'invitee']).describe('Yours'),
  state: z.enum(['live', 'ended']),
  endReason: z
    .enum(['finished', 'ended', 'time_limit'])
    .nullable()
    .describe('finished: nobody was left. ended: by the initiator, or with them'),
  endsWithInitiator: z.boolean(),
  createdAt: time,
  endsAt: time.describe('By itself, at the latest'),
  participants: z.array(
    z.object({
      participantId: z.uuid(),
      accountId: z.uuid(),
      name: z.string(),
      role: z.enum(['initiator', 'invitee']),
      presence: z
        .enum(['waiting', 'ringing', 'answered', 'joined', 'away', 'removed'])
        .describe('away: not in the call; they may ask to be called'),
      reason: z
        .string()
        .nullable()
        .describe(
          'Why their newest call ended; `unknown` while nobody can say whether it went out',
        ),
      ringsAt: time.nullable().describe('While their call waits here: when the phone may ring'),
      isMuted: z.boolean().describe('As the carrier says'),
      mutedBy: z.enum(['self', 'initiator']).nullable(),
    }),
  ),
});
type Shown = z.infer<typeof conference>;

const COMMON = ['NOT_FOUND', 'NOT_YOURS', 'CONFERENCE_ENDED'] as const;

/** Conferences: the initiator and at least two others, called and put into one room. */
@Controller('v1/conferences')
@SignedIn()
export class ConferenceController {
  constructor(private readonly conferences: ConferenceService) {}

  @Post()
  @Answer(201, conference, 'The conference; all phones are being called')
  @Problems(
    'NUMBER_NOT_VERIFIED',
    'NOT_FOUND',
    'NO_CONSENT',
    'RECIPIENT_UNREACHABLE',
    'RING_LIMIT',
    'CONFERENCE_LIMIT',
    'SENDER_LIMIT',
  )
  async create(
    @Me() me: Me,
    @ValidBody(newConference) body: z.infer<typeof newConference>,
    @IdempotencyKey() key: string | undefined,
  ): Promise<Shown> {
    return show(await this.conferences.create(me, body, key));
  }

  @Get()
  @Answer(200, z.object({ conferences: z.array(conference) }), 'The newest 50')
  async list(@Me() me: Me): Promise<{ conferences: Shown[] }> {
    return { conferences: (await this.conferences.list(me)).map(show) };
  }

  @Get(':id')
  @Answer(200, conference, 'The conference')
  async get(@Me() me: Me, @Id() id: string): Promise<Shown> {
    return show(await this.conferences.get(me, id));
  }

  /** By the initiator. Who was removed comes back. */
  @Post(':id/participants')
  @Answer(201, conference, 'The conference; the new ones are being called')
  @Problems(...COMMON, 'NO_CONSENT', 'RECIPIENT_UNREACHABLE', 'RING_LIMIT', 'CONFERENCE_FULL')
  async add(
    @Me() me: Me,
    @Id() id: string,
    @ValidBody(newParticipants) body: z.infer<typeof newParticipants>,
  ): Promise<Shown> {
    return show(await this.conferences.add(me, id, body.accountIds));
  }

  /** By the initiator. For the removed the conference doesn't exist any more. */
  @Delete(':id/participants/:participantId')
  @HttpCode(200)
  @Answer(200, conference, 'The conference')
  @Problems(...COMMON)
  async remove(
    @Me() me: Me,
    @Id() id: string,
    @Id('participantId') participantId: string,
  ): Promise<Shown> {
    return show(await this.conferences.remove(me, id, participantId));
  }

  /** Oneself, or by the initiator anyone. */
  @Post(':id/participants/:participantId/mute')
  @HttpCode(200)
  @Answer(200, conference, 'The conference')
  @Problems(...COMMON)
  async mute(
    @Me() me: Me,
    @Id() id: string,
    @Id('participantId') participantId: string,
  ): Promise<Shown> {
    return show(await this.conferences.setMuted(me, id, participantId, true));
  }

  /** Who muted: oneself, or the initiator. */
  @Post(':id/participants/:participantId/unmute')
  @HttpCode(200)
  @Answer(200, conference, 'The conference')
  @Problems(...COMMON)
  async unmute(
    @Me() me: Me,
    @Id() id: string,
    @Id('participantId') participantId: string,
  ): Promise<Shown> {
    return show(await this.conferences.setMuted(me, id, participantId, false));
  }

  /** One's own call; the others go on. */
  @Post(':id/hang-up')
  @HttpCode(200)
  @Answer(200, conference, 'The conference')
  @Problems(...COMMON)
  async hangUp(@Me() me: Me, @Id() id: string): Promise<Shown> {
    return show(await this.conferences.hangUp(me, id));
  }

  /** To join late, or again. */
  @Post(':id/call-me')
  @HttpCode(200)
  @Answer(200, conference, 'The conference; your phone is being called')
  @Problems(...COMMON, 'NUMBER_NOT_VERIFIED', 'RING_LIMIT')
  async callMe(@Me() me: Me, @Id() id: string): Promise<Shown> {
    return show(await this.conferences.callMe(me, id));
  }

  /** By the initiator, for all. Twice is once. */
  @Post(':id/end')
  @HttpCode(200)
  @Answer(200, conference, 'The conference')
  @Problems('NOT_FOUND', 'NOT_YOURS')
  async end(@Me() me: Me, @Id() id: string): Promise<Shown> {
    return show(await this.conferences.end(me, id));
  }
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
const role = (name: string): 'initiator' | 'invitee' =>
  name === 'initiator' ? 'initiator' : 'invitee';

function show(view: ConferenceView): Shown {
  return {
    id: view.id,
    participantId: view.viewerParticipantId,
    role: role(view.viewerRole),
    state: view.endedAt === null ? 'live' : 'ended',
    endReason: view.endReason === 'recalled' ? null : view.endReason,
    endsWithInitiator: view.endsWithInitiator,
    createdAt: view.createdAt.toISOString(),
    endsAt: view.endsAt.toISOString(),
    participants: view.members.map((one) => ({
      participantId: one.participantId,
      accountId: one.accountId,
      name: one.name,
      role: role(one.role),
      presence: assessPresence(one),
      reason: one.leg?.reason ?? null,
      ringsAt: iso(one.leg?.ringsAt ?? null),
      isMuted: assessPresence(one) === 'joined' && one.leg?.isMuted === true,
      mutedBy: one.mutedBy,
    })),
  };
}
