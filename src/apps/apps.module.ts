import { type DynamicModule, Module } from '@nestjs/common';
import { AppsController } from './apps.controller.js';
import { AppsRepository } from './apps.repository.js';
import { Apps } from './apps.service.js';

/** `Apps` tells AppGuard and the features who asks, and how that app verifies. */
@Module({})
export class AppsModule {
  static forApi(): DynamicModule {
    return {
      module: AppsModule,
      controllers: [AppsController],
      providers: [AppsRepository, Apps],
      exports: [Apps],
    };
  }
}
