import { Controller, HttpCode, Injectable, Ip, Post } from '@nestjs/common';
import { z } from 'zod';
import { TeamsService } from '../accounts/teams.service.js';
import { Clock } from '../kernel/clock.js';
import { Database, type Executor } from '../kernel/database.js';
import { addressSubject } from '../kernel/limiter-keys.js';
import { Answer, Problems, Title } from '../kernel/openapi.js';
import { Problem } from '../kernel/problem.js';
import { ValidBody } from '../kernel/schema.pipe.js';
import { Throttle } from '../kernel/throttle.js';
import { showName } from '../texts/characters.js';
import { findByLink, type LinkView, useLink } from './ding-links.repository.js';
import { hashLink, LinkKey } from './ding-links.service.js';
import { DingSteps } from './ding-steps.service.js';
import { DingsRepository } from './dings.repository.js';

/** 128 random bits can't be guessed; this only keeps a flood off the database. */
const TRIES_BY_ADDRESS = { max: 60, windowMs: 60_000 };

const link = z.strictObject({
  token: z
    .string()
    .min(1)
    .max(100)
    .meta({
      description: 'What stands behind the # of the link',
      examples: ['3q2-7wAAECAwQFBgcICQoL'],
    }),
});
const state = z.enum(['open', 'confirmed', 'already_confirmed', 'recalled', 'ended']);
const opened = z.object({
  state: state.describe(
    'open: the button confirms. already_confirmed: by this link or in another way. recalled: taken ' +
      'back. ended: over for another reason',
  ),
  from: z.string().nullable().describe('Who sent it; null unless open'),
  teams: z
    .array(z.string())
    .nullable()
    .describe('Of the sender, in which the recipient agreed to be reached; null unless open'),
  sentAt: z.iso.datetime().nullable().describe('Null unless open'),
  text: z.string().nullable().describe('The whole text; null unless open'),
});
const NOTHING = { from: null, teams: null, sentAt: null, text: null };

/** Why the link confirms nothing; undefined: it does. */
function findClosedState(link: LinkView): 'already_confirmed' | 'recalled' | 'ended' | undefined {
  if (link.isConfirmed) return 'already_confirmed';
  if (link.isOpen) return undefined;
  return link.isRecalled ? 'recalled' : 'ended';
}

/**
 * The link in an SMS, for someone without a session. Opening it only reads, as often as scanners
 * and previews like; the button confirms, once, and after that the link tells nothing more than
 * that. An hour after its SMS it is a 404.
 */
@Controller('v1/ding-links')
@Injectable()
export class DingLinksController {
  constructor(
    private readonly database: Database,
    private readonly dings: DingsRepository,
    private readonly teams: TeamsService,
    private readonly steps: DingSteps,
    private readonly throttle: Throttle,
    private readonly clock: Clock,
    private readonly key: LinkKey,
  ) {}

  @Post('read')
  @HttpCode(200)
  @Title("Read a Ding by its SMS's link")
  @Answer(200, opened, 'The Ding behind the link')
  @Problems('NOT_FOUND', 'TOO_MANY_REQUESTS')
  async read(
    @ValidBody(link) { token }: z.infer<typeof link>,
    @Ip() address: string,
  ): Promise<z.infer<typeof opened>> {
    await this.throttle.take(`ding-link:${addressSubject(address)}`, TRIES_BY_ADDRESS);
    const found = await this.get(this.database.sql, token, this.clock.now());
    const closed = findClosedState(found);
    if (closed !== undefined) return { state: closed, ...NOTHING };
    const content = await this.dings.words(this.database.sql, found.participantId);
    if (content === undefined) return { state: 'ended', ...NOTHING };
    const { senderId, recipientId } = found;
    const teams = await this.teams.listWhereMayRing(this.database.sql, senderId, recipientId);
    return {
      state: 'open',
      from: showName(content.senderName),
      teams: teams.map(showName),
      sentAt: found.sentAt.toISOString(),
      text: content.text,
    };
  }

  @Post('confirm')
  @HttpCode(200)
  @Title("Confirm a Ding by its SMS's link")
  @Answer(200, z.object({ state }), 'confirmed, or why not')
  @Problems('NOT_FOUND', 'TOO_MANY_REQUESTS')
  async confirm(
    @ValidBody(link) { token }: z.infer<typeof link>,
    @Ip() address: string,
  ): Promise<{ state: z.infer<typeof state> }> {
    await this.throttle.take(`ding-link:${addressSubject(address)}`, TRIES_BY_ADDRESS);
    const now = this.clock.now();
    return this.database.transaction(async (trx) => {
      const known = await this.get(trx, token, now);
      await this.steps.lockNotification(trx, known.id);
      const found = await this.get(trx, token, now);
      const closed = findClosedState(found);
      if (closed !== undefined) return { state: closed };
      await useLink(trx, found.id, now);
      await this.steps.confirm(trx, found.callId, found.participantId, 'link', now);
      return { state: 'confirmed' as const };
    });
  }

  /** @throws Problem NOT_FOUND */
  private async get(db: Executor, token: string, now: Date): Promise<LinkView> {
    const found = await findByLink(db, hashLink(token), now);
    if (found === undefined || !this.key.isBound(found, token)) throw new Problem('NOT_FOUND');
    return found;
  }
}
