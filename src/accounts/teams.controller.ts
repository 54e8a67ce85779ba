import { Controller, Delete, Get, HttpCode, Ip, Post, Put } from '@nestjs/common';
import { z } from 'zod';
import { sha256 } from '../kernel/digest.js';
import { Id } from '../kernel/path-id.js';
import { IdempotencyKey } from '../kernel/idempotency.js';
import { Answer, Problems } from '../kernel/openapi.js';
import { ValidBody } from '../kernel/schema.pipe.js';
import { displayName } from './accounts.controller.js';
import { CONSENT_LANGUAGES, RING_CONSENT } from './consent.js';
import { Me, SignedIn } from './session.guard.js';
import { TeamsService } from './teams.service.js';

const newTeam = z.strictObject({ name: displayName });
const joining = z.strictObject({ inviteCode: z.string().min(1).max(64) });
const granting = z.strictObject({
  version: z
    .string()
    .min(1)
    .max(20)
    .meta({ description: 'Of the text that was shown: GET /v1/consents/ring' }),
  language: z.enum(CONSENT_LANGUAGES).optional().meta({
    description:
      'That the text was shown in; if left out, yours, or English where there is no text in yours',
  }),
});

const code = z.string().meta({
  description: 'Lets whoever has it join. Told once: only its hash is kept',
  examples: ['7K3M-90ZX-QW2E-8RTY'],
});
const team = z.object({ id: z.uuid(), name: z.string() }).meta({ id: 'Team' });
const createdTeam = z.object({
  ...team.shape,
  inviteCode: code.nullable().meta({
    description: 'Null when this repeats the answer to an Idempotency-Key: ask for a new code',
  }),
});
const invite = z.object({ inviteCode: code });
const myTeam = z
  .object({ ...team.shape, role: z.enum(['owner', 'member']) })
  .meta({ id: 'MyTeam' });
const myTeams = z.object({ teams: z.array(myTeam) });
const teamWithMembers = z
  .object({
    ...myTeam.shape,
    members: z.array(
      z.object({
        accountId: z.uuid(),
        name: z.string(),
        role: z.enum(['owner', 'member']),
        mayBeRung: z.boolean().meta({ description: 'This person agreed to be rung by the team' }),
        isReachable: z
          .boolean()
          .meta({ description: 'This person has a verified number, the proof of which holds' }),
      }),
    ),
  })
  .meta({ id: 'TeamWithMembers' });

const consentText = z.object({
  text: z.string(),
  sha256: z.string().meta({ description: 'Of the text in UTF-8, in hex' }),
});
const ringConsent = z
  .object({
    purpose: z.literal('ring'),
    version: z.string(),
    texts: z.object({ en: consentText, zh: consentText }),
  })
  .meta({ id: 'RingConsent' });

@Controller('v1/teams')
@SignedIn()
export class TeamsController {
  constructor(private readonly teams: TeamsService) {}

  @Post()
  @Answer(201, createdTeam, 'The team was made, and you own it')
  create(
    @Me() me: Me,
    @ValidBody(newTeam) body: z.output<typeof newTeam>,
    @IdempotencyKey() key: string | undefined,
  ): Promise<z.input<typeof createdTeam>> {
    return this.teams.create(me.accountId, body, key);
  }

  @Get()
  @Answer(200, myTeams, 'The teams that you are in')
  async list(@Me() me: Me): Promise<z.input<typeof myTeams>> {
    return { teams: await this.teams.list(me.accountId) };
  }

  @Post('join')
  @HttpCode(200)
  @Answer(200, team, 'You are in the team')
  @Problems('NOT_FOUND', 'TOO_MANY_REQUESTS')
  join(
    @Me() me: Me,
    @ValidBody(joining) body: z.output<typeof joining>,
    @Ip() ip: string,
  ): Promise<z.input<typeof team>> {
    return this.teams.join(me.accountId, body.inviteCode, ip);
  }

  @Get(':id')
  @Answer(200, teamWithMembers, 'The team and who is in it')
  read(@Me() me: Me, @Id() id: string): Promise<z.input<typeof teamWithMembers>> {
    return this.teams.read(id, me.accountId);
  }

  @Post(':id/invite-code')
  @Answer(201, invite, 'A new code; the one before is worth nothing now. For the owner')
  async replaceInvite(@Id() id: string): Promise<z.input<typeof invite>> {
    return { inviteCode: await this.teams.replaceInvite(id) };
  }

  @Delete(':id/members/me')
  @HttpCode(204)
  @Answer(204, undefined, 'You have left the team, and its members may not ring you')
  leave(@Me() me: Me, @Id() id: string): Promise<void> {
    return this.teams.leave(id, me.accountId);
  }

  @Put(':id/consent')
  @HttpCode(204)
  @Answer(204, undefined, 'The members of this team may ring you')
  @Problems('CONSENT_OUTDATED')
  grant(
    @Me() me: Me,
    @Id() id: string,
    @ValidBody(granting) body: z.output<typeof granting>,
  ): Promise<void> {
    return this.teams.grant(id, me.accountId, body.version, body.language);
  }

  @Delete(':id/consent')
  @HttpCode(204)
  @Answer(204, undefined, 'The members of this team may not ring you')
  withdraw(@Me() me: Me, @Id() id: string): Promise<void> {
    return this.teams.withdraw(id, me.accountId);
  }
}

/** What a person is asked to agree to, for everyone to read. */
@Controller('v1/consents')
export class ConsentsController {
  @Get('ring')
  @Answer(200, ringConsent, 'The text in force')
  ring(): z.input<typeof ringConsent> {
    const { version, texts } = RING_CONSENT;
    const withDigest = (text: string) => ({ text, sha256: sha256(text).toString('hex') });
    return {
      purpose: 'ring',
      version,
      texts: { en: withDigest(texts.en), zh: withDigest(texts.zh) },
    };
  }
}
