import { Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';
import { otherAccounts, requireOthers } from '../calls/others.js';
import { Me, SignedIn } from '../accounts/session.guard.js';
import { showStanding, standingInWords } from '../handoff/standing.js';
import { Clock } from '../kernel/clock.js';
import { givenId } from '../kernel/ids.js';
import { Id } from '../kernel/path-id.js';
import { IdempotencyKey } from '../kernel/idempotency.js';
import { Answer, Problems, Title } from '../kernel/openapi.js';
import { PAGE, pageBefore } from '../kernel/page.js';
import { ValidBody, ValidQuery } from '../kernel/schema.pipe.js';
import { ConferenceService, type ConferenceView } from './conference.service.js';
import { FEWEST_OTHERS, MOST_IN_CONFERENCE, assessPresence, showMutedBy } from './roster.js';

const accountIds = (least: number) =>
  otherAccounts(least, MOST_IN_CONFERENCE - 1).describe(
    'The accounts to call, each of a team that you share',
  );

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

const page = pageBefore(givenId(), 'id');

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
          'Why their newest call ended; `unknown` while nobody can say whether it went out, ' +
            '`calls_away` while it waits since no call can be made',
        ),
      ringsAt: time.nullable().describe('While their call waits here: when the phone may ring'),
      standing: standingInWords
        .nullable()
        .describe('Where their newest call stands, if there is one'),
      isMuted: z.boolean().describe('As the carrier says'),
      mutedBy: z
        .enum(['self', 'initiator'])
        .nullable()
        .describe('Who has closed their microphone; where each has, `self`'),
    }),
  ),
});
type Shown = z.infer<typeof conference>;

/** One of a list: how it stands. Who is in it is in the conference itself. */
const listedConference = z.object({
  ...conference.omit({ participants: true }).shape,
  from: conference.shape.participants.element
    .pick({ participantId: true, name: true })
    .describe('The initiator'),
  participantCount: z.int().describe('Without those who were removed'),
  joinedCount: z.int().describe('Of those, how many are in the call'),
});
type Listed = z.infer<typeof listedConference>;

const COMMON = ['NOT_FOUND', 'NOT_YOURS', 'CONFERENCE_ENDED'] as const;

/** Conferences: the initiator and at least two others, called and put into one room. */
@Controller('v1/conferences')
@SignedIn()
export class ConferenceController {
  constructor(
    private readonly conferences: ConferenceService,
    private readonly clock: Clock,
  ) {}

