import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { AppsRepository } from '../apps/apps.repository.js';
import { CallInstructions } from '../calls/call-instructions.service.js';
import { PumpingGuard } from '../guard/pumping-guard.service.js';
import { HandoffRunner, PROCESSORS } from '../handoff/handoff.processor.js';
import { Clock, Timer } from '../kernel/clock.js';
import { Database } from '../kernel/database.js';
import { LimiterKeys } from '../kernel/limiter-keys.js';
import { Logger } from '../kernel/logger.js';
import { PartErrors } from '../kernel/part-errors.js';
import { findPlace } from '../kernel/place.js';
import { LedgerController } from '../ledger/ledger.controller.js';
import { LedgerRepository } from '../ledger/ledger.repository.js';
import type { ApiSettings, IngressSettings, WorkerSettings } from '../settings.js';
import { CallerIdController, LookPace } from './caller-id.controller.js';
import { CallWords } from './call-words.service.js';
import { CalledHandoffs } from './called-handoffs.service.js';
import { CarrierCallbacksController } from './carrier-callbacks.controller.js';
import { CarrierEvents } from './carrier-events.service.js';
import { CarrierCallbacks, CarrierClient } from './carriers/carrier.js';
import { CARRIER } from './carriers/carriers.js';
import { HandoffSteps, HandoffWorker } from './handoff.worker.js';
import { Capabilities } from './handoffs/capabilities.js';
import { HandoffClaims } from './handoffs/claims.service.js';
import { CodePepper, HandoffCodes } from './handoffs/codes.service.js';
import { HandoffContents } from './handoffs/contents.service.js';
import { HandoffAsking } from './handoffs/asking.service.js';
import { HandoffControls } from './handoffs/controls.service.js';
import { CallbackOrigin, HandoffDeliveries } from './handoffs/deliveries.service.js';
import { DingSmsLimit, HandoffLimits } from './handoffs/limits.service.js';
import { HeldBack, makeLease } from './handoffs/held-back.service.js';
import { ReconcilerWaits, Reconciler } from './handoffs/reconciler.service.js';
import { ListAnswers, ListsWait } from './handoffs/list-answers.service.js';
import { ListQuestions } from './handoffs/list-questions.service.js';
import { HandoffLists } from './handoffs/lists.service.js';
import { HandoffReceipts } from './handoffs/receipts.service.js';
import { HandoffSettlements } from './handoffs/settlements.service.js';
import { HandoffShowings, ShowingBounds } from './handoffs/showings.service.js';
import { CarrierPace, HandoffTurns } from './handoffs/turns.service.js';
import { CodeLine, HandoffWords } from './handoffs/words.service.js';
import { Looks } from './looks.service.js';
import { NumberRules } from './number-rules.service.js';
import { Intake } from './number.pipes.js';
import { PresentationRepository } from './presentation.repository.js';
import { Presentations, Presenter } from './presentation.js';
import { ShowingsRepository } from './showings.repository.js';
import { TestNumberRows } from './test-number-rows.service.js';
import { TestNumbers } from './test-numbers.js';
import { Sealer } from './vault/epoch.js';
import { derivePublicKey, Keyring } from './vault/keyring.js';
import { NumberIndex } from './vault/number-index.js';
import { NumbersRepository } from './vault/numbers.repository.js';
import { Vault } from './vault/vault.js';

/** What a test is told of. */
interface WorkerHooks {
  onStep: HandoffSteps['take'];
  onPoint: HandoffSteps['at'] | undefined;
  timer: Timer;
}

type Imports = NonNullable<DynamicModule['imports']>;

/** What any role may do: statements, which its grants bound. */
const COMMON: Provider[] = [NumbersRepository, PresentationRepository, LedgerRepository];

/** What an operator refuses: where numbers are taken, and where they are opened. */
const numberRules = (
  { numberCountries: countries, numberDenyFile: denyFile }: ApiSettings | WorkerSettings,
  warnsOfCountries: boolean,
): Provider => ({
  provide: NumberRules,
  useFactory: (database: Database, logger: Logger) =>
    new NumberRules(database, logger, { countries, denyFile, warnsOfCountries }),
  inject: [Database, Logger],
});

const sealer = (publicKey: Uint8Array): Provider => ({
  provide: Sealer,
  useFactory: (database: Database, clock: Clock) => new Sealer(database, clock, publicKey),
  inject: [Database, Clock],
});

/**
 * The room for plaintext, furnished for each role with the keys that the role has.
 *
 * Holds plaintext: never; the keys, from the making of the role's application until it closes.
 */
@Module({})
export class PlaintextModule {
  /** Seals, compares, counts; shows what live calls show. */
  static forApi(settings: ApiSettings, imports: Imports): DynamicModule {
    const { vaultPublicKey, codePepper, presentationKey, presentationSigningKey } = settings;
    const testNumbers = new TestNumbers(settings.testNumbers, codePepper);
    return {
      module: PlaintextModule,
      imports,
      controllers: [CallerIdController, LedgerController],
      providers: [
        ...COMMON,
        numberRules(settings, true),
        { provide: LookPace, useValue: new LookPace(settings.callerIdLooksAMinute) },
        sealer(vaultPublicKey.reveal()),
        {
          provide: Intake,
          inject: [Sealer, LimiterKeys, NumberRules, PumpingGuard],
          useFactory: (
            sealer: Sealer,
            limiterKeys: LimiterKeys,
            rules: NumberRules,
            guard: PumpingGuard,
          ) => new Intake(sealer, limiterKeys, codePepper, rules, testNumbers, guard),
        },
        {
          provide: Presentations,
          useFactory: (database: Database, rows: PresentationRepository, clock: Clock) =>
            new Presentations(database, rows, clock, {
              wrapping: presentationKey,
              signing: presentationSigningKey,
            }),
          inject: [Database, PresentationRepository, Clock],
        },
      ],
      exports: [Intake, LedgerRepository, Presentations],
    };
  }

