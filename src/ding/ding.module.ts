import { type DynamicModule, Module } from '@nestjs/common';
import { DingCalls } from './ding-calls.service.js';
import { DingController } from './ding.controller.js';
import { DingService } from './ding.service.js';
import { DingSweep } from './ding.sweep.js';
import { DingsRepository } from './dings.repository.js';

type Imports = NonNullable<DynamicModule['imports']>;

@Module({})
export class DingModule {
  /** For people. */
  static forApi(imports: Imports): DynamicModule {
    return { module: DingModule, imports, controllers: [DingController], providers: [DingService, DingsRepository] };
  }

  /** What its calls say, and what becomes of them. */
  static forIngress(imports: Imports): DynamicModule {
    return { module: DingModule, imports, providers: [DingCalls, DingsRepository] };
  }

  static forWorker(imports: Imports): DynamicModule {
    return { module: DingModule, imports, providers: [DingCalls, DingsRepository, DingSweep] };
  }
}