  @Post()
  @Title('Start a conference')
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
    requireOthers('accountIds', body.accountIds, me.accountId);
    return show(await this.conferences.create(me, body, key), this.clock.now());
  }

  @Get()
  @Title('List your conferences')
  @Answer(
    200,
    z.object({ conferences: z.array(listedConference) }),
    `The newest ${PAGE} conferences, or the newest ${PAGE} before one of them`,
  )
  async list(
    @Me() me: Me,
    @ValidQuery(page) { before }: z.output<typeof page>,
  ): Promise<{ conferences: Listed[] }> {
    return {
      conferences: (await this.conferences.list(me, before)).flatMap((one) =>
        list(one, this.clock.now()),
      ),
    };
  }

  @Get(':id')
  @Title('Read a conference')
  @Answer(200, conference, 'The conference')
  async get(@Me() me: Me, @Id() id: string): Promise<Shown> {
    return show(await this.conferences.get(me, id), this.clock.now());
  }

  /** By the initiator. Who was removed comes back. */
  @Post(':id/participants')
  @Title('Call more people into a conference')
  @Answer(201, conference, 'The conference; the new ones are being called')
  @Problems(...COMMON, 'NO_CONSENT', 'RECIPIENT_UNREACHABLE', 'RING_LIMIT', 'CONFERENCE_FULL')
  async add(
    @Me() me: Me,
    @Id() id: string,
    @ValidBody(newParticipants) body: z.infer<typeof newParticipants>,
  ): Promise<Shown> {
    requireOthers('accountIds', body.accountIds, me.accountId);
    return show(await this.conferences.add(me, id, body.accountIds), this.clock.now());
  }

  /** By the initiator. For the removed the conference doesn't exist any more. */
  @Delete(':id/participants/:participantId')
  @HttpCode(200)
  @Title('Remove somebody from a conference')
  @Answer(200, conference, 'The conference')
  @Problems(...COMMON)
  async remove(
    @Me() me: Me,
    @Id() id: string,
    @Id('participantId') participantId: string,
  ): Promise<Shown> {
    return show(await this.conferences.remove(me, id, participantId), this.clock.now());
  }

  /** Oneself, or by the initiator anyone. */
  @Post(':id/participants/:participantId/mute')
  @HttpCode(200)
  @Title("Close somebody's microphone")
  @Answer(200, conference, 'The conference')
  @Problems(...COMMON)
  async mute(
    @Me() me: Me,
    @Id() id: string,
    @Id('participantId') participantId: string,
  ): Promise<Shown> {
    return show(await this.conferences.setMuted(me, id, participantId, true), this.clock.now());
  }

  /** Who muted: oneself, or the initiator. */
  @Post(':id/participants/:participantId/unmute')
  @HttpCode(200)
  @Title("Open somebody's microphone")
  @Answer(200, conference, 'The conference')
  @Problems(...COMMON)
  async unmute(
    @Me() me: Me,
    @Id() id: string,
    @Id('participantId') participantId: string,
  ): Promise<Shown> {
    return show(await this.conferences.setMuted(me, id, participantId, false), this.clock.now());
  }

  /** One's own call; the others go on. */
  @Post(':id/hang-up')
  @HttpCode(200)
  @Title('Leave the call')
  @Answer(200, conference, 'The conference')
  @Problems(...COMMON)
  async hangUp(@Me() me: Me, @Id() id: string): Promise<Shown> {
    return show(await this.conferences.hangUp(me, id), this.clock.now());
  }

  /** To join late, or again. */
  @Post(':id/call-me')
  @HttpCode(200)
  @Title('Have yourself called into a conference')
  @Answer(200, conference, 'The conference; your phone is being called')
  @Problems(...COMMON, 'NUMBER_NOT_VERIFIED', 'RING_LIMIT')
  async callMe(@Me() me: Me, @Id() id: string): Promise<Shown> {
    return show(await this.conferences.callMe(me, id), this.clock.now());
  }

  /** By the initiator, for all. Twice is once. */
  @Post(':id/end')
  @HttpCode(200)
  @Title('End a conference for all')
  @Answer(200, conference, 'The conference')
  @Problems('NOT_FOUND', 'NOT_YOURS')
  async end(@Me() me: Me, @Id() id: string): Promise<Shown> {
    return show(await this.conferences.end(me, id), this.clock.now());
  }
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
const role = (name: string): 'initiator' | 'invitee' =>
  name === 'initiator' ? 'initiator' : 'invitee';

function list(view: ConferenceView, now: Date): Listed[] {
  const { participants, ...shown } = show(view, now);
  const initiator = participants.find((one) => one.role === 'initiator');
  if (initiator === undefined) return []; // erased a moment ago, and the call with them
  const there = participants.filter(({ presence }) => presence !== 'removed');
  const one: Listed = {
    ...shown,
    from: { participantId: initiator.participantId, name: initiator.name },
    participantCount: there.length,
    joinedCount: there.filter(({ presence }) => presence === 'joined').length,
  };
  return [one];
}

function show(view: ConferenceView, now: Date): Shown {
  const isEnded = view.endedAt !== null;
  return {
    id: view.id,
    participantId: view.viewerParticipantId,
    role: role(view.viewerRole),
    state: isEnded ? 'ended' : 'live',
    endReason: view.endReason === 'recalled' ? null : view.endReason,
    endsWithInitiator: view.endsWithInitiator,
    createdAt: view.createdAt.toISOString(),
    endsAt: view.endsAt.toISOString(),
    participants: view.members.map((one) => ({
      participantId: one.participantId,
      accountId: one.accountId,
      name: one.name,
      role: role(one.role),
      presence: assessPresence(one, isEnded),
      reason: one.leg?.reason ?? null,
      ringsAt: iso(one.leg?.ringsAt ?? null),
      standing: one.leg && showStanding(one.leg.standing, 'call', view.viewerLanguage, now),
      isMuted: assessPresence(one, isEnded) === 'joined' && one.leg?.isMuted === true,
      mutedBy: showMutedBy(one.mutedBy),
    })),
  };
}
