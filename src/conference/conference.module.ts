import { type DynamicModule, Module } from '@nestjs/common';
import { ConferenceCalls } from './conference-calls.service.js';
import { ConferenceInvitations } from './conference-invitations.service.js';
import { ConferenceMoves } from './conference-moves.service.js';
import { ConferenceController } from './conference.controller.js';
import { ConferenceService } from './conference.service.js';
import { ConferenceSteps } from './conference-steps.service.js';
import { ConferenceSweep } from './conference.sweep.js';
import { ConferencesRepository } from './conferences.repository.js';

type Imports = NonNullable<DynamicModule['imports']>;

@Module({})
export class ConferenceModule {
  /** For people. */
  static forApi(imports: Imports): DynamicModule {
    const providers = [
      ConferenceService,
      ConferenceInvitations,
      ConferenceSteps,
      ConferenceMoves,
      ConferencesRepository,
    ];
    return { module: ConferenceModule, imports, controllers: [ConferenceController], providers };
  }

  /** What its calls say, and what becomes of them and of the room. */
  static forIngress(imports: Imports): DynamicModule {
    return {
      module: ConferenceModule,
      imports,
      providers: [ConferenceCalls, ConferenceSteps, ConferencesRepository],
    };
  }

  static forWorker(imports: Imports): DynamicModule {
    return {
      module: ConferenceModule,
      imports,
      providers: [ConferenceCalls, ConferenceSteps, ConferenceSweep, ConferencesRepository],
    };
  }
}
