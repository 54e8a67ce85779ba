import type { DynamicModule } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module.js';
import { CallsModule } from './calls/calls.module.js';
import { DingModule } from './ding/ding.module.js';
import type { HandoffStep } from './handoff/handoff.js';
import { HandoffModule } from './handoff/handoff.module.js';
import { Clock, SystemClock } from './kernel/clock.js';
import { Database } from './kernel/database.js';
import { createHttpApp, type RoleApp } from './kernel/http-app.js';
import { Idempotency } from './kernel/idempotency.js';
import { KernelModule } from './kernel/kernel.module.js';
import { LimiterKeys } from './kernel/limiter-keys.js';
import { Logger } from './kernel/logger.js';
import { serveDocs } from './kernel/openapi.js';
import { Retention } from './kernel/retention.service.js';
import { Throttle } from './kernel/throttle.js';
import { PlaintextModule } from './plaintext/plaintext.module.js';
import type { ApiSettings, IngressSettings, Role, WorkerSettings } from './settings.js';
import { VerificationModule } from './verification/verification.module.js';

/**
 * The whole composition: which role gets what. Each role is a Nest application of its own, made from its own settings
 * and nothing else; that one process may run all three changes nothing here.
 */

interface SettingsOf {
  api: ApiSettings;
  ingress: IngressSettings;
  worker: WorkerSettings;
}

/** What a test puts in place of the world outside. */
export interface Overrides {
  clock?: Clock;
  log?: (line: string) => void;
  /** Told of each step of a hand-off, before the next. */
  onStep?: (step: HandoffStep, handoffId: string) => void;
}

/** What every role is made with, beside its settings. */
interface Common {
  clock: Clock;
  logger: Logger;
  onStep: (step: HandoffStep, handoffId: string) => void;
}

class ApiModule {}
class IngressModule {}
class WorkerModule {}

/** For people and apps. Seals numbers, opens none. */
function api(settings: ApiSettings, { clock, logger }: Common): Promise<RoleApp> {
  const accounts = AccountsModule.for({ publicUrl: settings.apiPublicUrl });
  const handoff = HandoffModule.for({ queueUrl: settings.queueUrl });
  const plaintext = PlaintextModule.forApi(settings, [accounts, CallsModule]);
  const module: DynamicModule = {
    module: ApiModule,
    imports: [
      KernelModule.for({ role: 'api', databaseUrl: settings.databaseUrl, logger, clock, keyed: [
        { provide: LimiterKeys, inject: [Database, Clock], useFactory: (database: Database, time: Clock) => new LimiterKeys(database, time, settings.limiterKey) },
        { provide: Throttle, inject: [Database, LimiterKeys, Clock], useFactory: (database: Database, keys: LimiterKeys, time: Clock) => new Throttle(database, keys, time) },
        { provide: Idempotency, useFactory: () => new Idempotency(settings.idempotencyKey) },
      ] }),
      accounts,
      plaintext,
      VerificationModule.forApi([accounts, handoff, plaintext]),
      DingModule.forApi([accounts, handoff, CallsModule]),
    ],
  };
  return createHttpApp(module, {
    host: settings.host, port: settings.apiPort, logger, trustedProxies: settings.trustedProxies, accepts: 'json',
    prepare: (app) => serveDocs(app, settings.apiPublicUrl),
  });
}

/** For carriers, on a port of its own. Holds no key that opens. */
function ingress(settings: IngressSettings, { clock, logger }: Common): Promise<RoleApp> {
  const handoff = HandoffModule.for({});
  const module: DynamicModule = {
    module: IngressModule,
    imports: [
      KernelModule.for({ role: 'ingress', databaseUrl: settings.databaseUrl, logger, clock }),
      PlaintextModule.forIngress(settings, [handoff, CallsModule]),
      VerificationModule.forIngress([handoff]),
      DingModule.forIngress([handoff, CallsModule]),
    ],
  };
  return createHttpApp(module, { host: settings.host, port: settings.ingressPort, logger, trustedProxies: settings.trustedProxies, accepts: 'form' });
}

/** For the queue. Opens numbers; its port has the health routes only. */
function worker(settings: WorkerSettings, { clock, logger, onStep }: Common): Promise<RoleApp> {
  const handoff = HandoffModule.for({ queueUrl: settings.queueUrl, isSwept: true });
  const module: DynamicModule = {
    module: WorkerModule,
    imports: [
      KernelModule.for({ role: 'worker', databaseUrl: settings.databaseUrl, logger, clock, keyed: [
        { provide: Retention, inject: [Database], useFactory: (database: Database) => new Retention(database, clock, logger, settings) },
      ] }),
      PlaintextModule.forWorker(settings, [handoff], onStep),
      VerificationModule.forWorker([handoff]),
      DingModule.forWorker([handoff, CallsModule]),
    ],
  };
  return createHttpApp(module, { host: settings.host, port: settings.workerPort, logger, trustedProxies: [], accepts: 'json' });
}

const ROLES: { [R in Role]: (settings: SettingsOf[R], common: Common) => Promise<RoleApp> } = { api, ingress, worker };

/** One role, built and not yet listening. */
export function createRole<R extends Role>(role: R, settings: SettingsOf[R], overrides: Overrides = {}): Promise<RoleApp> {
  return ROLES[role](settings, { clock: overrides.clock ?? new SystemClock(), logger: new Logger(settings.logLevel, role, overrides.log), onStep: overrides.onStep ?? (() => {}) });
}
