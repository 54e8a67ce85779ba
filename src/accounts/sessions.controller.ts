import { Controller, Delete, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Answer, Problems } from '../kernel/openapi.js';
import { ValidBody } from '../kernel/schema.pipe.js';
import { SECRET_BOUNDS } from '../kernel/secret-bounds.js';
import { Me, SignedIn } from './session.guard.js';
import { clearCookie, setCookie } from './session-cookie.js';
import { Sessions } from './sessions.service.js';

const signIn = z.strictObject({
  login: z.string().trim().toLowerCase().min(1).max(64),
  password: z.string().min(1).max(512),
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
  })
  .meta({ id: 'Session' });

@Controller('v1/sessions')
export class SessionsController {
  constructor(private readonly sessions: Sessions) {}

  @Post()
  @Answer(201, session, 'Signed in')
  @Problems('WRONG_CREDENTIALS', 'ORIGIN_REFUSED', 'TOO_MANY_REQUESTS')
  async signIn(
    @ValidBody(signIn) body: z.output<typeof signIn>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof session>> {
    const { token, accountId, expiresAt } = await this.sessions.signIn(body, request);
    void reply.header('Cache-Control', 'no-store');
    if (body.kind === 'bearer') return { token, accountId, expiresAt: expiresAt.toISOString() };
    void reply.header('Set-Cookie', setCookie(token, SECRET_BOUNDS.session.lastsMs));
    return { accountId, expiresAt: expiresAt.toISOString() };
  }

  @Delete('current')
  @SignedIn()
  @HttpCode(204)
  @Answer(204, undefined, 'Signed out')
  async signOut(
    @Me() { sessionId }: Me,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.sessions.signOut(sessionId);
    void reply.header('Set-Cookie', clearCookie());
  }
}
