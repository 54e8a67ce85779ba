import { Controller, Delete, Get, HttpCode, Ip, Post, Put } from '@nestjs/common';
import { z } from 'zod';
import { sha256 } from '../kernel/digest.js';
import { Id } from '../kernel/path-id.js';
import { IdempotencyKey } from '../kernel/idempotency.js';
import { Answer, Problems, Title } from '../kernel/openapi.js';
import { ValidBody, ValidQuery } from '../kernel/schema.pipe.js';
import { SECRET_BOUNDS } from '../kernel/secret-bounds.js';
import { type Language, LANGUAGES } from '../texts/catalogue.js';
import { displayName } from './account.js';
import { secretCode } from './accounts.controller.js';
import { CONSENT_PURPOSES, type ConsentPurpose, CONSENTS } from './consent.js';
import { Me, SignedIn } from './session.guard.js';
import { type Invite, TeamsService } from './teams.service.js';

const HOUR_MS = 3_600_000;

const newTeam = z.strictObject({ name: displayName });
const { most, lastsMs } = SECRET_BOUNDS.invite;
const inviting = z.strictObject({
  uses: z
    .int()
    .min(1)
    .max(most)
    .optional()
    .meta({ description: `If left out, ${most}` }),
  lastsHours: z
    .int()
    .min(1)
    .max(lastsMs / HOUR_MS)
    .optional()
    .meta({ description: `If left out, ${lastsMs / HOUR_MS}` }),
});
const joining = z.strictObject({ inviteCode: secretCode });
const purpose = z.enum(CONSENT_PURPOSES);
const granting = z.strictObject({
  purpose: purpose.default('ring').meta({
    description:
      'ring: to be rung with Dings. conference: to be called into conferences, where the others see your number',
  }),
  version: z
    .string()
    .min(1)
    .max(20)
    .meta({
      description: 'Of the text that was shown: GET /v1/consents/{purpose}',
      examples: [CONSENTS.ring.version],
    }),
  language: z.enum(LANGUAGES).optional().meta({
    description: 'That the text was shown in; if left out, yours',
  }),
});
const paging = z.strictObject({
  after: z.uuid().optional().meta({ description: 'The next of the page before' }),
});
const withdrawing = z.strictObject({
  purpose: purpose.optional().meta({ description: 'If left out, both' }),
});

const code = z.string().meta({
  description: 'Lets whoever has it join. Told once: only its hash is kept',
  examples: ['7K3M-90ZX-QW2E-8RTY'],
});
const team = z.object({ id: z.uuid(), name: z.string() }).meta({ id: 'Team' });
const inviteEndsAt = z.iso.datetime().meta({ description: 'Until then the code lets people in' });
const inviteUses = z.int().meta({ description: 'How many it lets in' });
const invite = z.object({ inviteCode: code, inviteEndsAt, inviteUses }).meta({ id: 'Invite' });
const createdTeam = z.object({
  ...team.shape,
  inviteCode: code.nullable().meta({
    description: 'Null when this repeats the answer to an Idempotency-Key: ask for a new code',
  }),
  inviteEndsAt: inviteEndsAt.nullable(),
  inviteUses: inviteUses.nullable(),
});
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
        mayBeInvited: z
          .boolean()
          .meta({ description: 'This person agreed to be called into conferences by the team' }),
        isReachable: z
          .boolean()
          .meta({ description: 'This person has a verified number, the proof of which holds' }),
      }),
    ),
    next: z.uuid().nullable().meta({
      description: 'There are more members: ask again with after=…. Null: these were the last',
    }),
  })
  .meta({ id: 'TeamWithMembers' });

const consentText = z.object({
  text: z.string(),
  sha256: z.string().meta({ description: 'Of the text in UTF-8, in hex' }),
});
const consent = z
  .object({ purpose, version: z.string(), texts: z.record(z.enum(LANGUAGES), consentText) })
  .meta({ id: 'Consent' });

const describeInvite = ({ code, endsAt, uses }: Invite): z.input<typeof invite> => ({
  inviteCode: code,
  inviteEndsAt: endsAt.toISOString(),
  inviteUses: uses,
});

@Controller('v1/teams')
@SignedIn()
export class TeamsController {
  constructor(private readonly teams: TeamsService) {}

