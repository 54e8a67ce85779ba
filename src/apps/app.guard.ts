import {
  applyDecorators,
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  UseGuards,
} from '@nestjs/common';
import { ApiBasicAuth } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { openBy } from '../kernel/challenge.js';
import type { CallingApp } from './app.js';
import { Apps } from './apps.service.js';

const callers = new WeakMap<FastifyRequest, CallingApp>();

/** Lets a request through that is an app's. Its module imports AppsModule. */
@Injectable()
export class AppGuard implements CanActivate {
  constructor(private readonly apps: Apps) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    openBy(request, 'Basic');
    callers.set(request, await this.apps.authenticate(request.headers.authorization));
    return true;
  }
}

/** Lets apps alone use a controller, or one of its routes, and says so in the API's description. */
export const SignedInApp = (): ClassDecorator & MethodDecorator =>
  applyDecorators(UseGuards(AppGuard), ApiBasicAuth('basic'));

/**
 * Gives the app that asks: `@TheApp() app: CallingApp`. Without an AppGuard it is an error of ours.
 */
export const TheApp = createParamDecorator((_: unknown, context: ExecutionContext): CallingApp => {
  const app = callers.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (app === undefined) throw new Error('@TheApp needs AppGuard');
  return app;
});
