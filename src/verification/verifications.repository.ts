import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Sql } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import type { Language } from '../texts/catalogue.js';
import { type GuessLimits, guessRules, MAX_CHECKS, type VerificationState, type VerificationView } from './verification-session.js';

export interface VerificationRow extends VerificationView {
  id: string;
  accountId: string;
  numberRef: NumberRef;
  /** Of a fixed line: no SMS. */
  isVoiceOnly: boolean;
  language: Language;
  createdAt: Date;
  finishedAt: Date | null;
}

const COLUMNS = sql.raw(`id, account_id AS "accountId", number_ref AS "numberRef", language, state, attempts, is_test AS "isTest", is_voice_only AS "isVoiceOnly",
  created_at AS "createdAt", last_send_at AS "lastSendAt", expires_at AS "expiresAt", finished_at AS "finishedAt"`);

/** Of a verification `v` of a number `n`: its starter is the account that has this number. */
const IS_OWNER = sql.raw('EXISTS (SELECT FROM account_numbers a WHERE a.account_id = v.account_id AND a.number_index = n.number_index)');

@Injectable()
export class VerificationsRepository {
  /** The code's hash comes with `setCode`, once the row is there. Of two starts at once for the same starter and number, one wins: the other gets undefined. */
  async insert(trx: Sql, row: { id: string; accountId: string; numberRef: NumberRef; limiterIndex: Buffer; country: string | null; prefixKey: Buffer; isTest: boolean; isVoiceOnly: boolean; language: Language; expiresAt: Date }, now: Date): Promise<VerificationRow | undefined> {
    const { rows } = await sql<VerificationRow>`
      INSERT INTO verifications (id, account_id, purpose, number_ref, limiter_index, country, prefix_key, is_test, is_voice_only, language, state, created_at, last_send_at, expires_at)
      VALUES (${row.id}, ${row.accountId}, 'account_number', ${row.numberRef}, ${row.limiterIndex}, ${row.country}, ${row.prefixKey}, ${row.isTest}, ${row.isVoiceOnly}, ${row.language}, 'pending', ${now}, ${now}, ${row.expiresAt})
      ON CONFLICT (account_id, purpose, limiter_index) WHERE state = 'pending' DO NOTHING
      RETURNING ${COLUMNS}
    `.execute(trx);
    return rows[0];
  }

  /** One's own only: another's is not there. */
  async find(trx: Sql, accountId: string, id: string, lock?: 'lock'): Promise<VerificationRow | undefined> {
    const { rows } = await sql<VerificationRow>`SELECT ${COLUMNS} FROM verifications WHERE id = ${id} AND account_id = ${accountId} ${lock === 'lock' ? sql`FOR UPDATE` : sql``}`.execute(trx);
    return rows[0];
  }

  async findLive(trx: Sql, accountId: string, limiterIndexes: readonly Buffer[], now: Date): Promise<VerificationRow | undefined> {
    const { rows } = await sql<VerificationRow>`
      SELECT ${COLUMNS} FROM verifications
      WHERE account_id = ${accountId} AND limiter_index = ANY (${limiterIndexes}::bytea[]) AND state = 'pending' AND expires_at > ${now}
      ORDER BY created_at DESC LIMIT 1
    `.execute(trx);
    return rows[0];
  }

  /**
   * What the number is counted under. `api` can't compute today's index of a number that was submitted yesterday; the
   * earlier one still counts while its verification lives.
   */
  async limiterIndexOf(trx: Sql, id: string): Promise<[Buffer]> {
    const { rows } = await sql<{ index: Buffer }>`SELECT limiter_index AS index FROM verifications WHERE id = ${id}`.execute(trx);
    if (rows[0] === undefined) throw new Error('the verification is gone');
    return [rows[0].index];
  }

  /** What the guard against pumping knows its number by; a row of before it came has nothing of that. */
  async whereabouts(trx: Sql, id: string): Promise<{ country: string | undefined; prefixKeys: Buffer[] }> {
    const { rows } = await sql<{ country: string | null; key: Buffer | null }>`SELECT country, prefix_key AS key FROM verifications WHERE id = ${id}`.execute(trx);
    return { country: rows[0]?.country ?? undefined, prefixKeys: rows.flatMap(({ key }) => (key === null ? [] : [key])) };
  }

  /** When this starter last had a code sent to this number: a cancel must not shorten the wait. */
  async lastSendAt(trx: Sql, accountId: string, limiterIndexes: readonly Buffer[]): Promise<Date | undefined> {
    const { rows } = await sql<{ at: Date | null }>`SELECT max(last_send_at) AS at FROM verifications WHERE account_id = ${accountId} AND limiter_index = ANY (${limiterIndexes}::bytea[])`.execute(trx);
    return rows[0]?.at ?? undefined;
  }

