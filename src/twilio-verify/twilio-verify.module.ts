import { type DynamicModule, Module } from '@nestjs/common';
import { TwilioErrorsController } from './errors.controller.js';
import { PublicUrl } from './public-url.js';
import { TwilioServicesController } from './services.controller.js';
import { TwilioVerificationsController } from './verifications.controller.js';

type Imports = NonNullable<DynamicModule['imports']>;

/**
 * This module is another way to speak to the services of verification and to Apps, and has nothing
 * of its own.
 */
@Module({})
export class TwilioVerifyModule {
  static forApi(publicUrl: string, imports: Imports): DynamicModule {
    return {
      module: TwilioVerifyModule,
      imports,
      controllers: [
        TwilioServicesController,
        TwilioVerificationsController,
        TwilioErrorsController,
      ],
      providers: [{ provide: PublicUrl, useValue: new PublicUrl(publicUrl) }],
    };
  }
}
