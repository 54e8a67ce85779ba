import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import type { Language } from '../texts/catalogue.js';
import { holdsProof, type Proof, ProofRules } from './proof.js';

export interface AccountRow {
  id: string;
  login: string;
  name: string;
  language: Language;
}

export const NOTICE_KINDS = [
  'number_moved',
  'number_changed',
  'number_to_prove_again',
  'number_shown',
  'number_not_shown',
  'password_changed',
  'password_reset',
  'removed_from_team',
  'ding_unreached',
] as const;

export interface NoticeRow {
  id: string;
  kind: (typeof NOTICE_KINDS)[number];
  at: Date;
  /** Kinds that are about a call say which it is, and whom of it they are about. */
  callId: string | null;
  purpose: 'ding' | 'conference' | null;
  accountIds: string[] | null;
}

/** Whose id it is PostgreSQL says: no login chooses one. */
export type SignedUp = { id: string } | 'taken' | 'uninvited';

/** Reads and writes accounts; reads their verified numbers, and their notices. */
@Injectable()
export class AccountsRepository {
  constructor(private readonly rules: ProofRules) {}

  /** An invite serves once. */
  async insert(
    db: Executor,
    account: Omit<AccountRow, 'id'> & {
      stretch: string;
      stretched: Buffer;
      inviteHash?: Buffer | undefined;
    },
  ): Promise<SignedUp> {
    const { rows } = await sql<{ outcome: 'made' | 'taken' | 'uninvited'; id: string }>`
      SELECT outcome, account AS id
      FROM sign_up(
        ${account.login},
        ${account.name},
        ${account.language},
        ${account.stretch},
        ${account.stretched},
        ${account.inviteHash ?? null}
      )
    `.execute(db);
    const [made] = rows;
    return made?.outcome === 'made' ? { id: made.id } : (made?.outcome ?? 'taken');
  }

  async find(
    db: Executor,
    id: string,
  ): Promise<{ account: AccountRow; proof: Proof | null } | undefined> {
    const { rows } = await sql<
      AccountRow & { verifiedAt: Date | null; mustProveSince: Date | null }
    >`
      SELECT
        a.id,
        a.login,
        a.name,
        a.language,
        n.verified_at AS "verifiedAt",
        n.must_prove_since AS "mustProveSince"
      FROM accounts a
      LEFT JOIN account_numbers n ON n.account_id = a.id
      WHERE a.id = ${id}
    `.execute(db);
    if (rows[0] === undefined) return undefined;
    const { verifiedAt, mustProveSince, ...account } = rows[0];
    return { account, proof: verifiedAt && { verifiedAt, mustProveSince } };
  }

  /** Only its own person may change an account. */
  async update(
    trx: Transaction,
    id: string,
    { name, language }: { name?: string | undefined; language?: Language | undefined },
  ): Promise<void> {
    await sql`
      UPDATE accounts
      SET name = coalesce(${name ?? null}, name), language = coalesce(${language ?? null}, language)
      WHERE id = ${id}
    `.execute(trx);
  }

  // For a Ding ------------------------------------------------------------------------------------

  async findLanguageAndName(
    db: Executor,
    id: string,
  ): Promise<{ language: Language; name: string } | undefined> {
    const { rows } = await sql<{ language: Language; name: string }>`
      SELECT language, name
      FROM accounts
      WHERE id = ${id}
    `.execute(db);
    return rows[0];
  }

  /**
   * Keeps these accounts' numbers theirs until the transaction ends: what is begun by a number is
   * either there when it moves, and ended with it, or begun by what they have then. It comes before
   * any call is locked, as a right code does (numbers.sql).
   */
  async holdNumbers(trx: Transaction, accountIds: readonly string[]): Promise<void> {
    await sql`SELECT hold_numbers(${accountIds}::uuid[])`.execute(trx);
  }

