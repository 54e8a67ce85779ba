import { Controller, Get } from '@nestjs/common';
import { z } from 'zod';
import { Me, SignedIn } from '../accounts/session.guard.js';
import { type CallPurpose, type CallView, type Participant, shownTo } from '../calls/call.js';
import { CallsRepository } from '../calls/calls.repository.js';
import { listParticipants } from '../calls/participants.repository.js';
import { Clock } from '../kernel/clock.js';
import { Database, type Transaction } from '../kernel/database.js';
import { LimiterKeys } from '../kernel/limiter-keys.js';
import { takeHit } from '../kernel/limits.repository.js';
import { Answer, Problems, Title } from '../kernel/openapi.js';
import { Id } from '../kernel/path-id.js';
import { Problem } from '../kernel/problem.js';
import { LedgerRepository } from '../ledger/ledger.repository.js';
import { Presentations } from './presentation.js';

/** Everybody in the call may ask at once, and each look holds the call. */
const LOCK_WAIT_MS = 250;

const callerIds = z.object({
  callerIds: z
    .array(z.object({ participantId: z.uuid(), number: z.string().describe('E.164') }))
    .describe(
      "Those that you may see now; for a Ding the initiator's, for a conference those of the others in the room",
    ),
});

const MINUTE_MS = 60_000;

interface Look {
  viewerId: string;
  callId: string;
  purpose: CallPurpose;
}

/**
 * How often an account may look, in all its calls together.
 *
 * Holds plaintext: never.
 */
export class LookPace {
  constructor(readonly aMinute: number) {}
}

/**
 * The one answer that holds a number (D5c). Membership, ledger, number: in this order and in one
 * transaction, with the call locked, so that a call that ends at the same moment is either still
 * live or shows nothing. Everyone to whom the rule says no gets the 404 of a call that never was. The
 * rule is asked twice, here and by PostgreSQL, which believes no role who looks.
 *
 * Holds plaintext: from `presentations.reveal` until the answer is written.
 */
@Controller('v1')
@SignedIn()
export class CallerIdController {
  constructor(
    private readonly database: Database,
    private readonly calls: CallsRepository,
    private readonly ledger: LedgerRepository,
    private readonly presentations: Presentations,
    private readonly limiterKeys: LimiterKeys,
    private readonly pace: LookPace,
    private readonly clock: Clock,
  ) {}

  /** Shows a Ding's initiator to a recipient whose leg or notification has begun. */
  @Get('dings/:id/caller-id')
  @Title('See who sent a Ding')
  @Answer(200, callerIds, 'What you may see now')
  @Problems('NOT_FOUND', 'TOO_MANY_REQUESTS')
  ofDing(@Me() me: Me, @Id() callId: string): Promise<z.infer<typeof callerIds>> {
    return this.show(me, callId, 'ding');
  }

  /** Shows those in a conference's room now to one who is in it too. */
  @Get('conferences/:id/caller-id')
  @Title('See the numbers of those in the call')
  @Answer(200, callerIds, 'What you may see now')
  @Problems('NOT_FOUND', 'TOO_MANY_REQUESTS')
  ofConference(@Me() me: Me, @Id() callId: string): Promise<z.infer<typeof callerIds>> {
    return this.show(me, callId, 'conference');
  }

  private async show(
    me: Me,
    callId: string,
    purpose: CallPurpose,
  ): Promise<z.infer<typeof callerIds>> {
    const viewerId = me.accountId;
    const keys = await this.limiterKeys.keysFor(`caller-id:${viewerId}`, MINUTE_MS);
    return this.database.transaction(
      async (trx) => {
        const wanted = { viewerId, callId, purpose };
        // Whoever may see nothing takes no lock, and is never told to come again for one.
        await this.requireShown(trx, wanted, await this.calls.findCall(trx, callId));
        const call = await this.calls.lockCall(trx, callId);
        const { shown, now } = await this.requireShown(trx, wanted, call);
        const answer: z.infer<typeof callerIds> = { callerIds: [] };
        for (const { id: participantId } of shown) {
          const receipt = await this.ledger.recordLook(trx, callId, participantId);
          if (receipt === undefined) continue;
          const number = await this.presentations.reveal(trx, callId, participantId, receipt);
          // Where its key is gone, the ledger's entry goes with the transaction.
          if (number === undefined) throw new Problem('NOT_FOUND');
          answer.callerIds.push({ participantId, number: number.forParticipant() });
        }
        // A Ding has one number to show: without it there is nothing here.
        if (purpose === 'ding' && answer.callerIds.length === 0) throw new Problem('NOT_FOUND');
        if (answer.callerIds.length > 0) await this.requirePace(trx, keys, now);
        return answer;
      },
      { as: me, lockWaitMs: LOCK_WAIT_MS },
    );
  }

  /** Asks the rule, of what stands now: waiting for the lock must not make a call live again. */
  private async requireShown(
    trx: Transaction,
    { viewerId, callId, purpose }: Look,
    call: CallView | undefined,
  ): Promise<{ shown: Participant[]; now: Date }> {
    const now = this.clock.now();
    const shown =
      call?.purpose === purpose
        ? shownTo(viewerId, call, await listParticipants(trx, callId), now)
        : undefined;
    if (shown === undefined) throw new Problem('NOT_FOUND');
    return { shown, now };
  }

  /** What shows nothing counts for nothing: whoever waits for a ring may ask as often as they like. */
  private async requirePace(
    trx: Transaction,
    keys: [Buffer, ...Buffer[]],
    now: Date,
  ): Promise<void> {
    const rules = [{ max: this.pace.aMinute, windowMs: MINUTE_MS }];
    const taken = await takeHit(trx, keys, rules, now);
    if (!taken.ok) throw new Problem('TOO_MANY_REQUESTS', { retryAt: taken.retryAt });
  }
}
