import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Database } from '../kernel/database.js';
import { sha256 } from '../kernel/digest.js';
import { Problem } from '../kernel/problem.js';
import { ValidBody } from '../kernel/schema.pipe.js';
import { SECRET_BOUNDS } from '../kernel/secret-bounds.js';
import { signInByDemo } from './demo-sign-ins.repository.js';
import { SESSION_COOKIE, setCookie } from './session-cookie.js';
import { makeToken, PublicOrigin } from './sessions.service.js';

const shown = z.strictObject({ token: z.string().max(512) });

/**
 * Signs a browser in by what the demo has printed. It is composed by `npm run demo` in default mode
 * and nowhere else, and no description of the API has it.
 */
@Controller('v1/demo/session')
@ApiExcludeController()
export class DemoSessionsController {
  constructor(
    private readonly database: Database,
    private readonly origin: PublicOrigin,
  ) {}

  @Post()
  @HttpCode(204)
  async signIn(
    @ValidBody(shown) { token: printed }: z.output<typeof shown>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    // Who has been brought here by a proxy is elsewhere.
    const addresses = [request.ip, request.socket.remoteAddress];
    if (!addresses.every((address) => address !== undefined && isThisMachine(address)))
      throw new Problem('NOT_FOUND');
    this.origin.check(request);
    const token = makeToken();
    const digests = { shown: sha256(printed), session: sha256(token) };
    const session = await signInByDemo(this.database.sql, digests);
    if (session === undefined) throw new Problem('WRONG_CREDENTIALS');
    void reply.header(
      'Set-Cookie',
      setCookie(SESSION_COOKIE, token, SECRET_BOUNDS.session.lastsMs),
    );
  }
}

const isThisMachine = (address: string): boolean =>
  /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/.test(address);
