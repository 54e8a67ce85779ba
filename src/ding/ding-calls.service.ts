import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { CallInstructions } from '../calls/call-instructions.service.js';
import { type CallMoment, type CallScript, HANG_UP } from '../calls/call-script.js';
import { CallsRepository } from '../calls/calls.repository.js';
import type { CarrierEvent, Handoff } from '../handoff/handoff.js';
import { type OutcomeListener, Outcomes, type Settled, type ToPresent } from '../handoff/outcomes.service.js';
import type { Sql } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import { dingScript } from './ding-script.js';
import { DingsRepository } from './dings.repository.js';

/**
 * A Ding from the carrier's side: what becomes of its legs, what its calls say, what keys mean. Runs in `worker` and in
 * `ingress`; it never sees a number.
 */
@Injectable()
export class DingCalls implements OutcomeListener {
  constructor(
    private readonly calls: CallsRepository,
    private readonly dings: DingsRepository,
    outcomes: Outcomes,
    instructions: CallInstructions,
  ) {
    outcomes.on('ding', this);
    instructions.on('ding', (trx, legId, moment, now) => this.instruct(trx, legId, moment, now));
  }

  async isWanted(trx: Sql, handoff: Handoff): Promise<boolean> {
    const leg = await this.calls.findLeg(trx, handoff.subjectId);
    return leg !== undefined && leg.isCallLive && !(await this.dings.isStopped(trx, leg.participantId));
  }

  /** The initiator's number, for the recipients to see once their leg has begun. */
  async toPresent(trx: Sql, handoff: Handoff): Promise<ToPresent | undefined> {
    const { rows } = await sql<{ callId: string; participantId: string; accountId: string; numberRef: NumberRef; expiresAt: Date }>`
      SELECT c.id AS "callId", p.id AS "participantId", p.account_id AS "accountId", n.number_ref AS "numberRef", c.ends_at AS "expiresAt"
      FROM legs l JOIN calls c ON c.id = l.call_id
      JOIN participants p ON p.call_id = c.id AND p.role = 'initiator'
      JOIN account_numbers n ON n.account_id = p.account_id
      WHERE l.id = ${handoff.subjectId} AND NOT EXISTS (SELECT FROM presentations x WHERE x.call_id = c.id AND x.participant_id = p.id)
    `.execute(trx);
    return rows[0];
  }

  async settled(trx: Sql, handoff: Handoff, settled: Settled, now: Date): Promise<void> {
    if (settled.state === 'accepted') return;
    if (settled.state === 'unknown') return this.calls.noteUnknown(trx, handoff.subjectId);
    await this.endLeg(trx, handoff.subjectId, settled.reason, now);
  }

  async carrierEvent(trx: Sql, handoff: Handoff, event: CarrierEvent, now: Date): Promise<void> {
    if (event.kind === 'machine') return this.calls.noteMachine(trx, handoff.subjectId);
    if (event.kind !== 'call') return;
    if (event.state === 'ended') await this.endLeg(trx, handoff.subjectId, event.reason ?? 'hung_up', now);
    else await this.calls.advanceLeg(trx, handoff.subjectId, event.state, undefined, now);
  }

  /** Ends a leg, and with the last one the call. */
  async endLeg(trx: Sql, legId: string, reason: string, now: Date): Promise<void> {
    const ended = await this.calls.advanceLeg(trx, legId, 'ended', reason, now);
    if (ended !== undefined && !(await this.calls.hasOpenLegs(trx, ended.callId))) await this.calls.endCall(trx, ended.callId, 'finished', now);
  }

  private async instruct(trx: Sql, legId: string, moment: CallMoment, now: Date): Promise<CallScript> {
    const leg = await this.calls.findLeg(trx, legId);
    const onPhone = leg && (await this.dings.onPhone(trx, leg.participantId));
    if (leg === undefined || onPhone === undefined) return HANG_UP;
    // The callback that says so may be late or lost; that the phone speaks with us proves it.
    await this.calls.advanceLeg(trx, legId, 'answered', undefined, now);
    const { script, effect } = dingScript({ ...onPhone, hasEnded: !leg.isCallLive, isMachine: leg.isMachine }, moment);
    if (effect === 'confirm') await this.dings.confirm(trx, leg.participantId, now);
    if (effect === 'stop') await this.dings.stop(trx, leg.participantId, now);
    return script;
  }
}
