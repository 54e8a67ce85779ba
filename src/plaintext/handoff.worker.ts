import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { HandoffStep } from '../handoff/handoff.js';
import type { HandoffPoint } from '../handoff/points.js';
import type { HandoffRunner, JobResult } from '../handoff/handoff.processor.js';
import { WorkerLease } from '../handoff/worker-lease.js';
import { listLogIds } from '../handoff/log-ids.js';
import { Timer } from '../kernel/clock.js';
import { isDatabaseAway } from '../kernel/database.js';
import { type LogFields, Logger } from '../kernel/logger.js';
import { HandoffAsking } from './handoffs/asking.service.js';
import type { Claim, Ended } from './handoffs/claim.js';
import { HandoffClaims } from './handoffs/claims.service.js';
import { HandoffSettlements } from './handoffs/settlements.service.js';

/**
 * Told of every step of a hand-off before the next, and of every point; the fault tests die there.
 *
 * Holds plaintext: never.
 */
export class HandoffSteps {
  constructor(
    readonly take: (step: HandoffStep, handoffId: string) => void,
    readonly at: (point: HandoffPoint, handoffId: string) => Promise<void> | undefined = () =>
      undefined,
  ) {}
}

/**
 * Gives one hand-off to a carrier, at most once as far as we can know.
 *
 * The job carries only an id. The row is claimed and the ledger entry written in one transaction;
 * then the number is opened, used for one request and forgotten. What fails before the request did
 * not leave, and is tried again. A late answer leaves the hand-off `unknown`, never resent blindly:
 * a phone that rings twice at 3 a.m. is worse than one that rings late.
 *
 * Holds plaintext: never; who asks the carrier does, from `vault.open` until the carrier's answer.
 */
@Injectable()
export class HandoffWorker
  implements HandoffRunner, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  private isClosing = false;

  constructor(
    private readonly lease: WorkerLease,
    private readonly claims: HandoffClaims,
    private readonly asking: HandoffAsking,
    private readonly settlements: HandoffSettlements,
    private readonly steps: HandoffSteps,
    private readonly timer: Timer,
    private readonly logger: Logger,
  ) {}

  /** Once the queue is there, which may keep what the database last knew. */
  async onApplicationBootstrap(): Promise<void> {
    await this.lease.number();
  }

  /**
   * From here on an answer that can't be written is left to the reconciler: whoever ends us waits.
   */
  onModuleDestroy(): void {
    this.isClosing = true;
  }

  /** After the last job in hand. */
  async onApplicationShutdown(): Promise<void> {
    await this.lease.close();
    await this.asking.close();
  }

  /**
   * One job. BullMQ keeps what it throws, in clear text: only a fixed word leaves here, the cause
   * is in our log.
   */
  async run(handoffId: string): Promise<JobResult> {
    const ids: LogFields = { handoffId };
    try {
      return await this.process(handoffId, ids);
    } catch (error) {
      if (!isDatabaseAway(error)) this.logger.error('handoff_failed', error, ids);
      // The sweeper adds the job again if the row is still queued.
      throw new Error('HANDOFF_FAILED');
    }
  }

  /** Adds to `ids` what the hand-off is for, once its row has said so. */
  private async process(handoffId: string, ids: LogFields): Promise<JobResult> {
    const step = (name: HandoffStep): void => {
      this.steps.take(name, handoffId);
      this.logger.debug('handoff_step', { ...ids, step: name });
    };
    this.steps.take('taken', handoffId);
    const claim = await this.claims.claim(handoffId, {
      lease: await this.lease.number(),
      takenAtMs: this.timer.readMs(),
      at: (point) => this.steps.at(point, handoffId),
      onRow: (handoff) => Object.assign(ids, listLogIds(handoff)),
      mayWait: () => !this.isClosing,
    });
    if (claim === undefined || 'again' in claim) return claim;
    step('claimed');
    const ended = await this.asking.carryOut(claim, step);
    step('answered');
    const again = await this.settle(claim, ended);
    step('settled');
    return again;
  }

  /**
   * Without its lease, what can't be written is called by the sweeper of a living worker what it
   * then is: unknown.
   */
  private async settle(claim: Claim, ended: Ended): Promise<JobResult> {
    try {
      return await this.settlements.settleUntilWritten(claim, ended, () => !this.isClosing);
    } catch (error) {
      await this.lease.drop();
      throw error;
    }
  }
}
