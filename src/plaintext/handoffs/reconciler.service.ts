import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import {
  type Silent,
  type Room,
  takeRooms,
  takeSilentCalls,
  takeSilentSends,
  takeUnwanted,
  type Unwanted,
  type Waits,
} from '../../handoff/reconciler.repository.js';
import { RECONCILED } from '../../handoff/handoff.metrics.js';
import { Clock } from '../../kernel/clock.js';
import { Database, isDatabaseAway } from '../../kernel/database.js';
import { Logger } from '../../kernel/logger.js';
import { PacedLoop } from '../../kernel/paced-loop.js';
import { Problem } from '../../kernel/problem.js';
import type { WorkerSettings } from '../../settings.js';
import { CarrierEvents } from '../carrier-events.service.js';
import { CarrierClient } from '../carriers/carrier.js';
import { makeNews, pickEnd } from './asked-end.js';
import { Capabilities } from './capabilities.js';

const EVERY_MS = 1_000;
/** So many are asked for at a time, one after the other: a carrier also has calls to place. */
const AT_A_TIME = 10;

/**
 * How long the carrier is not asked for.
 *
 * Holds plaintext: never.
 */
export class ReconcilerWaits implements Waits {
  private constructor(
    readonly callsMs: number,
    readonly smsMs: number,
    readonly roomsMs: number,
  ) {}

  static from({
    reconcileCallsAfterMs,
    reconcileSmsAfterMs,
    reconcileRoomsMs,
  }: WorkerSettings): ReconcilerWaits {
    return new ReconcilerWaits(reconcileCallsAfterMs, reconcileSmsAfterMs, reconcileRoomsMs);
  }
}

/**
 * Asks the carrier what became of calls and SMS of which nothing is heard, and who is in its rooms: a
 * callback that was lost leaves nobody ringing, shown or without the next way. What it answers is
 * taken in as a callback is.
 *
 * Each is asked for by one worker at a time, outside any transaction. Only its end is believed of a
 * call: what else a phone does is the call's own to say, to `ingress`.
 *
 * Holds plaintext: never.
 */
@Injectable()
export class Reconciler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: PacedLoop;

  constructor(
    private readonly database: Database,
    private readonly carrier: CarrierClient,
    private readonly events: CarrierEvents,
    private readonly capabilities: Capabilities,
    private readonly waits: ReconcilerWaits,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.loop = new PacedLoop(
      () => this.run(),
      (error) => {
        if (!isDatabaseAway(error)) this.logger.error('reconcile_failed', error);
      },
      { everyMs: EVERY_MS, rest: 1 },
    );
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }

  private async run(): Promise<void> {
    const now = this.clock.now();
    const { sql } = this.database;
    for (const unwanted of await takeUnwanted(sql, this.waits, now, AT_A_TIME))
      await this.attempt(() => this.giveUp(unwanted));
    for (const room of await takeRooms(sql, this.waits, now, AT_A_TIME))
      await this.attempt(() => this.compare(room));
    for (const call of await takeSilentCalls(sql, this.waits, now, AT_A_TIME))
      await this.attempt(() => this.ask(call));
    for (const send of await takeSilentSends(sql, this.waits, now, AT_A_TIME))
      await this.attempt(() => this.ask(send));
  }

  /** What can't be said of one, whose capability is of another's making, keeps nothing from others. */
  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      if (!(error instanceof Problem)) this.logger.error('reconcile_failed', error);
    }
  }

  private async compare({ roomRef, members }: Room): Promise<void> {
    const present = await this.carrier.listRoom(roomRef);
    RECONCILED.add({ what: 'room', answer: present === undefined ? 'silent' : 'still' });
    if (present === undefined) return;
    for (const member of members)
      if (!present.has(member.carrierRef)) await this.attempt(() => this.ask(member));
  }

  private async ask(asked: Silent): Promise<void> {
    const { isText, carrierRef } = asked;
    const found = isText
      ? await this.carrier.lookUpSms(carrierRef)
      : await this.carrier.lookUpCall(carrierRef);
    const event = found.kind === 'found' ? pickEnd(found.event) : undefined;
    const answer = found.kind === 'found' ? (event === undefined ? 'still' : 'news') : found.kind;
    RECONCILED.add({ what: isText ? 'sms' : 'call', answer });
    if (event === undefined) return;
    await this.events.takeIn(this.makeAddress(asked), makeNews(carrierRef, event));
  }

  /** Nobody waits for it any more, and nobody can say whether it ever left. */
  private async giveUp(unwanted: Unwanted): Promise<void> {
    await this.events.giveUp(this.makeAddress(unwanted));
  }

  private makeAddress({ id, salt }: Unwanted): { capability: string; requestId: string } {
    return { capability: this.capabilities.make(id, salt), requestId: id };
  }
}
