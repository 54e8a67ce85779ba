import type { Clock } from '../kernel/clock.js';
import type { HeldConnection } from '../kernel/database.js';
import type { Logger } from '../kernel/logger.js';
import { DATABASE_LOSSES } from './handoff.metrics.js';
import { findLoss, type HighWater, type HighWaterText, lostUntil } from './high-water.js';
import type { HighWaterStore } from './high-water-store.service.js';
import { readState } from './recoveries.repository.js';

const MESSAGE =
  'the database knows less than it did: what was to go out by then may have gone out, and is held back';

/** Holds back what may have gone out until then; says how many. */
export type HoldBack = (until: Date) => Promise<number>;

/**
 * Before a worker takes a lease, and with it anything up: does the database still know what it knew?
 * Where it doesn't, or an operator says so, what was queued is held back first.
 */
export class HighWaterCheck {
  private isWriting = false;

  constructor(
    private readonly store: HighWaterStore,
    private readonly text: HighWaterText,
    private readonly holdBack: HoldBack,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** @throws while the mark's keeper is away, which also has the jobs */
  async check(connection: HeldConnection): Promise<void> {
    const mark = await this.read();
    const state = await readState(connection, mark?.lease);
    const loss = mark && findLoss(mark, state, this.clock.now());
    const until = latest(loss && lostUntil(mark), state.askedUntil);
    if (until === undefined) return;
    const since = until.toISOString();
    if (loss !== undefined) {
      DATABASE_LOSSES.add({ loss });
      this.logger.error('database_went_back', undefined, { reason: loss, since, message: MESSAGE });
    }
    const count = await this.holdBack(until);
    if (loss !== undefined || count > 0) this.logger.warn('handoffs_held_back', { count, since });
  }

  /** Written once the database has it. What can't be written now is a few seconds older. */
  async note(mark: Omit<HighWater, 'at'>): Promise<void> {
    if (this.isWriting) return;
    this.isWriting = true;
    try {
      await this.store.write(this.text.write({ ...mark, at: this.clock.now() }));
    } catch (error) {
      this.logger.warn('high_water_unwritten', { error: (error as Error).name });
    } finally {
      this.isWriting = false;
    }
  }

  private async read(): Promise<HighWater | undefined> {
    const text = await this.store.read();
    if (text === undefined) return undefined;
    const mark = this.text.read(text);
    if (mark === undefined) this.logger.error('high_water_unreadable', undefined);
    return mark;
  }
}

function latest(...times: (Date | undefined)[]): Date | undefined {
  const given = times.filter((time) => time !== undefined).map((time) => time.getTime());
  return given.length === 0 ? undefined : new Date(Math.max(...given));
}
