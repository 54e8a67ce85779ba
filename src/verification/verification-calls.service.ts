import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { type AskingCall, CallInstructions } from '../calls/call-instructions.service.js';
import type { CallMoment, CallScript } from '../calls/call-script.js';
import type { Transaction } from '../kernel/database.js';
import { codeScript } from './code-script.js';
import { CallbacksRepository } from '../handoff/callbacks.repository.js';

/** What a call with a code says, in `ingress`. It decides that the code is spoken; it never has it. */
@Injectable()
export class VerificationCalls {
  constructor(
    private readonly callbacks: CallbacksRepository,
    instructions: CallInstructions,
  ) {
    instructions.on('verification', (trx, verificationId, moment, now, call) =>
      this.instruct(trx, verificationId, moment, now, call),
    );
  }

  private async instruct(
    trx: Transaction,
    verificationId: string,
    moment: CallMoment,
    now: Date,
    call: AskingCall,
  ): Promise<CallScript> {
    // The callback that says so may be late or lost; that the phone speaks with us proves it.
    await this.callbacks.advanceDelivery(trx, call.handoffId, 'answered');
    const { rows } = await sql<{ isOver: boolean; isSilenced: boolean; appName: string | null }>`
      SELECT state <> 'pending' OR expires_at <= ${now} AS "isOver", (SELECT a.name FROM verify_services a WHERE a.id = service_id) AS "appName",
             NOT EXISTS (SELECT FROM spoken_codes s WHERE s.handoff_id = ${call.handoffId}) AS "isSilenced"
      FROM verifications WHERE id = ${verificationId}
    `.execute(trx);
    const onPhone = rows[0] ?? { isOver: true, isSilenced: true, appName: null };
    const { script, effect } = codeScript(
      { ...onPhone, language: call.language },
      moment,
      call.digitAt,
    );
    if (effect === 'spoken') await this.callbacks.advanceDelivery(trx, call.handoffId, 'delivered');
    return script;
  }
}
