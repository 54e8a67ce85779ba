import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Clock } from './clock.js';
import { type Database, isDatabaseAway } from './database.js';
import type { Logger } from './logger.js';
import type { RetentionSettings } from './retention.js';
import { listPeriods } from './retention-periods.js';
import { beginErasing, type Eraser, ERASERS } from './retention.repository.js';
import { PLANNED_ANEW } from './statement-names.js';

const EVERY_MS = 60_000;
/**
 * So many batches of one kind run in one round: 20,000 rows a minute, so that a backlog goes in
 * steps and nobody waits for a batch.
 */
const MOST_BATCHES = 20;

interface Answer {
  erased: number;
  seen?: number;
  at?: Date | null;
  id?: string | null;
}
interface Position {
  at: Date;
  id: string;
}
const BEGINNING: Position = { at: new Date(0), id: '00000000-0000-0000-0000-000000000000' };

/** Carries out retention.ts in the worker: bounded batches, each a short transaction of its own. */
export class Retention implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> | undefined;
  private isClosed = false;
  /** How far each walk has come; it begins anew when it has seen all. */
  private readonly positions = new Map<string, Position>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly settings: RetentionSettings,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /** Erases what is over, in the order of ERASERS; gives how many rows of each kind went. */
  async run(mostBatches = MOST_BATCHES): Promise<Record<string, number>> {
    const erased: Record<string, number> = {};
    for (const eraser of ERASERS) {
      let count = 0;
      for (let batches = 0; batches < mostBatches && !this.isClosed; batches += 1) {
        const answer = await this.eraseBatch(eraser);
        count += answer?.erased ?? 0;
        if (answer === undefined || (answer.seen ?? answer.erased) < eraser.batch) break;
      }
      if (count === 0) continue;
      erased[eraser.name] = count;
      this.logger.info('erased', { reason: eraser.name, count });
    }
    return erased;
  }

  /** Erases one batch. It returns undefined if another worker is erasing. */
  async eraseBatch(eraser: Eraser): Promise<Answer | undefined> {
    const before = new Date(this.clock.now().getTime() - listPeriods(this.settings)[eraser.name]);
    const from = this.positions.get(eraser.name) ?? BEGINNING;
    const answer = await this.database.transaction(async (trx) => {
      if (!(await beginErasing(trx))) return undefined;
      const values = [before, eraser.batch, ...(eraser.isWalk ? [from.at, from.id] : [])];
      const [row] = await this.database.run<Answer>(
        { name: eraser.name, text: PLANNED_ANEW + eraser.sql },
        values,
        trx,
      );
      return row;
    });
    if (eraser.isWalk && answer !== undefined) {
      if (answer.at && answer.id && (answer.seen ?? 0) === eraser.batch)
        this.positions.set(eraser.name, { at: answer.at, id: answer.id });
      else this.positions.delete(eraser.name);
    }
    return answer;
  }

  private schedule(): void {
    if (this.isClosed) return;
    // Jitter: workers that were started together don't come together.
    this.timer = setTimeout(
      () => {
        this.running = this.run()
          .catch((error: unknown) => {
            if (!isDatabaseAway(error)) this.logger.error('retention_failed', error);
          })
          .finally(() => this.schedule());
      },
      EVERY_MS * (0.75 + Math.random() / 2),
    ).unref();
  }
}
