import type { DynamicModule } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module.js';
import { SignUps } from './accounts/accounts.service.js';
import { AppsModule } from './apps/apps.module.js';
import { CallsModule } from './calls/calls.module.js';
import { ConferenceModule } from './conference/conference.module.js';
import { DingModule } from './ding/ding.module.js';
import { GuardModule } from './guard/guard.module.js';
import type { HandoffStep } from './handoff/handoff.js';
import { HandoffModule } from './handoff/handoff.module.js';
import { IngressProbe } from './handoff/ingress-probe.service.js';
import { ProbeAnswers } from './handoff/probe-answers.service.js';
import type { HandoffPoint } from './handoff/points.js';
import { Clock, SystemClock, SystemTimer, type Timer } from './kernel/clock.js';
import { Database } from './kernel/database.js';
import { createHttpApp, type RoleApp } from './kernel/http-app.js';
import { Idempotency } from './kernel/idempotency.js';
import { KernelModule } from './kernel/kernel.module.js';
import { LimiterKeys } from './kernel/limiter-keys.js';
import { Logger } from './kernel/logger.js';
import { serveDocs } from './kernel/openapi.js';
import { findPlace } from './kernel/place.js';
import { Retention } from './kernel/retention.service.js';
import { Throttle } from './kernel/throttle.js';
import { CARRIER } from './plaintext/carriers/carriers.js';
import { concealPath } from './plaintext/path-numbers.js';
import { PlaintextModule } from './plaintext/plaintext.module.js';
import { RealtimeModule } from './realtime/realtime.module.js';
import type { ApiSettings, IngressSettings, Role, WorkerSettings } from './settings.js';
import { refusalsFor } from './twilio-verify/refusals.js';
import { TwilioVerifyModule } from './twilio-verify/twilio-verify.module.js';
import { VerificationModule } from './verification/verification.module.js';
import { sendLimits, verificationLimits } from './verification/configured-limits.js';
import { serveApp } from './web/app-pages.js';
import { serveConfirmPage } from './web/confirm-page.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/**
 * The whole composition: which role gets what. Each role is a Nest application of its own, made
 * from its own settings and nothing else; that one process may run all three changes nothing here.
 */

interface RoleSettings {
  api: ApiSettings;
  ingress: IngressSettings;
  worker: WorkerSettings;
}

type OnPoint = (point: HandoffPoint, handoffId: string) => Promise<void> | undefined;

/** What a test puts in place of the world outside. */
export interface Overrides {
  clock?: Clock;
  timer?: Timer;
  log?: (line: string) => void;
  /** Told of each step of a hand-off, before the next. */
  onStep?: (step: HandoffStep, handoffId: string) => void;
  /** Has something happen at a point of a hand-off. */
  onPoint?: OnPoint;
}

/**
 * What there is only in default mode: all on this machine, with the simulated network
 * (src/embedded/plan.ts decides it). No setting gives it.
 */
export interface DefaultMode {
  /** `npm run demo` has a route by which what it prints signs a browser in. */
  readonly isDemo: boolean;
  /** The simulator's pages have this origin: its split view, and nothing else, may frame the app. */
  readonly phonesOrigin: string;
}

/** What every role is made with, beside its settings. */
interface Common {
  clock: Clock;
  timer: Timer;
  logger: Logger;
  onStep: (step: HandoffStep, handoffId: string) => void;
  onPoint: OnPoint | undefined;
  defaultMode: DefaultMode | undefined;
}

class ApiModule {}
class IngressModule {}
class WorkerModule {}

/** For people and apps. Seals numbers, opens none. */
function api(settings: ApiSettings, { clock, logger, defaultMode }: Common): Promise<RoleApp> {
  const accounts = AccountsModule.forApi({
    publicUrl: settings.apiPublicUrl,
    proofLastsMs: settings.proofLastsMs,
    signUps: new SignUps(settings.signUp, settings.signUpsPerAddressAnHour),
    isDemo: defaultMode?.isDemo === true,
  });
  const apps = AppsModule.forApi();
  const handoff = HandoffModule.for({ queueUrl: settings.queueUrl });
  const calls = CallsModule.forApi(settings, [handoff, RealtimeModule]);
  const guard = GuardModule.forApi();
  const plaintext = PlaintextModule.forApi(settings, [accounts, calls, guard]);
  const realtime = RealtimeModule.forApi([accounts]);
  const verification = VerificationModule.forApi(verificationLimits(settings), [
    accounts,
    apps,
    handoff,
    plaintext,
    guard,
    WebhooksModule,
  ]);
  const module: DynamicModule = {
    module: ApiModule,
    imports: [
      KernelModule.for({
        role: 'api',
        databaseUrl: settings.databaseUrl,
        logger,
        clock,
        keyed: [
          {
            provide: LimiterKeys,
            inject: [Database, Clock],
            useFactory: (database: Database, time: Clock) =>
              new LimiterKeys(database, time, settings.limiterKey),
          },
          {
            provide: Throttle,
            inject: [Database, LimiterKeys, Clock],
            useFactory: (database: Database, keys: LimiterKeys, time: Clock) =>
              new Throttle(database, keys, time),
          },
          { provide: Idempotency, useFactory: () => new Idempotency(settings.idempotencyKey) },
        ],
      }),
      accounts,
      apps,
      plaintext,
      realtime,
      WebhooksModule,
      verification,
      TwilioVerifyModule.forApi(settings.apiPublicUrl, [apps, plaintext, verification]),
      DingModule.forApi(settings, [accounts, handoff, calls, RealtimeModule]),
      ConferenceModule.forApi([accounts, handoff, calls, RealtimeModule]),
    ],
  };
  return createHttpApp(module, {
    host: settings.host,
    port: settings.apiPort,
    logger,
    trustedProxies: settings.trustedProxies,
    accepts: 'json',
    turns: { below: '/v1/', butOfApps: ['/v1/verifications', '/v1/app'] },
    foreign: {
      prefix: '/v2/',
      rewriteUrl: concealPath,
      formatProblem: refusalsFor(settings.apiPublicUrl),
    },
    prepare: (app) => {
      serveDocs(app, settings.apiPublicUrl);
      const pages = app.getHttpAdapter().getInstance();
      serveConfirmPage(pages);
      serveApp(pages, settings.signUp, { framedBy: defaultMode?.phonesOrigin });
    },
  });
}

