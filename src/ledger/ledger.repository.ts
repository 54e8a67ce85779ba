import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Clock } from '../kernel/clock.js';
import type { Executor, Transaction } from '../kernel/database.js';
import { newId, type NumberRef } from '../kernel/ids.js';
import { canonicalJson, commit, type LedgerBody, type LedgerEntry, SALT_BYTES } from './ledger.js';

let issue: (id: string, entry: LedgerEntry) => Receipt;

/**
 * Proof that an opening was recorded: the vault takes nothing else. Only this file can make one
 * (the constructor is private, and a `#field` keeps look-alikes out), it is for the number and
 * purpose that the entry names, and it is good for one opening.
 */
export class Receipt {
  #isSpent = false;

  private constructor(
    readonly entryId: string,
    private readonly entry: LedgerEntry,
  ) {
    Object.freeze(this);
  }

  static {
    issue = (id, entry) => new Receipt(id, entry);
  }

  get purpose(): LedgerEntry['purpose'] {
    return this.entry.purpose;
  }

  /**
   * Uses it up, for opening a number to hand it to a carrier or to re-seal it for a call. It throws
   * if the receipt is for anything else.
   */
  spendOn(ref: NumberRef): void {
    this.#spend(
      this.entry.numberRef === ref && /^(carrier|participants):/.test(this.entry.recipient),
    );
  }

  /** Uses it up, for showing this number of `subjectId` to one account within a call. */
  spendOnReveal(callId: string, subjectId: string, ref: NumberRef | null): void {
    this.#spend(
      this.entry.recipient.startsWith('account:') &&
        this.entry.callId === callId &&
        this.entry.subjectId === subjectId &&
        this.entry.numberRef === ref,
    );
  }

  #spend(isFor: boolean): void {
    if (!isFor) throw new Error('this receipt is for another opening');
    if (this.#isSpent) throw new Error('this receipt is spent');
    this.#isSpent = true;
  }
}

/** An entry as its person may read and check it: `commitment` is SHA-256 of salt and body. */
export interface OwnEntry {
  seq: string;
  at: Date;
  commitment: Buffer;
  salt: Buffer;
  body: string;
}

@Injectable()
export class LedgerRepository {
  constructor(private readonly clock: Clock) {}

  /**
   * Records an opening that is about to happen. The receipt opens only once this transaction is
   * committed, so that a crash may leave an entry without an opening, never an opening without an
   * entry.
   */
  async record(trx: Transaction, entry: LedgerEntry): Promise<Receipt> {
    const id = newId();
    const at = this.clock.now();
    const salt = randomBytes(SALT_BYTES);
    const body = canonicalJson({ ...entry, id, at: at.toISOString() } satisfies LedgerBody);
    await sql`
      WITH entry AS (
        INSERT INTO ledger_entries (id, commitment, at)
        VALUES (${id}, ${commit(salt, body)}, ${at})
      )
      INSERT INTO ledger_readable (entry_id, subject_id, salt, body)
      VALUES (${id}, ${entry.subjectId}, ${salt}, ${body})
    `.execute(trx);
    return issue(id, Object.freeze({ ...entry }));
  }

  /** Lists what was opened or shown of a person's number, the newest first. */
  async listEntries(db: Executor, accountId: string, limit = 100): Promise<OwnEntry[]> {
    const { rows } = await sql<OwnEntry>`
      SELECT e.seq, e.at, e.commitment, r.salt, r.body
      FROM ledger_readable r
      JOIN ledger_entries e ON e.id = r.entry_id
      WHERE r.subject_id = ${accountId}
      ORDER BY e.seq DESC
      LIMIT ${limit}
    `.execute(db);
    return rows;
  }
}
