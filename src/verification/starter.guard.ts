import { applyDecorators, type CanActivate, createParamDecorator, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiCookieAuth } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Sessions } from '../accounts/sessions.service.js';
import { CHANNELS, type Channel } from '../handoff/handoff.js';
import { noteProver } from '../plaintext/gate.js';
import { CODE_DIGITS, CODE_LASTS_MS } from './verification-session.js';
import type { StarterIds } from './verifications.repository.js';

/** Who starts a verification, and how theirs are. */
export interface Starter extends StarterIds {
  codeDigits: number;
  codeLastsMs: number;
  /** Those that they want. */
  channels: readonly Channel[];
}

export const accountAsStarter = (accountId: string): Starter => ({ accountId, serviceId: null, personId: accountId, codeDigits: CODE_DIGITS, codeLastsMs: CODE_LASTS_MS, channels: CHANNELS });

const starters = new WeakMap<FastifyRequest, Starter>();

/** Lets people through who have signed in. */
@Injectable()
export class StarterGuard implements CanActivate {
  constructor(private readonly sessions: Sessions) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const me = await this.sessions.authenticate(request);
    noteProver(request.body, { realm: 'people', secret: me.prover });
    starters.set(request, accountAsStarter(me.accountId));
    return true;
  }
}

export const ForStarters = (): ClassDecorator & MethodDecorator => applyDecorators(UseGuards(StarterGuard), ApiBearerAuth('bearer'), ApiCookieAuth('cookie'));

/** Who asks: `@TheStarter() starter: Starter`. */
export const TheStarter = createParamDecorator((_: unknown, context: ExecutionContext): Starter => {
  const starter = starters.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (starter === undefined) throw new Error('@TheStarter needs StarterGuard');
  return starter;
});
