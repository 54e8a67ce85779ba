import { Injectable } from '@nestjs/common';
import { Database } from '../../kernel/database.js';
import type { NumberRef } from '../../kernel/ids.js';
import type { Receipt } from '../../ledger/ledger.repository.js';
import { Code } from '../code.js';
import { PhoneNumber } from '../phone-number.js';
import { type OpenedEpoch, openEpoch, type Purpose } from './epoch.js';
import type { Keyring } from './keyring.js';
import type { NumberIndex } from './number-index.js';
import { NumbersRepository, type SealedRow } from './numbers.repository.js';

/** An epoch costs 1.4 ms to open; an hour of one busy `api` process has 60. */
const CACHED_EPOCHS = 256;

/**
 * Opens what `api` sealed, in the worker alone. A number takes a receipt: the ledger's word that
 * this opening, for this purpose, is written down and committed.
 *
 * Holds plaintext: while `open` or `openCode` runs; what it hands out is the caller's to forget.
 */
@Injectable()
export class Vault {
  /**
   * In order of last use, oldest first. Not wiped when dropped: the keys that make them anew are
   * beside them.
   */
  private readonly epochs = new Map<string, Promise<OpenedEpoch>>();

  constructor(
    private readonly database: Database,
    private readonly numbers: NumbersRepository,
    private readonly keyring: Keyring,
    private readonly index: NumberIndex,
  ) {}

  /**
   * @throws if the receipt is for another number, was used, or its entry isn't committed; if the
   * row is gone or altered
   */
  async open(ref: NumberRef, receipt: Receipt): Promise<PhoneNumber> {
    receipt.spendOn(ref);
    const row = await this.numbers.findSealed(this.database.sql, ref, receipt.entryId);
    if (row === undefined) throw new Error('no such number, or its ledger entry is not committed');
    const number = await this.openRow(ref, 'number', row, (text) => PhoneNumber.fromStored(text));
    // Before it is used: the check that follows the use compares and moves this value.
    if (!row.hasIndex)
      await this.numbers.setIndex(this.database.sql, ref, this.index.compute(number));
    return number;
  }

  /** No receipt: a code is no datum of a person. Undefined when its verification has finished. */
  async openCode(verificationId: string): Promise<Code | undefined> {
    const row = await this.numbers.findSealedCode(this.database.sql, verificationId);
    return row && this.openRow(verificationId, 'code', row, (text) => Code.fromStored(text));
  }

  /**
   * A number that an operator has typed, as its index alone. No receipt: what is found by it gets an
   * entry of its own, in the statement that finds it.
   */
  async indexLooked(lookId: string): Promise<Buffer | undefined> {
    const row = await this.numbers.findSealedLook(this.database.sql, lookId);
    return (
      row &&
      this.openRow(lookId, 'look', row, (text) => this.index.compute(PhoneNumber.fromStored(text)))
    );
  }

  private async openRow<T>(
    rowId: string,
    purpose: Purpose,
    row: SealedRow,
    read: (text: Buffer) => T,
  ): Promise<T> {
    const epoch = await this.findEpoch(row);
    const text = epoch.open(rowId, purpose, row.sealed);
    try {
      return read(text);
    } finally {
      text.fill(0);
    }
  }

  private findEpoch({ epochId, keyVersion, enc }: SealedRow): Promise<OpenedEpoch> {
    let epoch = this.epochs.get(epochId);
    if (epoch === undefined) {
      epoch = openEpoch(this.keyring, { id: epochId, keyVersion, enc });
      epoch.catch(() => this.epochs.delete(epochId));
    }
    this.epochs.delete(epochId);
    this.epochs.set(epochId, epoch);
    if (this.epochs.size > CACHED_EPOCHS)
      this.epochs.delete(this.epochs.keys().next().value as string);
    return epoch;
  }
}
