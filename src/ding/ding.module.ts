import { type DynamicModule, Module } from '@nestjs/common';
import type { Redacted } from '../kernel/redacted.js';
import { DingCalls } from './ding-calls.service.js';
import { DingLinksController } from './ding-links.controller.js';
import { DingLinks, LinkKey } from './ding-links.service.js';
import { DingMoves } from './ding-moves.service.js';
import { DingNotifications } from './ding-notifications.service.js';
import { DingRecipients } from './ding-recipients.service.js';
import { DingStart } from './ding-start.service.js';
import { DingSteps } from './ding-steps.service.js';
import { DingViewsRepository } from './ding-views.repository.js';
import { DingController } from './ding.controller.js';
import { DingService } from './ding.service.js';
import { DingSweep } from './ding.sweep.js';
import { DingsRepository } from './dings.repository.js';

type Imports = NonNullable<DynamicModule['imports']>;
/** Links are bound to their SMS by a key of it. */
interface LinkSettings {
  codePepper: Redacted<Uint8Array>;
}

@Module({})
export class DingModule {
  /** Gives people their Dings. */
  static forApi({ codePepper }: LinkSettings, imports: Imports): DynamicModule {
    const controllers = [DingController, DingLinksController];
    const providers = [
      DingService,
      DingRecipients,
      DingStart,
      DingSteps,
      DingNotifications,
      DingMoves,
      DingsRepository,
      DingViewsRepository,
      { provide: LinkKey, useValue: new LinkKey(codePepper) },
    ];
    return { module: DingModule, imports, controllers, providers };
  }

  /** Says what calls say, and follows what becomes of them. It writes no links. */
  static forIngress(imports: Imports): DynamicModule {
    return {
      module: DingModule,
      imports,
      providers: [
        DingCalls,
        DingSteps,
        DingNotifications,
        DingsRepository,
        { provide: DingLinks, useValue: new DingLinks('') },
      ],
    };
  }

  /** `publicUrl`: where people reach the API, and the page of an SMS's link. */
  static forWorker(
    { publicUrl, codePepper }: LinkSettings & { publicUrl: string },
    imports: Imports,
  ): DynamicModule {
    return {
      module: DingModule,
      imports,
      providers: [
        DingCalls,
        DingSteps,
        DingNotifications,
        DingsRepository,
        DingSweep,
        { provide: DingLinks, useValue: new DingLinks(publicUrl, new LinkKey(codePepper)) },
      ],
    };
  }
}
