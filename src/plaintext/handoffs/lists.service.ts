import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { getTraits } from '../../handoff/channels.js';
import { RECONCILED } from '../../handoff/handoff.metrics.js';
import { listLogIds } from '../../handoff/log-ids.js';
import { takeUnlisted, type Unlisted } from '../../handoff/unlisted.repository.js';
import { Clock } from '../../kernel/clock.js';
import { Database, isDatabaseAway } from '../../kernel/database.js';
import { Logger } from '../../kernel/logger.js';
import { PacedLoop } from '../../kernel/paced-loop.js';
import { Problem } from '../../kernel/problem.js';
import type { CallbackAddress } from '../called-handoffs.service.js';
import { Capabilities } from './capabilities.js';
import { ListAnswers, ListsWait } from './list-answers.service.js';
import { ListQuestions } from './list-questions.service.js';

const EVERY_MS = 1_000;
/** So many are looked for at a time, one after the other: a carrier also has calls to place. */
const AT_A_TIME = 10;

/**
 * Looks for what may have left, and has no id to ask by, in the carrier's lists: ListQuestions asks,
 * ListAnswers decides. Without an answer nothing follows, and it stays `unknown`.
 *
 * Holds plaintext: never; ListQuestions does.
 */
@Injectable()
export class HandoffLists implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: PacedLoop;

  constructor(
    private readonly database: Database,
    private readonly questions: ListQuestions,
    private readonly answers: ListAnswers,
    private readonly capabilities: Capabilities,
    private readonly wait: ListsWait,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.loop = new PacedLoop(
      () => this.run(),
      (error) => this.report(error),
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
    const { sql } = this.database;
    const due = await takeUnlisted(sql, this.wait.afterMs, this.clock.now(), AT_A_TIME);
    for (const one of due) {
      try {
        await this.look(one);
      } catch (error) {
        // What can't be said of one, whose capability is of another's making, keeps nothing from others.
        if (isDatabaseAway(error)) throw error;
        this.report(error);
      }
    }
  }

  private report(error: unknown): void {
    if (!isDatabaseAway(error) && !(error instanceof Problem))
      this.logger.error('reconcile_failed', error);
  }

  private async look(unlisted: Unlisted): Promise<void> {
    const { handoff } = unlisted;
    if (!this.questions.mayAsk(unlisted)) return;
    const what = getTraits(handoff.channel).form === 'text' ? 'sms_list' : 'call_list';
    const records = await this.questions.ask(unlisted);
    const answer =
      records === undefined
        ? 'silent'
        : await this.answers.takeIn(unlisted, this.makeAddress(unlisted), records);
    if (answer === 'settled') return;
    RECONCILED.add({ what, answer });
    this.logger.info('handoff_looked_for', { ...listLogIds(handoff), outcome: answer });
  }

  private makeAddress({ handoff: { id }, salt }: Unlisted): CallbackAddress {
    return { capability: this.capabilities.make(id, salt), requestId: id };
  }
}
