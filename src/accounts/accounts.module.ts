import { type DynamicModule, Module } from '@nestjs/common';
import { AccountsController } from './accounts.controller.js';
import { AccountsRepository } from './accounts.repository.js';
import { AccountsService } from './accounts.service.js';
import { Passwords } from './passwords.service.js';
import { SessionsController } from './sessions.controller.js';
import { PublicOrigin, Sessions } from './sessions.service.js';
import { ConsentsController, TeamsController } from './teams.controller.js';
import { TeamsRepository } from './teams.repository.js';
import { TeamsService } from './teams.service.js';

/** Of what is exported, `Sessions` is for SessionGuard, the rest for features: whose number, who may ring whom. */
@Module({})
export class AccountsModule {
  static for({ publicUrl }: { publicUrl: string }): DynamicModule {
    return {
      module: AccountsModule,
      controllers: [AccountsController, SessionsController, TeamsController, ConsentsController],
      providers: [
        { provide: PublicOrigin, useValue: new PublicOrigin(new URL(publicUrl).origin) },
        Passwords, AccountsRepository, TeamsRepository, Sessions, AccountsService, TeamsService,
      ],
      exports: [Sessions, AccountsRepository, TeamsService],
    };
  }
}
