import { Injectable } from '@nestjs/common';
import type { Executor } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import type { Redacted } from '../kernel/redacted.js';
import { bindCode, Code } from './code.js';
import type { SubmittedNumber } from './number.pipes.js';
import type { Sealer } from './vault/epoch.js';
import type { NumbersRepository } from './vault/numbers.repository.js';

// The one file of src/plaintext that others may import. Nothing here gives a number or a code to
// anyone but, of a request's own, to its sender.
export type { NumberRef } from '../kernel/ids.js';
export { NumberEcho } from './number-echo.interceptor.js';
export {
  LookupNumber,
  Submission,
  lookupNumber,
  SubmittedCheckPipe,
  SubmittedCode,
  submittedCode,
  SubmittedCodePipe,
  submittedDevice,
  SubmittedNumber,
  submittedNumber,
  SubmittedNumberPipe,
  SubmittedToPipe,
} from './number.pipes.js';
export { NumberInPath } from './path-numbers.js';

/**
 * What the features do with numbers and codes without having one.
 *
 * Holds plaintext: a new code, while `makeCode` runs.
 */
@Injectable()
export class Gate {
  constructor(
    private readonly numbers: NumbersRepository,
    private readonly sealer: Sealer,
    private readonly codePepper: Redacted<Uint8Array>,
  ) {}

  /**
   * Makes a code for a verification: sealed for the worker, with what a check compares with. A test
   * number has its code: nobody is to be told it, so nothing is sealed.
   */
  async makeCode(
    verificationId: string,
    number: SubmittedNumber | undefined,
    digits: number,
  ): Promise<{ sealed: Buffer | undefined; hash: Buffer }> {
    const fixed = number?.fixedCodeHash(verificationId);
    if (fixed !== undefined) return { sealed: undefined, hash: fixed };
    const code = Code.random(digits);
    return {
      sealed: await this.sealer.seal(verificationId, 'code', code.forStorage()),
      hash: bindCode(code.hashUnder(this.codePepper.reveal()), verificationId),
    };
  }

  /**
   * The permanent index that the worker wrote when it opened the number; undefined until then. A
   * test number has its own from the start.
   */
  async findNumberIndex(db: Executor, ref: NumberRef): Promise<Buffer | undefined> {
    return this.numbers.findIndex(db, ref);
  }
}
