import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';
import { Me, SignedIn } from '../accounts/session.guard.js';
import { Id } from '../kernel/id.pipe.js';
import { IdempotencyKey } from '../kernel/idempotency.js';
import { Answer, Problems } from '../kernel/openapi.js';
import { ValidBody } from '../kernel/schema.pipe.js';
import { DingService, type DingView, type NewDing } from './ding.service.js';

const newDing = z.strictObject({
  recipientId: z.uuid().describe('The account to reach, of a team that you share'),
  text: z.string().trim().min(1).max(1_000).describe('Spoken to the recipient as it is written'),
});

const time = z.iso.datetime();
const ding = z.object({
  id: z.uuid(),
  role: z.enum(['initiator', 'recipient']).describe('Yours in this Ding'),
  text: z.string(),
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
        stoppedAt: time.nullable().describe('When they asked for no more calls for this Ding'),
        leg: z.object({
          state: z.enum(['queued', 'ringing', 'answered', 'ended']),
          reason: z.string().nullable().describe('Why it ended; `unknown` while nobody can say whether it went out'),
          ringsAt: time.nullable().describe('While it waits here: when the phone may ring'),
          begunAt: time.nullable(),
          answeredAt: time.nullable(),
          endedAt: time.nullable(),
          heardMachine: z.boolean().describe('Voicemail answered, so no key was taken'),
        }),
      }),
    )
    .describe('All of them for the initiator; for a recipient only themself'),
});

/** Dings by phone to one person. */
@Controller('v1/dings')
@SignedIn()
export class DingController {
  constructor(private readonly dings: DingService) {}

  @Post()
  @Answer(201, ding, 'The Ding')
  @Problems('NUMBER_NOT_VERIFIED', 'NOT_FOUND', 'NO_CONSENT', 'RECIPIENT_UNREACHABLE', 'RING_LIMIT')
  async create(@Me() me: Me, @ValidBody(newDing) body: NewDing, @IdempotencyKey() key: string | undefined): Promise<z.infer<typeof ding>> {
    return show(await this.dings.create(me.accountId, body, key));
  }

  @Get()
  @Answer(200, z.object({ dings: z.array(ding) }), 'The newest 50, of both roles')
  async list(@Me() me: Me): Promise<{ dings: z.infer<typeof ding>[] }> {
    return { dings: (await this.dings.list(me.accountId)).map(show) };
  }

  @Get(':id')
  @Answer(200, ding, 'The Ding')
  async get(@Me() me: Me, @Id() id: string): Promise<z.infer<typeof ding>> {
    return show(await this.dings.get(me.accountId, id));
  }

  @Post(':id/recall')
  @HttpCode(200)
  @Answer(200, ding, 'The Ding')
  @Problems('NOT_FOUND', 'DING_ENDED')
  async recall(@Me() me: Me, @Id() id: string): Promise<z.infer<typeof ding>> {
    return show(await this.dings.recall(me.accountId, id));
  }
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

function show(view: DingView): z.infer<typeof ding> {
  return {
    id: view.id,
    role: view.viewerRole,
    text: view.text,
    from: { participantId: view.senderParticipantId, name: view.senderName },
    state: view.endedAt === null ? 'live' : 'ended',
    endReason: view.endReason,
    createdAt: view.createdAt.toISOString(),
    recipients: view.recipients.map(({ participantId, accountId, name, confirmedAt, stoppedAt, leg }) => ({
      participantId,
      accountId,
      name,
      confirmedAt: iso(confirmedAt),
      stoppedAt: iso(stoppedAt),
      leg: {
        state: leg.state,
        reason: leg.reason,
        ringsAt: iso(leg.ringsAt),
        begunAt: iso(leg.begunAt),
        answeredAt: iso(leg.answeredAt),
        endedAt: iso(leg.endedAt),
        heardMachine: leg.isMachine,
      },
    })),
  };
}