  /** Starts and sends of one account come one after the other. */
  async lockStarter(trx: Sql, accountId: string): Promise<void> {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${accountId}, 1))`.execute(trx);
  }

  /** The pending ones whose time is over, so that a new one may start. */
  async expireOf(trx: Sql, accountId: string, now: Date): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      UPDATE verifications SET state = 'expired', finished_at = expires_at, code_hash = NULL
      WHERE account_id = ${accountId} AND state = 'pending' AND expires_at <= ${now} RETURNING id
    `.execute(trx);
    return rows.map((row) => row.id);
  }

  async setCode(trx: Sql, id: string, hash: Buffer): Promise<void> {
    await sql`UPDATE verifications SET code_hash = ${hash} WHERE id = ${id}`.execute(trx);
  }

  async noteSend(trx: Sql, id: string, now: Date): Promise<void> {
    await sql`UPDATE verifications SET sends = sends + 1, last_send_at = ${now} WHERE id = ${id}`.execute(trx);
  }

  /**
   * Claims one of the five checks and one of the number's guesses, in one statement: of any number of guesses at once, in any
   * number of verifications, exactly so many are compared. A right code gives the number's guesses back (`forgetGuesses`).
   * A number without an index was never opened, so no code has left for it, and nothing is right.
   */
  async claimCheck(trx: Sql, accountId: string, id: string, limits: GuessLimits, now: Date): Promise<{ codeHash: Buffer; attempts: number; numberRef: NumberRef } | undefined> {
    const [[stranger], [owner]] = [guessRules(limits, false), guessRules(limits, true)];
    const { rows } = await sql<{ codeHash: Buffer; attempts: number; numberRef: NumberRef }>`
      WITH claimable AS (
        SELECT v.id, n.number_index, v.is_test OR n.number_index IS NULL AS is_free, ${IS_OWNER} AS is_owner
        FROM verifications v JOIN numbers n ON n.id = v.number_ref
        WHERE v.id = ${id} AND v.account_id = ${accountId} AND v.state = 'pending' AND v.expires_at > ${now} AND v.attempts < ${MAX_CHECKS}
        FOR UPDATE OF v),
      counted AS (
        INSERT INTO number_guesses AS g (number_index, hits, in_a_row, last_at)
        SELECT number_index, ARRAY[${now}::timestamptz], 1, ${now} FROM claimable WHERE NOT is_free
        ON CONFLICT (number_index) DO UPDATE
          SET hits = (g.hits || excluded.hits)[greatest(1, cardinality(g.hits) + 2 - ${owner.max}::int):], in_a_row = g.in_a_row + 1, last_at = excluded.last_at
          WHERE within_limits(g.hits, ARRAY[CASE WHEN (SELECT is_owner FROM claimable) THEN ${owner.max}::int ELSE ${stranger.max}::int END], ARRAY[${owner.windowMs / 1000}::float8], ${now}::timestamptz)
            AND (g.in_a_row < ${limits.inARow} OR (SELECT is_owner FROM claimable))
        RETURNING 1)
      UPDATE verifications v SET attempts = attempts + 1 FROM claimable c
      WHERE v.id = c.id AND (c.is_free OR EXISTS (SELECT FROM counted))
      RETURNING v.code_hash AS "codeHash", v.attempts, v.number_ref AS "numberRef"
    `.execute(trx);
    return rows[0];
  }

  /** The wrong codes that count for this verification's number, and whether whoever started it has the number. */
  async guesses(trx: Sql, id: string): Promise<{ hits: Date[]; inARow: number; lastAt: Date; isOwner: boolean } | undefined> {
    const { rows } = await sql<{ hits: Date[]; inARow: number; lastAt: Date; isOwner: boolean }>`
      SELECT g.hits, g.in_a_row AS "inARow", g.last_at AS "lastAt", ${IS_OWNER} AS "isOwner"
      FROM verifications v JOIN numbers n ON n.id = v.number_ref JOIN number_guesses g ON g.number_index = n.number_index WHERE v.id = ${id}
    `.execute(trx);
    return rows[0];
  }

  /** The number is proved. */
  async forgetGuesses(trx: Sql, numberIndex: Buffer): Promise<void> {
    await sql`DELETE FROM number_guesses WHERE number_index = ${numberIndex}`.execute(trx);
  }

  /**
   * Finishes it once; false if it had finished. A right code whose check was claimed may still approve when a wrong one,
   * claimed later, was quicker to use up the checks.
   */
  async finish(trx: Sql, id: string, state: Exclude<VerificationState, 'pending'>, now: Date): Promise<boolean> {
    const from = state === 'approved' ? ['pending', 'max_attempts'] : ['pending'];
    const { rows } = await sql`
      UPDATE verifications SET state = ${state}, finished_at = ${now}, code_hash = NULL WHERE id = ${id} AND state = ANY (${from}::text[]) RETURNING id
    `.execute(trx);
    return rows.length > 0;
  }
}
