import { Injectable } from '@nestjs/common';
import type { Sql } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import type { Redacted } from '../kernel/redacted.js';
import { bindCode, Code, isSameHash } from './code.js';
import type { SubmittedCode, SubmittedNumber } from './number.pipes.js';
import type { Sealer } from './vault/epoch.js';
import type { NumbersRepository } from './vault/numbers.repository.js';

// The one file of src/plaintext that others may import. Nothing here gives a number or a code to anyone.
export type { NumberRef } from '../kernel/ids.js';
export { SubmittedCode, submittedCode, SubmittedCodePipe, SubmittedNumber, submittedNumber, SubmittedNumberPipe } from './number.pipes.js';

/**
 * Takes numbers and codes away; every role may.
 *
 * Holds plaintext: never.
 */
@Injectable()
export class Erasure {
  constructor(protected readonly numbers: NumbersRepository) {}

  /** When its verification finishes. */
  async eraseCode(trx: Sql, verificationId: string): Promise<void> {
    await this.numbers.eraseCode(trx, verificationId);
  }

  /** The database refuses while anything still refers to it. */
  async eraseNumber(trx: Sql, ref: NumberRef): Promise<void> {
    await this.numbers.erase(trx, ref);
  }
}

/**
 * What the features do with numbers and codes without having one.
 *
 * Holds plaintext: a new code, while `storeCode` runs.
 */
@Injectable()
export class Gate extends Erasure {
  constructor(
    numbers: NumbersRepository,
    private readonly sealer: Sealer,
    private readonly codePepper: Redacted<Uint8Array>,
  ) {
    super(numbers);
  }

  /** Under `submitted.ref`. */
  async storeNumber(trx: Sql, submitted: SubmittedNumber): Promise<void> {
    await this.numbers.insert(trx, submitted.ref, submitted.sealed, submitted.testIndex);
  }

  /**
   * Makes a code for a verification whose row is there, seals it for the worker, and gives what a check compares with. A
   * test number has its code: nobody is to be told it, so nothing is sealed.
   */
  async storeCode(trx: Sql, verificationId: string, number?: SubmittedNumber): Promise<{ hash: Buffer }> {
    const fixed = number?.fixedCodeHash(verificationId);
    if (fixed !== undefined) return { hash: fixed };
    const code = Code.random();
    await this.numbers.insertCode(trx, verificationId, await this.sealer.seal(verificationId, 'code', code.forStorage()));
    return { hash: bindCode(code.hashUnder(this.codePepper.reveal()), verificationId) };
  }

  /** In constant time. Claim the attempt first. */
  codeMatches(stored: Buffer, submitted: SubmittedCode, verificationId: string): boolean {
    return isSameHash(stored, submitted.boundTo(verificationId));
  }

  /** The permanent index that the worker wrote when it opened the number; undefined until then. A test number has its own from the start. */
  async numberIndexOf(trx: Sql, ref: NumberRef): Promise<Buffer | undefined> {
    return this.numbers.findIndex(trx, ref);
  }
}
