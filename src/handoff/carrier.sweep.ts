import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database, isDatabaseAway, type Transaction } from '../kernel/database.js';
import { type LogFields, Logger } from '../kernel/logger.js';
import { PacedLoop } from '../kernel/paced-loop.js';
import { takeSweep } from '../kernel/sweeps.repository.js';
import { followRun, type KnownRun, type News, RUN_KINDS, type RunKind } from './carrier-runs.js';
import { endRun, keepRun, listRuns, listTries, type RunKey } from './carrier-runs.repository.js';
import { CHANNELS } from './channels.js';
import { CARRIER_RUNS } from './handoff.metrics.js';

const EVERY_MS = 2_000;
/** At this pace it takes a twentieth of one connection's time at most. */
const REST = 19;

const AWAY: Record<RunKind, string> = {
  not_taken: 'the carrier takes nothing: its answers came to nothing, one after the other',
  refused: 'the carrier refuses one destination after the other, with one and the same code',
  not_delivered: 'the carrier delivers nothing of what it took, with one and the same code',
};

/**
 * Says that a carrier is out, once when it is seen, once when it is worse, and once when it is over.
 *
 * All workers look, one at a time, at what all of them have written: each has seen only some of the
 * tries. What was logged is in a row, so that no other worker logs it again, nor one that was
 * started anew.
 */
@Injectable()
export class CarrierSweep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly loop: PacedLoop;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.loop = new PacedLoop(
      () => this.run(),
      (error) => {
        if (!isDatabaseAway(error)) this.logger.error('carrier_sweep_failed', error);
      },
      { everyMs: EVERY_MS, rest: REST },
    );
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  async run(): Promise<void> {
    const now = this.clock.now();
    const news = await this.database.transaction(async (trx) =>
      (await takeSweep(trx, 'carrier')) ? followAll(trx, now) : [],
    );
    for (const one of news) this.log(one);
    await this.showLevels();
  }

  /** Whoever logs them: each worker is scraped. */
  private async showLevels(): Promise<void> {
    const runs = await listRuns(this.database.sql);
    CARRIER_RUNS.setAll(0);
    for (const { channel, kind, stage } of runs) CARRIER_RUNS.set({ channel, run: kind }, stage);
  }

  private log({ channel, kind, what, run }: RunKey & News): void {
    const fields: LogFields = {
      channel,
      reason: kind,
      outcome: run.outcome,
      ...(run.carrierCode === null ? {} : { carrierCode: run.carrierCode }),
      count: run.count,
      since: run.since.toISOString(),
    };
    if (what === 'away' && run.stage === 2)
      this.logger.error('carrier_away', undefined, { ...fields, message: AWAY[kind] });
    else if (what === 'away') this.logger.warn('carrier_away', { ...fields, message: AWAY[kind] });
    else this.logger.info('carrier_back', { ...fields, state: what });
  }
}

async function followAll(trx: Transaction, now: Date): Promise<(RunKey & News)[]> {
  const [stored, tries] = [await listRuns(trx), await listTries(trx, now)];
  const all: (RunKey & News)[] = [];
  for (const channel of CHANNELS) {
    const ofChannel = tries.filter((one) => one.channel === channel);
    for (const kind of RUN_KINDS) {
      const key = { channel, kind };
      const known = stored.find((one) => one.channel === channel && one.kind === kind);
      const { run, news } = followRun(kind, known, ofChannel);
      await keep(trx, key, known, run);
      all.push(...news.map((one) => ({ ...key, ...one })));
    }
  }
  return all;
}

/** In good times nothing is written. */
async function keep(
  trx: Transaction,
  key: RunKey,
  known: KnownRun | undefined,
  run: KnownRun | undefined,
): Promise<void> {
  if (run === undefined) {
    if (known !== undefined) await endRun(trx, key);
  } else if (known === undefined || isChanged(known, run)) await keepRun(trx, key, run);
}

const isChanged = (known: KnownRun, run: KnownRun): boolean =>
  known.lastAt.getTime() !== run.lastAt.getTime() ||
  known.count !== run.count ||
  known.stage !== run.stage;
