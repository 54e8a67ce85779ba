import { randomBytes } from 'node:crypto';
import { AppsRepository } from '../../src/apps/apps.repository.js';
import type { Spending } from '../../src/guard/spending.service.js';
import type { HandoffsRepository } from '../../src/handoff/handoffs.repository.js';
import { IngressProbe } from '../../src/handoff/ingress-probe.service.js';
import { IngressWatch } from '../../src/handoff/ingress-watch.service.js';
import type { Outcomes } from '../../src/handoff/outcomes.service.js';
import { WorkerLease } from '../../src/handoff/worker-lease.js';
import { type Clock, SystemTimer } from '../../src/kernel/clock.js';
import type { Database } from '../../src/kernel/database.js';
import type { Logger } from '../../src/kernel/logger.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { LedgerRepository } from '../../src/ledger/ledger.repository.js';
import type { CarrierClient } from '../../src/plaintext/carriers/carrier.js';
import { HandoffSteps, HandoffWorker } from '../../src/plaintext/handoff.worker.js';
import { HandoffAsking } from '../../src/plaintext/handoffs/asking.service.js';
import { Capabilities } from '../../src/plaintext/handoffs/capabilities.js';
import { HandoffClaims } from '../../src/plaintext/handoffs/claims.service.js';
import { CodePepper, HandoffCodes } from '../../src/plaintext/handoffs/codes.service.js';
import { HandoffContents } from '../../src/plaintext/handoffs/contents.service.js';
import { HandoffControls } from '../../src/plaintext/handoffs/controls.service.js';
import {
  CallbackOrigin,
  HandoffDeliveries,
} from '../../src/plaintext/handoffs/deliveries.service.js';
import { DingSmsLimit, HandoffLimits } from '../../src/plaintext/handoffs/limits.service.js';
import { HandoffReceipts } from '../../src/plaintext/handoffs/receipts.service.js';
import { HandoffSettlements } from '../../src/plaintext/handoffs/settlements.service.js';
import { HandoffShowings, ShowingBounds } from '../../src/plaintext/handoffs/showings.service.js';
import { CarrierPace, HandoffTurns } from '../../src/plaintext/handoffs/turns.service.js';
import { CodeLine, HandoffWords } from '../../src/plaintext/handoffs/words.service.js';
import { NumberRules } from '../../src/plaintext/number-rules.service.js';
import { ShowingsRepository } from '../../src/plaintext/showings.repository.js';
import type { Presenter } from '../../src/plaintext/presentation.js';
import type { Sealer } from '../../src/plaintext/vault/epoch.js';
import { NumbersRepository } from '../../src/plaintext/vault/numbers.repository.js';
import type { Vault } from '../../src/plaintext/vault/vault.js';

/** What differs between the workers of two tests. */
export interface WorkerParts {
  database: Database;
  handoffs: HandoffsRepository;
  outcomes: Outcomes;
  vault: Vault;
  /** By the worker's login. */
  sealer: Sealer;
  pepper: Redacted<Uint8Array>;
  presenter: Presenter;
  spending: Spending;
  carrier: CarrierClient;
  clock: Clock;
  logger: Logger;
  ingressUrl: string;
}

/** A worker without Nest and without a queue, put together as its module does. */
export function makeHandoffWorker(parts: WorkerParts): HandoffWorker {
  const { database, handoffs, outcomes, vault, presenter, spending, carrier, clock, logger } =
    parts;
  const numbers = new NumbersRepository();
  const rules = new NumberRules(database, logger, {
    countries: [],
    denyFile: undefined,
    warnsOfCountries: false,
  });
  const turns = new HandoffTurns(database, new CarrierPace(Infinity, Infinity), clock);
  const probe = new IngressProbe(undefined, new Redacted<Uint8Array>(randomBytes(32)));
  const ingress = new IngressWatch(probe, database, clock, logger);
  const limits = new HandoffLimits(
    database,
    numbers,
    spending,
    new DingSmsLimit(3),
    turns,
    ingress,
    clock,
  );
  const receipts = new HandoffReceipts(new LedgerRepository(), carrier);
  const settlements = new HandoffSettlements(
    database,
    handoffs,
    outcomes,
    limits,
    receipts,
    clock,
    logger,
  );
  const bounds = new ShowingBounds(100_000, 100_000);
  const showings = new HandoffShowings(new ShowingsRepository(), bounds, logger);
  const codes = new HandoffCodes(numbers, parts.sealer, new CodePepper(parts.pepper));
  const contents = new HandoffContents(
    outcomes,
    codes,
    receipts,
    showings,
    new Capabilities(new Redacted<Uint8Array>(randomBytes(32))),
  );
  const words = new HandoffWords(
    database,
    vault,
    numbers,
    new AppsRepository(),
    new CodeLine('dingline.example', undefined),
    clock,
  );
  const timer = new SystemTimer();
  const deliveries = new HandoffDeliveries(
    vault,
    rules,
    words,
    limits,
    turns,
    new CallbackOrigin(parts.ingressUrl),
    clock,
  );
  const controls = new HandoffControls(database, outcomes, vault, presenter);
  return new HandoffWorker(
    new WorkerLease(database, { check: () => Promise.resolve(), note: () => Promise.resolve() }),
    new HandoffClaims(database, handoffs, outcomes, contents, limits, settlements, clock),
    new HandoffAsking(database, deliveries, controls, carrier, timer, logger),
    settlements,
    new HandoffSteps(() => {}),
    timer,
    logger,
  );
}