  /** Nothing is begun with this account's number until the transaction ends: see `holdNumbers`. */
  async lockNumber(trx: Transaction, accountId: string): Promise<void> {
    await sql`SELECT lock_number(${accountId})`.execute(trx);
  }

  /**
   * Finds how these accounts can be reached, in no order; one that isn't there is left out. A
   * number that must be proved again reaches nobody, nor is it reached while its account is blocked.
   */
  async findReachable(
    db: Executor,
    ids: readonly string[],
    now: Date,
  ): Promise<
    {
      accountId: string;
      language: Language;
      number: { numberRef: NumberRef; numberIndex: Buffer } | undefined;
    }[]
  > {
    const { rows } = await sql<{
      accountId: string;
      language: Language;
      numberRef: NumberRef | null;
      numberIndex: Buffer | null;
      verifiedAt: Date | null;
      mustProveSince: Date | null;
    }>`
      SELECT
        a.id AS "accountId",
        a.language,
        n.number_ref AS "numberRef",
        n.number_index AS "numberIndex",
        n.verified_at AS "verifiedAt",
        n.must_prove_since AS "mustProveSince"
      FROM accounts a
      LEFT JOIN account_numbers n ON n.account_id = a.id AND a.blocked_at IS NULL
      WHERE a.id = ANY (${ids}::uuid[])
    `.execute(db);
    return rows.map(
      ({ accountId, language, numberRef, numberIndex, verifiedAt, mustProveSince }) => {
        const isProved =
          verifiedAt !== null && holdsProof({ verifiedAt, mustProveSince }, this.rules, now);
        return {
          accountId,
          language,
          number:
            numberRef === null || numberIndex === null || !isProved
              ? undefined
              : { numberRef, numberIndex },
        };
      },
    );
  }

  /** The account's number, also while it must be proved again. */
  async findNumber(
    db: Executor,
    accountId: string,
  ): Promise<{ numberRef: NumberRef; numberIndex: Buffer; verifiedAt: Date } | undefined> {
    const { rows } = await sql<{ numberRef: NumberRef; numberIndex: Buffer; verifiedAt: Date }>`
      SELECT number_ref AS "numberRef", number_index AS "numberIndex", verified_at AS "verifiedAt"
      FROM account_numbers
      WHERE account_id = ${accountId}
    `.execute(db);
    return rows[0];
  }

  // Notices ---------------------------------------------------------------------------------------

  /** Lists them, the newest first, or those before one of the account's own. */
  async listNotices(
    db: Executor,
    accountId: string,
    limit: number,
    before: string | undefined,
  ): Promise<NoticeRow[]> {
    const { rows } = await sql<NoticeRow>`
      SELECT id, kind, at, call_id AS "callId", purpose, shown_to AS "accountIds"
      FROM notices
      WHERE account_id = ${accountId}
        ${
          before === undefined
            ? sql``
            : sql`AND (at, id) < (
                SELECT last.at, last.id
                FROM notices last
                WHERE last.id = ${before} AND last.account_id = ${accountId}
              )`
        }
      ORDER BY at DESC, id DESC
      LIMIT ${limit}
    `.execute(db);
    return rows;
  }

  /** Lists the newest: so many of numbers that were shown, and of all others. */
  async listNewestNotices(db: Executor, accountId: string, limit: number): Promise<NoticeRow[]> {
    // What comes with each call pushes out nothing else.
    const newest = (isShown: boolean): RawBuilder<unknown> => sql`
      (
        SELECT *
        FROM notices
        WHERE account_id = ${accountId} AND (kind = 'number_shown') = ${isShown}
        ORDER BY at DESC, id DESC
        LIMIT ${limit}
      )
    `;
    const { rows } = await sql<NoticeRow>`
      SELECT id, kind, at, call_id AS "callId", purpose, shown_to AS "accountIds"
      FROM (${newest(true)} UNION ALL ${newest(false)}) AS both_kinds
      ORDER BY at DESC, id DESC
    `.execute(db);
    return rows;
  }
}
