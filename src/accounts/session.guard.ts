import {
  applyDecorators,
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  UseGuards,
} from '@nestjs/common';
import { ApiBearerAuth, ApiCookieAuth } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { openBy } from '../kernel/challenge.js';
import { type Me as Caller, Sessions } from './sessions.service.js';

const callers = new WeakMap<FastifyRequest, Caller>();

/** Lets a request through that belongs to somebody's session. Its module imports AccountsModule. */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(private readonly sessions: Sessions) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    openBy(request, 'Bearer');
    callers.set(request, await this.sessions.authenticate(request));
    return true;
  }
}

/**
 * Marks a controller or one of its routes as for people who have signed in, in the API's
 * description, too.
 */
export const SignedIn = (): ClassDecorator & MethodDecorator =>
  applyDecorators(UseGuards(SessionGuard), ApiBearerAuth('bearer'), ApiCookieAuth('cookie'));

export type Me = Caller;

/** The caller: `@Me() me: Me`. It is an error of ours where no SessionGuard has run. */
export const Me = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const me = callers.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (me === undefined) throw new Error('@Me needs SessionGuard');
  return me;
});
