import { Injectable } from '@nestjs/common';
import type { Sql } from '../kernel/database.js';
import { type CallMoment, type CallScript, HANG_UP } from './call-script.js';

/** Says what a leg's call is to say next, inside the transaction that writes what the key meant. */
export type Instructor = (trx: Sql, legId: string, moment: CallMoment, now: Date) => Promise<CallScript>;

/** The features answer the carrier's requests for instructions without an import: each registers for its purpose. */
@Injectable()
export class CallInstructions {
  private readonly instructors = new Map<string, Instructor>();

  on(purpose: string, instructor: Instructor): void {
    this.instructors.set(purpose, instructor);
  }

  /** A call that nobody answers for is ended, rather than left talking to itself. */
  next(trx: Sql, purpose: string, legId: string, moment: CallMoment, now: Date): Promise<CallScript> {
    return this.instructors.get(purpose)?.(trx, legId, moment, now) ?? Promise.resolve(HANG_UP);
  }
}
