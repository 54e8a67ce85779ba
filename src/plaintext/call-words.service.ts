import { askedDigit } from '../calls/asked-digit.js';
import { CallInstructions } from '../calls/call-instructions.service.js';
import { type CallMoment, type CallScript, HANG_UP } from '../calls/call-script.js';
import { type CallContext, outageScript } from '../calls/outage-script.js';
import { Clock, type Timer } from '../kernel/clock.js';
import { Database, isDatabaseAway } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import { type CallbackAddress, CalledHandoffs, isSameRef } from './called-handoffs.service.js';
import type { CarrierNews } from './carriers/carrier.js';
import type { Code } from './code.js';
import { openSpoken } from './spoken-code.js';
import { NumbersRepository } from './vault/numbers.repository.js';

/**
 * Somebody is on the phone: words that can't be had by then are asked for again. The carrier itself
 * gives up after 15 s.
 */
const WORDS_WITHIN_MS = 5_000;

interface Words {
  script: CallScript;
  code?: Code | undefined;
}

/**
 * What a call is to say at a moment: the feature's script, with the code that this call's own
 * address opens; and where that can't be had in time, a word that asks for a moment.
 *
 * Holds plaintext: the code of a call, which it hands out and which is the caller's to forget.
 */
export class CallWords {
  constructor(
    private readonly database: Database,
    private readonly called: CalledHandoffs,
    private readonly instructions: CallInstructions,
    private readonly numbers: NumbersRepository,
    private readonly clock: Clock,
    private readonly timer: Timer,
    private readonly logger: Logger,
  ) {}

  /**
   * A transaction that commits after its time does no harm: the same moment comes again and means
   * the same.
   * @throws Problem NOT_FOUND
   */
  async inTime(
    called: CallbackAddress,
    news: CarrierNews,
    moment: CallMoment,
    { context: context, retry }: { context: CallContext; retry: number },
  ): Promise<Words> {
    return (
      (await this.unlessLate(this.find(called, news, moment))) ?? {
        script: outageScript(context, moment, retry),
      }
    );
  }

  private find(called: CallbackAddress, news: CarrierNews, moment: CallMoment): Promise<Words> {
    const { capability } = called;
    const now = this.clock.now();
    return this.database.transaction(async (trx) => {
      const handoff = await this.called.get(trx, called);
      // A call that isn't the one we know of must not speak.
      if (!isSameRef(handoff, news)) return { script: HANG_UP };
      await this.called.proveAccepted(trx, handoff, news, now);
      // Another has taken its place, and may ring just now.
      if (handoff.isSuperseded) return { script: HANG_UP };
      const { id: handoffId, language, purpose, subjectId } = handoff;
      const digitAt = (turn: number, wrongKeys?: string): string =>
        askedDigit(capability, turn, wrongKeys);
      const script = await this.instructions.next(trx, purpose, subjectId, moment, now, {
        handoffId,
        language,
        digitAt,
      });
      const sealed = script.some((step) => 'sayCode' in step)
        ? await this.numbers.findSpokenCode(trx, handoffId)
        : undefined;
      return { script, code: sealed && openSpoken(sealed, capability, handoffId) };
    });
  }

  /** Undefined when it is late or the database is away. */
  private async unlessLate(work: Promise<Words>): Promise<Words | undefined> {
    const over = new AbortController();
    const ended = work.catch((error: unknown) => {
      if (isDatabaseAway(error)) return undefined;
      throw error;
    });
    try {
      const late = this.timer.wait(WORDS_WITHIN_MS, over.signal).then(() => undefined);
      const words = await Promise.race([ended, late]);
      if (words !== undefined) return words;
      this.logger.warn('words_late', { message: 'a call was asked to wait a moment' });
      // Nobody waits for it any more.
      ended.catch((error: unknown) => this.logger.error('words_failed', error));
      return undefined;
    } finally {
      over.abort();
    }
  }
}