/** For carriers, on a port of its own. Holds no key that opens. */
function ingress(settings: IngressSettings, { clock, timer, logger }: Common): Promise<RoleApp> {
  const handoff = HandoffModule.for({});
  const calls = CallsModule.forCarrierNews([handoff, RealtimeModule]);
  const module: DynamicModule = {
    module: IngressModule,
    imports: [
      KernelModule.for({ role: 'ingress', databaseUrl: settings.databaseUrl, logger, clock }),
      AccountsModule.forIngress([handoff]),
      PlaintextModule.forIngress(settings, [handoff, calls], timer),
      WebhooksModule,
      VerificationModule.forIngress([handoff, calls, WebhooksModule]),
      DingModule.forIngress([handoff, calls, RealtimeModule]),
      ConferenceModule.forIngress([handoff, calls, RealtimeModule]),
    ],
  };
  return createHttpApp(module, {
    host: settings.host,
    port: settings.ingressPort,
    logger,
    trustedProxies: settings.trustedProxies,
    accepts: { rawType: CARRIER.contentType },
    prepare: (app) =>
      new ProbeAnswers(settings.ingressProbeKey, clock).serve(app.getHttpAdapter().getInstance()),
  });
}

/** For the queue. Opens numbers; its port has the health routes only. */
function worker(
  settings: WorkerSettings,
  { clock, timer, logger, onStep, onPoint }: Common,
): Promise<RoleApp> {
  const handoff = HandoffModule.for({
    queueUrl: settings.queueUrl,
    isSwept: true,
    probe: new IngressProbe(settings.ingressProbeUrl, settings.ingressProbeKey),
  });
  const guard = GuardModule.forWorker(settings);
  const calls = CallsModule.forWorker(settings, [handoff, guard, RealtimeModule]);
  const webhooks = WebhooksModule.forWorker(settings, [handoff], timer);
  const module: DynamicModule = {
    module: WorkerModule,
    imports: [
      KernelModule.for({
        role: 'worker',
        databaseUrl: settings.databaseUrl,
        logger,
        clock,
        keyed: [
          {
            provide: Retention,
            inject: [Database],
            useFactory: (database: Database) => new Retention(database, clock, logger, settings),
          },
        ],
      }),
      AccountsModule.forWorker(settings, [handoff]),
      PlaintextModule.forWorker(settings, [handoff, guard], { onStep, onPoint, timer }),
      webhooks,
      VerificationModule.forWorker(sendLimits(settings), [handoff, webhooks]),
      DingModule.forWorker({ ...settings, publicUrl: settings.apiPublicUrl }, [
        handoff,
        calls,
        RealtimeModule,
      ]),
      ConferenceModule.forWorker([handoff, calls, RealtimeModule]),
    ],
  };
  return createHttpApp(module, {
    host: settings.host,
    port: settings.workerPort,
    logger,
    trustedProxies: [],
    accepts: 'json',
  });
}

const ROLES: { [R in Role]: (settings: RoleSettings[R], common: Common) => Promise<RoleApp> } = {
  api,
  ingress,
  worker,
};

/** One role, built and not yet listening. */
export function createRole<R extends Role>(
  role: R,
  settings: RoleSettings[R],
  overrides: Overrides = {},
  defaultMode?: DefaultMode,
): Promise<RoleApp> {
  return ROLES[role](settings, {
    clock: overrides.clock ?? new SystemClock(),
    timer: overrides.timer ?? new SystemTimer(),
    logger: new Logger(
      settings.logLevel,
      role,
      overrides.log,
      findPlace('database', settings.databaseUrl.reveal()),
    ),
    onStep: overrides.onStep ?? (() => {}),
    onPoint: overrides.onPoint,
    defaultMode,
  });
}