  /**
   * Answers carriers: opens nothing. The public key is for the numbers of inbound messages, which
   * nothing takes yet.
   */
  static forIngress(settings: IngressSettings, imports: Imports, timer: Timer): DynamicModule {
    return {
      module: PlaintextModule,
      imports,
      controllers: [CarrierCallbacksController],
      providers: [
        ...COMMON,
        { provide: CarrierCallbacks, useFactory: () => CARRIER.makeCallbacks(settings) },
        CalledHandoffs,
        CarrierEvents,
        {
          provide: CallWords,
          useFactory: (
            database: Database,
            called: CalledHandoffs,
            instructions: CallInstructions,
            numbers: NumbersRepository,
            clock: Clock,
            logger: Logger,
          ) => new CallWords(database, called, instructions, numbers, clock, timer, logger),
          inject: [Database, CalledHandoffs, CallInstructions, NumbersRepository, Clock, Logger],
        },
      ],
      exports: [PresentationRepository],
    };
  }

  /** Opens; makes codes. */
  static forWorker(
    settings: WorkerSettings,
    imports: Imports,
    { onStep, onPoint, timer }: WorkerHooks,
  ): DynamicModule {
    const { vaultPrivateKeys, presentationVerifyingKey, numberIndexKey } = settings;
    const { ingressPublicUrl, apiPublicUrl, androidAppHash } = settings;
    const testNumbers = new TestNumbers(settings.testNumbers, settings.codePepper);
    return {
      module: PlaintextModule,
      imports,
      providers: [
        ...COMMON,
        numberRules(settings, false),
        sealer(derivePublicKey(vaultPrivateKeys.reveal()[0] as Uint8Array)),
        { provide: CodePepper, useValue: new CodePepper(settings.codePepper) },
        { provide: TestNumbers, useValue: testNumbers },
        TestNumberRows,
        { provide: Keyring, useFactory: () => new Keyring(vaultPrivateKeys) },
        { provide: NumberIndex, useFactory: () => new NumberIndex(numberIndexKey) },
        {
          provide: Vault,
          useFactory: (
            database: Database,
            numbers: NumbersRepository,
            keyring: Keyring,
            index: NumberIndex,
          ) => new Vault(database, numbers, keyring, index),
          inject: [Database, NumbersRepository, Keyring, NumberIndex],
        },
        {
          provide: Presenter,
          useFactory: (rows: PresentationRepository, clock: Clock, logger: Logger) =>
            new Presenter(rows, clock, presentationVerifyingKey, logger),
          inject: [PresentationRepository, Clock, Logger],
        },
        AppsRepository,
        {
          provide: CarrierClient,
          inject: [Logger],
          useFactory: (logger: Logger) => {
            const errors = new PartErrors(logger, findPlace('carrier', settings.carrierBaseUrl));
            return CARRIER.makeClient(settings, (error) => errors.log('carrier_no_answer', error));
          },
        },
        { provide: CallbackOrigin, useValue: new CallbackOrigin(ingressPublicUrl) },
        {
          provide: CodeLine,
          useValue: new CodeLine(new URL(apiPublicUrl).hostname, androidAppHash),
        },
        { provide: HandoffSteps, useValue: new HandoffSteps(onStep, onPoint) },
        { provide: Timer, useValue: timer },
        makeLease(settings),
        HeldBack,
        { provide: DingSmsLimit, useValue: new DingSmsLimit(settings.dingSmsToOneAnHour) },
        {
          provide: ShowingBounds,
          useValue: new ShowingBounds(
            settings.presentationsOfPersonAnHour,
            settings.presentationsAnHour,
          ),
        },
        ShowingsRepository,
        Looks,
        {
          provide: Capabilities,
          useFactory: () => new Capabilities(numberIndexKey),
        },
        CalledHandoffs,
        CarrierEvents,
        { provide: ReconcilerWaits, useValue: ReconcilerWaits.from(settings) },
        Reconciler,
        { provide: ListsWait, useValue: new ListsWait(settings.reconcileListsAfterMs) },
        ListQuestions,
        ListAnswers,
        HandoffLists,
        HandoffShowings,
        { provide: CarrierPace, useValue: CarrierPace.from(settings) },
        HandoffTurns,
        HandoffLimits,
        HandoffReceipts,
        HandoffCodes,
        HandoffContents,
        HandoffSettlements,
        HandoffClaims,
        HandoffWords,
        HandoffDeliveries,
        HandoffControls,
        HandoffAsking,
        HandoffWorker,
        { provide: HandoffRunner, useExisting: HandoffWorker },
        ...PROCESSORS,
      ],
      exports: [LedgerRepository, NumberIndex, Presenter, Vault],
    };
  }
}
