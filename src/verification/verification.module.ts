import { type DynamicModule, Module } from '@nestjs/common';
import type { SendLimits, VerificationLimits } from './verification-session.js';
import { StarterGuard } from './starter.guard.js';
import { RiskNoticeController } from './risk-notice.controller.js';
import { VerificationCalls } from './verification-calls.service.js';
import { VerificationController } from './verification.controller.js';
import { VerificationSends } from './verification-sends.service.js';
import { VerificationService } from './verification.service.js';
import { VerificationSweep } from './verification.sweep.js';
import { VerificationsRepository } from './verifications.repository.js';

type Imports = NonNullable<DynamicModule['imports']>;

@Module({})
export class VerificationModule {
  /** For people and apps. */
  static forApi(limits: VerificationLimits, imports: Imports): DynamicModule {
    return {
      module: VerificationModule,
      imports,
      controllers: [VerificationController, RiskNoticeController],
      providers: [
        VerificationService,
        VerificationsRepository,
        StarterGuard,
        { provide: 'VerificationLimits', useValue: limits },
      ],
      exports: [VerificationService],
    };
  }

  /** What the carrier's callbacks mean for it, and what its calls say. */
  static forIngress(imports: Imports): DynamicModule {
    return {
      module: VerificationModule,
      imports,
      providers: [VerificationSends, VerificationCalls],
    };
  }

  /** What the carrier's answers mean for it, what follows when nothing comes, and its end when nobody finishes it. */
  static forWorker(limits: SendLimits, imports: Imports): DynamicModule {
    return {
      module: VerificationModule,
      imports,
      providers: [
        VerificationSends,
        VerificationSweep,
        { provide: 'SendLimits', useValue: limits },
      ],
    };
  }
}
