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
import { type Me as MeOf, Sessions } from './sessions.service.js';

const callers = new WeakMap<FastifyRequest, MeOf>();

/** Lets a request through that belongs to somebody's session. Its module imports AccountsModule. */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(private readonly sessions: Sessions) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    callers.set(request, await this.sessions.authenticate(request));
    return true;
  }
}

/** For people who have signed in, with the word to the API's description. On a controller or on one of its routes. */
export const SignedIn = (): ClassDecorator & MethodDecorator =>
  applyDecorators(UseGuards(SessionGuard), ApiBearerAuth('bearer'), ApiCookieAuth('cookie'));

export type Me = MeOf;

/** Who asks: `@Me() me: Me`. An error of ours where no SessionGuard has been. */
export const Me = createParamDecorator((_: unknown, context: ExecutionContext): MeOf => {
  const me = callers.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (me === undefined) throw new Error('@Me needs SessionGuard');
  return me;
});
