import { Injectable } from '@nestjs/common';
import type { Claimed } from '../../handoff/handoffs.repository.js';
import type { Transaction } from '../../kernel/database.js';
import { sha256 } from '../../kernel/digest.js';
import type { Redacted } from '../../kernel/redacted.js';
import { bindCode, Code } from '../code.js';
import { Sealer } from '../vault/epoch.js';
import { NumbersRepository } from '../vault/numbers.repository.js';

/**
 * Codes are hashed under this.
 *
 * Holds plaintext: never.
 */
export class CodePepper {
  constructor(readonly key: Redacted<Uint8Array>) {}
}

/**
 * Makes a verification's code, in the transaction that claims the first hand-off to bring it: until
 * a worker has it in hand there is none, so whoever serves people doesn't know it before it is typed
 * in. It is sealed for what is sent again, and its digest is stored to be compared with.
 *
 * Holds plaintext: a new code, from `make` on; it is the caller's to forget.
 */
@Injectable()
export class HandoffCodes {
  constructor(
    private readonly numbers: NumbersRepository,
    private readonly sealer: Sealer,
    private readonly pepper: CodePepper,
  ) {}

  /** Undefined where there is nothing to make: it has one, or needs none. */
  async make(trx: Transaction, { purpose, subjectId }: Claimed): Promise<Code | undefined> {
    if (purpose !== 'verification') return undefined;
    const digits = await this.numbers.findDigitsToMake(trx, subjectId);
    if (digits === undefined) return undefined;
    const code = Code.random(digits);
    const digest = sha256(bindCode(code.hashUnder(this.pepper.key.reveal()), subjectId));
    const sealed = await this.sealer.seal(subjectId, 'code', code.forStorage());
    return (await this.numbers.storeCode(trx, subjectId, { sealed, digest, digits }))
      ? code
      : undefined;
  }
}
