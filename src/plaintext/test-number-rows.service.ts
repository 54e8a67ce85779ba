import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import { TestNumbers } from './test-numbers.js';
import { Sealer } from './vault/epoch.js';
import { NumbersRepository } from './vault/numbers.repository.js';

/**
 * Writes the rows of the test numbers as the worker starts: a start by one of them refers to its
 * row, and its code can then be checked at once. Those that the settings don't name any more are
 * test numbers no longer.
 *
 * Holds plaintext: while it starts.
 */
@Injectable()
export class TestNumberRows implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly numbers: NumbersRepository,
    private readonly sealer: Sealer,
    private readonly testNumbers: TestNumbers,
  ) {}

  async onModuleInit(): Promise<void> {
    const rows = [];
    for (const { number, index, keyedCode } of this.testNumbers.registered) {
      const ref = toRef(index);
      const sealed = await this.sealer.seal(ref, 'number', number.forStorage());
      rows.push({
        number_ref: ref,
        sealed: hex(sealed),
        number_index: hex(index),
        inner_key: hex(padKey(keyedCode, 0x36)),
        outer_key: hex(padKey(keyedCode, 0x5c)),
      });
    }
    await this.numbers.setTestNumbers(this.database.sql, rows);
  }
}

const BLOCK_BYTES = 64;

/** A key as HMAC-SHA-256 takes it in: filled up to a block, each byte XORed (RFC 2104, section 2). */
export const padKey = (key: Uint8Array, pad: number): Buffer =>
  Buffer.alloc(BLOCK_BYTES, pad).map((byte, i) => byte ^ (key[i] ?? 0)) as Buffer;

const hex = (bytes: Uint8Array): string => `\\x${Buffer.from(bytes).toString('hex')}`;

/** Always the same row: what was proved by it stays so when the worker starts again. */
function toRef(index: Buffer): NumberRef {
  const digits = index.toString('hex');
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20, 32),
  ].join('-') as NumberRef;
}
