import { type DynamicModule, Module } from '@nestjs/common';
import { AccountChecks } from './account-checks.service.js';
import { AccountNumbers } from './account-numbers.service.js';
import { CodeSending } from './code-sending.service.js';
import { CodeSendsRepository } from './code-sends.repository.js';
import { RiskNoticeController } from './risk-notice.controller.js';
import { StarterGuard } from './starter.guard.js';
import { VerificationCalls } from './verification-calls.service.js';
import { VerificationChecks } from './verification-checks.service.js';
import { VerificationController } from './verification.controller.js';
import { VerificationOutcomes } from './verification-outcomes.service.js';
import { VerificationService } from './verification.service.js';
import { SendLimits, VerificationLimits } from './verification-session.js';
import { VerificationStarts } from './verification-starts.service.js';
import { VerificationSweep } from './verification.sweep.js';
import { VerificationsRepository } from './verifications.repository.js';

type Imports = NonNullable<DynamicModule['imports']>;

@Module({})
export class VerificationModule {
  /** This half serves people and apps. */
  static forApi(limits: VerificationLimits, imports: Imports): DynamicModule {
    return {
      module: VerificationModule,
      imports,
      controllers: [VerificationController, RiskNoticeController],
      providers: [
        VerificationService,
        VerificationStarts,
        VerificationChecks,
        AccountChecks,
        CodeSending,
        AccountNumbers,
        VerificationsRepository,
        StarterGuard,
        { provide: VerificationLimits, useValue: limits },
      ],
      exports: [VerificationService, VerificationStarts, VerificationChecks],
    };
  }

  /**
   * This part decides what the carrier's callbacks mean for a verification, and what its calls say.
   */
  static forIngress(imports: Imports): DynamicModule {
    return {
      module: VerificationModule,
      imports,
      providers: [
        VerificationOutcomes,
        VerificationCalls,
        VerificationsRepository,
        CodeSendsRepository,
      ],
    };
  }

  /**
   * This part decides what the carrier's answers mean for a verification, what follows when nothing
   * comes, and its end when nobody finishes it.
   */
  static forWorker(limits: SendLimits, imports: Imports): DynamicModule {
    return {
      module: VerificationModule,
      imports,
      providers: [
        VerificationOutcomes,
        VerificationSweep,
        VerificationsRepository,
        CodeSendsRepository,
        { provide: SendLimits, useValue: limits },
      ],
    };
  }
}
