import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import type { LedgerBody, LedgerEntry } from './ledger.js';

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

/** Under 20 kB. */
export const LEDGER_PAGE = 25;

@Injectable()
export class LedgerRepository {
  /**
   * Records that the number of a hand-off in the worker's hands is about to be opened: for the
   * carrier, for its call's participants, or, once it was, that nobody was given it. The receipt
   * opens only once this transaction is committed, so that a crash may leave an entry without an
   * opening, never an opening without an entry.
   */
  async recordOpening(
    trx: Transaction,
    handoffId: string,
    givenTo: `carrier:${string}` | 'nobody' | 'participants',
  ): Promise<Receipt> {
    const { rows } = await sql<{ entry: LedgerBody | null }>`
      SELECT record_opening(
        ${handoffId}::uuid, ${givenTo === 'participants' ? null : givenTo}::text
      ) AS entry
    `.execute(trx);
    const entry = rows[0]?.entry ?? undefined;
    if (entry === undefined) throw new Error('a hand-off is opened by whoever has claimed it');
    return issue(entry.id, Object.freeze(entry));
  }

  /**
   * Records that the number of a hand-off of unknown fate is about to be opened, to ask the carrier
   * for it. Undefined: it is not unknown any more, or was asked for often enough.
   */
  async recordAsking(
    trx: Transaction,
    handoffId: string,
    asked: `carrier:${string}`,
  ): Promise<Receipt | undefined> {
    const { rows } = await sql<{ entry: LedgerBody | null }>`
      SELECT record_asking(${handoffId}::uuid, ${asked}::text) AS entry
    `.execute(trx);
    const entry = rows[0]?.entry ?? undefined;
    return entry && issue(entry.id, Object.freeze(entry));
  }

  /**
   * Records that whoever asks is about to be shown a participant's number: the first look in a call
   * has an entry of its own, all of them another when the call ends. Undefined: there is none for
   * them.
   */
  async recordLook(
    trx: Transaction,
    callId: string,
    participantId: string,
  ): Promise<Receipt | undefined> {
    const { rows } = await sql<{ entry: LedgerEntry | null }>`
      SELECT record_look(${callId}::uuid, ${participantId}::uuid) AS entry
    `.execute(trx);
    const entry = rows[0]?.entry ?? undefined;
    return entry && issue('', Object.freeze(entry));
  }

  /** Lists what was opened or shown of a person's number, the newest first, or those before one. */
  async listEntries(
    db: Executor,
    accountId: string,
    { limit = LEDGER_PAGE, before }: { limit?: number; before?: string | undefined } = {},
  ): Promise<OwnEntry[]> {
    const { rows } = await sql<OwnEntry>`
      SELECT e.seq, e.at, e.commitment, r.salt, r.body
      FROM ledger_readable r
      JOIN ledger_entries e ON e.id = r.entry_id
      WHERE r.subject_id = ${accountId}
        ${before === undefined ? sql`` : sql`AND e.seq < ${before}::bigint`}
      ORDER BY e.seq DESC
      LIMIT ${limit}
    `.execute(db);
    return rows;
  }
}