  @Post()
  @Title('Make a team')
  @Answer(201, createdTeam, 'The team was made, and you own it')
  @Problems('TEAM_LIMIT')
  async create(
    @Me() me: Me,
    @ValidBody(newTeam) body: z.output<typeof newTeam>,
    @IdempotencyKey() key: string | undefined,
  ): Promise<z.input<typeof createdTeam>> {
    const { id, name, invite } = await this.teams.create(me, body, key);
    const none = { inviteCode: null, inviteEndsAt: null, inviteUses: null };
    return { id, name, ...(invite === null ? none : describeInvite(invite)) };
  }

  @Get()
  @Title('List your teams')
  @Answer(200, myTeams, 'The teams that you are in')
  async list(@Me() me: Me): Promise<z.input<typeof myTeams>> {
    return { teams: await this.teams.list(me) };
  }

  @Post('join')
  @HttpCode(200)
  @Title('Join a team')
  @Answer(200, team, 'You are in the team')
  @Problems('NOT_FOUND', 'TEAM_LIMIT', 'TOO_MANY_REQUESTS')
  join(
    @Me() me: Me,
    @ValidBody(joining) body: z.output<typeof joining>,
    @Ip() ip: string,
  ): Promise<z.input<typeof team>> {
    return this.teams.join(me, body.inviteCode, ip);
  }

  @Get(':id')
  @Title('Read a team and its members')
  @Answer(200, teamWithMembers, 'The team and who is in it')
  read(
    @Me() me: Me,
    @Id() id: string,
    @ValidQuery(paging) query: z.output<typeof paging>,
  ): Promise<z.input<typeof teamWithMembers>> {
    return this.teams.read(me, id, query.after);
  }

  @Post(':id/invite-code')
  @Title('Replace the invite code of a team')
  @Answer(201, invite, 'A new code; the one before is worth nothing now. For the owner')
  async replaceInvite(
    @Me() me: Me,
    @Id() id: string,
    @ValidBody(inviting) body: z.output<typeof inviting>,
  ): Promise<z.input<typeof invite>> {
    return describeInvite(await this.teams.replaceInvite(me, id, body));
  }

  @Delete(':id/members/me')
  @HttpCode(204)
  @Title('Leave a team')
  @Answer(204, undefined, 'You have left the team, and its members may not ring you')
  leave(@Me() me: Me, @Id() id: string): Promise<void> {
    return this.teams.leave(me, id);
  }

  @Delete(':id/members/:accountId')
  @HttpCode(204)
  @Title('Remove a member from a team')
  @Answer(204, undefined, 'They are not in the team any more; make a new code. For the owner')
  removeMember(@Me() me: Me, @Id() id: string, @Id('accountId') accountId: string): Promise<void> {
    return this.teams.removeMember(me, id, accountId);
  }

  @Put(':id/consent')
  @HttpCode(204)
  @Title('Agree to be rung, or called into conferences, by a team')
  @Answer(204, undefined, 'The members of this team may ring you, or call you into conferences')
  @Problems('CONSENT_OUTDATED')
  grant(
    @Me() me: Me,
    @Id() id: string,
    @ValidBody(granting) body: z.output<typeof granting>,
  ): Promise<void> {
    return this.teams.grant(me, id, body);
  }

  @Delete(':id/consent')
  @HttpCode(204)
  @Title('Take back that a team may ring you')
  @Answer(204, undefined, 'They may not any more; what still rings or waits ends')
  withdraw(
    @Me() me: Me,
    @Id() id: string,
    @ValidQuery(withdrawing) query: z.output<typeof withdrawing>,
  ): Promise<void> {
    const purposes = query.purpose === undefined ? CONSENT_PURPOSES : [query.purpose];
    return this.teams.withdraw(me, id, purposes);
  }
}

/** What a person is asked to agree to, for everyone to read. */
@Controller('v1/consents')
export class ConsentsController {
  @Get('ring')
  @Title('Read what agreeing to be rung means')
  @Answer(200, consent, 'The text in force')
  ring(): z.input<typeof consent> {
    return show('ring');
  }

  @Get('conference')
  @Title('Read what agreeing to conferences means')
  @Answer(200, consent, 'The text in force')
  conference(): z.input<typeof consent> {
    return show('conference');
  }
}

function show(purpose: ConsentPurpose): z.input<typeof consent> {
  const { version, texts } = CONSENTS[purpose];
  const withDigest = (text: string) => ({ text, sha256: sha256(text).toString('hex') });
  const shown = LANGUAGES.map((language) => [language, withDigest(texts[language])]);
  return {
    purpose,
    version,
    texts: Object.fromEntries(shown) as Record<Language, z.input<typeof consentText>>,
  };
}
