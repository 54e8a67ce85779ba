import { type DynamicModule, Module } from '@nestjs/common';
import { CallChanges } from './call-changes.service.js';
import { CallInstructions } from './call-instructions.service.js';
import { CallerIds } from './caller-ids.service.js';
import { CallLegs } from './call-legs.service.js';
import { CallMinutesSweep } from './call-minutes.sweep.js';
import { CallsRepository } from './calls.repository.js';
import { LeftBehindSweep } from './left-behind.sweep.js';
import { SenderLimits } from './sender-limits.js';

type Imports = NonNullable<DynamicModule['imports']>;

/** What a Ding and a conference share. */
@Module({})
export class CallsModule {
  /** For people, who start calls and change them. */
  static forApi(limits: SenderLimits, imports: Imports): DynamicModule {
    const providers = [
      CallsRepository,
      CallInstructions,
      CallLegs,
      CallerIds,
      CallChanges,
      { provide: SenderLimits, useValue: limits },
    ];
    return { module: CallsModule, imports, providers, exports: providers };
  }

  /** For `ingress`, which learns from the carrier how calls go on. */
  static forCarrierNews(imports: Imports): DynamicModule {
    const providers = [CallsRepository, CallInstructions, CallLegs, CallerIds];
    return { module: CallsModule, imports, providers, exports: providers };
  }

  /** For `worker`, which pays for what calls cost, too, and hangs up what was left behind. */
  static forWorker(
    limits: Pick<SenderLimits, 'conferenceMinutesADay'>,
    imports: Imports,
  ): DynamicModule {
    const { providers = [], ...module } = CallsModule.forCarrierNews(imports);
    const sweeps = [{ provide: SenderLimits, useValue: limits }, CallMinutesSweep, LeftBehindSweep];
    return { ...module, providers: [...providers, ...sweeps] };
  }
}
