import { Injectable } from '@nestjs/common';
import type { Transaction } from '../kernel/database.js';
import type { Language } from '../texts/catalogue.js';
import { type CallMoment, type CallScript, HANG_UP } from './call-script.js';

/** The call that asks. */
export interface AskingCall {
  handoffId: string;
  language: Language;
  /** The digit that a turn asks for; see asked-digit.ts. */
  digitAt: (turn: number, wrongKeys?: string) => string;
}

/**
 * Says what a call is to say next, inside the transaction that writes what the key meant, and in
 * which the call's capability was shown.
 * `subjectId` is what its hand-off is about: a leg, a verification. The same moment may come again,
 * and must then mean the same.
 */
export type Instructor = (
  trx: Transaction,
  subjectId: string,
  moment: CallMoment,
  now: Date,
  call: AskingCall,
) => Promise<CallScript>;

/**
 * The features answer the carrier's requests for instructions without an import: each registers for
 * its purpose.
 */
@Injectable()
export class CallInstructions {
  private readonly instructors = new Map<string, Instructor>();

  on(purpose: string, instructor: Instructor): void {
    this.instructors.set(purpose, instructor);
  }

  /** A call that nobody answers for is ended, rather than left talking to itself. */
  next(
    trx: Transaction,
    purpose: string,
    subjectId: string,
    moment: CallMoment,
    now: Date,
    call: AskingCall,
  ): Promise<CallScript> {
    return (
      this.instructors.get(purpose)?.(trx, subjectId, moment, now, call) ?? Promise.resolve(HANG_UP)
    );
  }
}
