import { Injectable } from '@nestjs/common';
import { type AskingCall, CallInstructions } from '../calls/call-instructions.service.js';
import type { CallMoment, CallScript } from '../calls/call-script.js';
import { CallbacksRepository } from '../handoff/callbacks.repository.js';
import type { Transaction } from '../kernel/database.js';
import { codeScript } from './code-script.js';
import { CodeSendsRepository } from './code-sends.repository.js';

/**
 * Decides what a call with a code says, in `ingress`. It decides that the code is spoken; it never
 * has it.
 */
@Injectable()
export class VerificationCalls {
  constructor(
    private readonly callbacks: CallbacksRepository,
    private readonly sends: CodeSendsRepository,
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
    const { handoffId, language, digitAt } = call;
    // The callback that says so may be late or lost; that the phone speaks with us proves it.
    await this.callbacks.advanceDelivery(trx, handoffId, 'answered');
    const onPhone = (await this.sends.findOnPhone(trx, verificationId, call, now)) ?? {
      isOver: true,
      isSilenced: true,
    };
    const { script, effect } = codeScript({ ...onPhone, language }, moment, digitAt);
    if (effect === 'spoken') await this.callbacks.advanceDelivery(trx, handoffId, 'delivered');
    return script;
  }
}
