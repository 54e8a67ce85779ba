import { Controller, Get, Header } from '@nestjs/common';
import { z } from 'zod';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { Me, SignedIn } from '../accounts/session.guard.js';
import { maySeeInitiator } from '../calls/call.js';
import { CallsRepository } from '../calls/calls.repository.js';
import { Clock } from '../kernel/clock.js';
import { Database } from '../kernel/database.js';
import { Id } from '../kernel/id.pipe.js';
import { Answer } from '../kernel/openapi.js';
import { Problem } from '../kernel/problem.js';
import { LedgerRepository } from '../ledger/ledger.repository.js';
import { Presentations } from './presentation.js';

const callerIds = z.object({
  callerIds: z.array(z.object({ participantId: z.uuid(), number: z.string().describe('E.164') })).describe('Those that you may see now; for a Ding the initiator\'s'),
});

/**
 * The one answer that holds a number (D5c). Membership, ledger, number: in this order and in one transaction, with the
 * call locked, so that a call that ends at the same moment is either still live or shows nothing. Everyone to whom the
 * rule says no gets the 404 of a call that never was.
 *
 * Holds plaintext: from `presentations.reveal` until the answer is written.
 */
@Controller('v1/dings')
@SignedIn()
export class CallerIdController {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountsRepository,
    private readonly calls: CallsRepository,
    private readonly ledger: LedgerRepository,
    private readonly presentations: Presentations,
    private readonly clock: Clock,
  ) {}

  @Get(':id/caller-id')
  @Header('Cache-Control', 'no-store')
  @Answer(200, callerIds, 'What you may see now')
  callerId(@Me() me: Me, @Id() callId: string): Promise<z.infer<typeof callerIds>> {
    const now = this.clock.now();
    return this.database.transaction(async (trx) => {
      const viewer = await this.calls.viewerOf(trx, callId, me.accountId);
      const call = viewer && (await this.calls.lockCall(trx, callId));
      const initiator = call && maySeeInitiator(call, viewer, now) ? await this.calls.initiatorOf(trx, callId) : undefined;
      const owned = initiator && (await this.accounts.numberOf(trx, initiator.accountId));
      if (initiator === undefined || owned === undefined) throw new Problem('NOT_FOUND');
      const receipt = await this.ledger.record(trx, {
        subjectId: initiator.accountId, numberRef: owned.numberRef, callId, recipient: `account:${me.accountId}`, basis: 'D5c', purpose: 'ding', fields: ['number'],
      });
      const number = await this.presentations.reveal(trx, callId, initiator.participantId, receipt);
      if (number === undefined) throw new Problem('NOT_FOUND');
      return { callerIds: [{ participantId: initiator.participantId, number: number.forParticipant() }] };
    });
  }
}
