import { Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Answer, Problems, Title } from '../kernel/openapi.js';
import { Id } from '../kernel/path-id.js';
import { ValidBody } from '../kernel/schema.pipe.js';
import { SECRET_BOUNDS } from '../kernel/secret-bounds.js';
import { Me, SignedIn } from './session.guard.js';
import { clearCookie, DEVICE_COOKIE, SESSION_COOKIE, setCookie } from './session-cookie.js';
import { Sessions } from './sessions.service.js';

/** One that somebody shows; whether it is right is PostgreSQL's to say. */
export const typedPassword = z
  .string()
  .min(1)
  .max(512)
  .meta({ examples: ['correct horse battery staple'] });

const signIn = z.strictObject({
  login: z
    .string()
    .trim()
    .toLowerCase()
    .min(1)
    .max(64)
    .meta({ examples: ['ann'] }),
  password: typedPassword,
  kind: z.enum(['bearer', 'cookie']).default('bearer').meta({
    description:
      'bearer: the token is in the answer. cookie: for our own pages, with an Origin of ours',
  }),
});

const session = z
  .object({
    token: z
      .string()
      .optional()
      .meta({ description: 'For Authorization: Bearer; with kind bearer only' }),
    accountId: z.uuid(),
    expiresAt: z.iso.datetime(),
    deviceToken: z
      .string()
      .optional()
      .meta({
        description:
          'Keep it beyond the session, and send it as Dingline-Device at the next sign-in: then ' +
          'strangers cannot use up your tries. It opens nothing. With kind bearer only',
      }),
  })
  .meta({ id: 'Session' });

const sessions = z
  .object({
    sessions: z.array(
      z.object({
        id: z.uuid(),
        kind: z.enum(['bearer', 'cookie']),
        createdAt: z.iso.datetime(),
        usedAt: z.iso.datetime().meta({ description: 'To within five minutes' }),
        expiresAt: z.iso.datetime(),
        isCurrent: z.boolean().meta({ description: 'The one that this request came by' }),
      }),
    ),
  })
  .meta({ id: 'Sessions' });

@Controller('v1/sessions')
export class SessionsController {
  constructor(private readonly sessions: Sessions) {}

  @Post()
  @Title('Sign in')
  @Answer(201, session, 'Signed in')
  @Problems('WRONG_CREDENTIALS', 'ORIGIN_REFUSED', 'TOO_MANY_REQUESTS')
  async signIn(
    @ValidBody(signIn) body: z.output<typeof signIn>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof session>> {
    const { token, deviceToken, ...made } = await this.sessions.signIn(body, request);
    const session = { accountId: made.accountId, expiresAt: made.expiresAt.toISOString() };
    if (body.kind === 'bearer') return { token, ...session, deviceToken };
    void reply.header('Set-Cookie', [
      setCookie(SESSION_COOKIE, token, SECRET_BOUNDS.session.lastsMs),
      setCookie(DEVICE_COOKIE, deviceToken, SECRET_BOUNDS.device.lastsMs),
    ]);
    return session;
  }

  @Get()
  @SignedIn()
  @Title('List where you are signed in')
  @Answer(200, sessions, 'Where you are signed in, what was used last first')
  async list(@Me() me: Me): Promise<z.input<typeof sessions>> {
    const rows = await this.sessions.list(me.accountId);
    return {
      sessions: rows.map(({ id, kind, createdAt, usedAt, expiresAt }) => ({
        id,
        kind,
        createdAt: createdAt.toISOString(),
        usedAt: usedAt.toISOString(),
        expiresAt: expiresAt.toISOString(),
        isCurrent: id === me.sessionId,
      })),
    };
  }

  @Delete()
  @SignedIn()
  @HttpCode(204)
  @Title('Sign out everywhere else')
  @Answer(204, undefined, 'You are signed in nowhere else')
  endOthers(@Me() me: Me): Promise<void> {
    return this.sessions.endOthers(me);
  }

  @Delete('current')
  @SignedIn()
  @HttpCode(204)
  @Title('Sign out')
  @Answer(204, undefined, 'Signed out')
  async signOut(@Me() me: Me, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    await this.sessions.end(me, me.sessionId);
    void reply.header('Set-Cookie', clearCookie());
  }

  @Delete(':id')
  @SignedIn()
  @HttpCode(204)
  @Title('End one of your sessions')
  @Answer(204, undefined, 'That session has ended')
  end(@Me() me: Me, @Id() id: string): Promise<void> {
    return this.sessions.end(me, id);
  }
}
