import {
  applyDecorators,
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  UseGuards,
} from '@nestjs/common';
import { ApiBasicAuth, ApiBearerAuth, ApiCookieAuth } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type Me, Sessions } from '../accounts/sessions.service.js';
import type { CallingApp, VerifyService } from '../apps/app.js';
import { Apps } from '../apps/apps.service.js';
import { CHANNELS, type Channel } from '../handoff/channels.js';
import { openBy } from '../kernel/challenge.js';
import type { Identified } from '../kernel/database.js';
import { Submission } from '../plaintext/gate.js';
import type { StarterIds } from './verifications.repository.js';

/** A starter is the account or app that starts a verification, with its own wishes for it. */
export interface Starter extends StarterIds {
  /** Undefined stands for a person, who verifies for their account. */
  app: CallingApp | undefined;
  /** The person; undefined stands for an app. */
  me: Identified | undefined;
  /** The starter allows these channels. */
  channels: readonly Channel[];
  /** The countries are ISO 3166 codes. An empty list stands for all that the operator lets in. */
  countries: readonly string[];
}

const accountAsStarter = (me: Me): Starter => ({
  secretDigest: me.tokenDigest,
  accountId: me.accountId,
  serviceId: null,
  personId: me.accountId,
  starterIds: [me.accountId],
  app: undefined,
  me,
  channels: CHANNELS,
  countries: [],
});

/** Describes an app that starts verifications by one of its services. */
export function appAsStarter(app: CallingApp, service: VerifyService): Starter {
  const known = starters.get(service);
  if (known?.app === app) return known;
  const starter: Starter = {
    secretDigest: app.secretDigest,
    accountId: null,
    serviceId: service.id,
    personId: app.id,
    starterIds: app.services.has(service.id)
      ? [...app.services.keys()]
      : [...app.services.keys(), service.id],
    app,
    me: undefined,
    channels: service.channels,
    countries: app.countries,
  };
  starters.set(service, starter);
  return starter;
}
/** A starter is made once for each service that was read. */
const starters = new WeakMap<VerifyService, Starter>();

const STARTER = Symbol('starter');
const SECRET = Symbol('secret of the session');
type Asked = FastifyRequest & { [STARTER]?: Starter; [SECRET]?: Buffer };

/** Lets people through who have signed in, and apps by their id and secret. */
@Injectable()
export class StarterGuard implements CanActivate {
  constructor(
    private readonly sessions: Sessions,
    private readonly apps: Apps,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<Asked>();
    openBy(request, 'Bearer', 'Basic');
    const { authorization } = request.headers;
    if (!/^Basic /i.test(authorization ?? '')) return this.letPersonIn(request);
    const app = this.apps.recognize(authorization);
    return app === undefined
      ? this.apps.authenticate(authorization).then((found) => letAppIn(request, found))
      : letAppIn(request, app);
  }

  private async letPersonIn(request: Asked): Promise<true> {
    const me = await this.sessions.authenticate(request);
    request[SECRET] = me.proofKey;
    request[STARTER] = accountAsStarter(me);
    return true;
  }
}

function letAppIn(request: Asked, app: CallingApp): true {
  request[STARTER] = appAsStarter(app, app.defaultService);
  return true;
}

export const ForStarters = (): ClassDecorator & MethodDecorator =>
  applyDecorators(
    UseGuards(StarterGuard),
    ApiBearerAuth('bearer'),
    ApiCookieAuth('cookie'),
    ApiBasicAuth('basic'),
  );

function getStarter(request: Asked): Starter {
  const starter = request[STARTER];
  if (starter === undefined) throw new Error('who asks is known by StarterGuard');
  return starter;
}

/** Gives the starter that asks: `@TheStarter() starter: Starter`. */
export const TheStarter = createParamDecorator((_: unknown, context: ExecutionContext): Starter =>
  getStarter(context.switchToHttp().getRequest<Asked>()),
);

/** Puts the body of a start together with its sender, who may have proved the number before. */
export function getSubmission(request: Asked): Submission {
  const { app } = getStarter(request);
  return new Submission(
    request.body,
    app === undefined
      ? { realm: 'people', secret: request[SECRET] }
      : { realm: app.id, secret: undefined },
  );
}
