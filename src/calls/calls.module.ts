import { type DynamicModule, Module } from '@nestjs/common';
import { CallChanges } from './call-changes.service.js';
import { CallInstructions } from './call-instructions.service.js';
import { CallerIds } from './caller-ids.service.js';
import { CallLegs } from './call-legs.service.js';
import { CallsRepository } from './calls.repository.js';

type Imports = NonNullable<DynamicModule['imports']>;

/** What a Ding and a conference share. */
@Module({})
export class CallsModule {
  /** For people, who start calls and change them. */
  static forApi(imports: Imports): DynamicModule {
    const providers = [CallsRepository, CallInstructions, CallLegs, CallerIds, CallChanges];
    return { module: CallsModule, imports, providers, exports: providers };
  }

  /** For `ingress` and `worker`, which learn from the carrier how calls go on. */
  static forCarrierNews(imports: Imports): DynamicModule {
    const providers = [CallsRepository, CallInstructions, CallLegs, CallerIds];
    return { module: CallsModule, imports, providers, exports: providers };
  }
}
