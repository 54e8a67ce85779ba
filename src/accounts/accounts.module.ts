import { type DynamicModule, Module } from '@nestjs/common';
import { AccountsController } from './accounts.controller.js';
import { AccountsRepository } from './accounts.repository.js';
import { AccountsService, SignUps } from './accounts.service.js';
import { Closing } from './closing.service.js';
import { ConsentEnds } from './consent-ends.service.js';
import { DemoSessionsController } from './demo-sessions.controller.js';
import { NumberMoves } from './number-moves.service.js';
import { PasswordChanges } from './password-changes.service.js';
import { PasswordsController } from './passwords.controller.js';
import { Passwords } from './passwords.service.js';
import { ProofRules } from './proof.js';
import { ProofSweep } from './proof.sweep.js';
import { ProofsRepository } from './proofs.repository.js';
import { Reachability } from './reachability.service.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsRepository } from './sessions.repository.js';
import { PublicOrigin, Sessions } from './sessions.service.js';
import { ConsentsController, TeamsController } from './teams.controller.js';
import { TeamsRepository } from './teams.repository.js';
import { TeamsService } from './teams.service.js';

type Imports = NonNullable<DynamicModule['imports']>;

/**
 * `Sessions` is exported for SessionGuard, the rest for features: whose number it is, when it
 * moves, who may ring whom, and when they may no more.
 */
@Module({})
export class AccountsModule {
  /** For the role that people reach. */
  static forApi({
    publicUrl,
    proofLastsMs,
    signUps,
    isDemo,
  }: {
    publicUrl: string;
    proofLastsMs: number;
    signUps: SignUps;
    isDemo: boolean;
  }): DynamicModule {
    return {
      module: AccountsModule,
      controllers: [
        AccountsController,
        PasswordsController,
        SessionsController,
        TeamsController,
        ConsentsController,
        ...(isDemo ? [DemoSessionsController] : []),
      ],
      providers: [
        { provide: PublicOrigin, useValue: new PublicOrigin(new URL(publicUrl).origin) },
        { provide: ProofRules, useValue: new ProofRules(proofLastsMs) },
        { provide: SignUps, useValue: signUps },
        NumberMoves,
        ConsentEnds,
        Passwords,
        PasswordChanges,
        Closing,
        AccountsRepository,
        SessionsRepository,
        TeamsRepository,
        Sessions,
        AccountsService,
        TeamsService,
      ],
      exports: [Sessions, AccountsRepository, NumberMoves, ConsentEnds, TeamsService],
    };
  }

  /** For the role that takes the carrier's callbacks, which say how numbers can be reached. */
  static forIngress(imports: Imports): DynamicModule {
    return { module: AccountsModule, imports, providers: [ProofsRepository, Reachability] };
  }

  /** For the role that gets the carrier's answers, and that finds whose proof ends. */
  static forWorker({ proofLastsMs }: { proofLastsMs: number }, imports: Imports): DynamicModule {
    return {
      module: AccountsModule,
      imports,
      providers: [
        ProofsRepository,
        Reachability,
        ProofSweep,
        { provide: ProofRules, useValue: new ProofRules(proofLastsMs) },
      ],
    };
  }
}
