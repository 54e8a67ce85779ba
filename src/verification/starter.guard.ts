import { applyDecorators, type CanActivate, createParamDecorator, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import { ApiBasicAuth, ApiBearerAuth, ApiCookieAuth } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Sessions } from '../accounts/sessions.service.js';
import type { App, VerifyService } from '../apps/app.js';
import { Apps } from '../apps/apps.service.js';
import { CHANNELS, type Channel } from '../handoff/handoff.js';
import { noteProver } from '../plaintext/gate.js';
import { CODE_DIGITS, CODE_LASTS_MS } from './verification-session.js';
import type { StarterIds } from './verifications.repository.js';

/** Who starts a verification, and how theirs are. */
export interface Starter extends StarterIds {
  /** None: it is a person, for their account. */
  app: App | undefined;
  codeDigits: number;
  codeLastsMs: number;
  /** Those that they want. */
  channels: readonly Channel[];
  /** ISO 3166; none: all that the operator lets in. */
  countries: readonly string[];
}

export const accountAsStarter = (accountId: string): Starter =>
  ({ accountId, serviceId: null, personId: accountId, starterIds: [accountId], app: undefined, codeDigits: CODE_DIGITS, codeLastsMs: CODE_LASTS_MS, channels: CHANNELS, countries: [] });

/** An app by one of its services. */
export const appAsStarter = (app: App, service: VerifyService): Starter => ({
  accountId: null, serviceId: service.id, personId: app.id, starterIds: app.services.has(service.id) ? [...app.services.keys()] : [...app.services.keys(), service.id],
  app, codeDigits: service.codeLength, codeLastsMs: service.codeLastsMs, channels: service.channels, countries: app.countries,
});

const starters = new WeakMap<FastifyRequest, Starter>();

/** Lets people through who have signed in, and apps by their id and secret. */
@Injectable()
export class StarterGuard implements CanActivate {
  constructor(
    private readonly sessions: Sessions,
    private readonly apps: Apps,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (/^Basic /i.test(request.headers.authorization ?? '')) {
      const app = await this.apps.authenticate(request.headers.authorization);
      noteProver(request.body, { realm: app.id, secret: undefined });
      starters.set(request, appAsStarter(app, app.defaultService));
    } else {
      const me = await this.sessions.authenticate(request);
      noteProver(request.body, { realm: 'people', secret: me.prover });
      starters.set(request, accountAsStarter(me.accountId));
    }
    return true;
  }
}

export const ForStarters = (): ClassDecorator & MethodDecorator => applyDecorators(UseGuards(StarterGuard), ApiBearerAuth('bearer'), ApiCookieAuth('cookie'), ApiBasicAuth('basic'));

/** Who asks: `@TheStarter() starter: Starter`. */
export const TheStarter = createParamDecorator((_: unknown, context: ExecutionContext): Starter => {
  const starter = starters.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (starter === undefined) throw new Error('@TheStarter needs StarterGuard');
  return starter;
});
