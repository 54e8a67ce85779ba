import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Executor, Transaction } from '../../kernel/database.js';
import type { NumberRef } from '../../kernel/ids.js';

/** A sealed value with what its epoch needs to be opened. */
export interface SealedRow {
  sealed: Buffer;
  epochId: string;
  keyVersion: string;
  enc: Buffer;
  hasIndex: boolean;
}

/** A person's own verification has so many; an app's service says how many it wants. */
export const CODE_DIGITS = 6;

/** As `set_test_numbers` takes one, bytes in hex. */
export type TestNumberRow = Record<
  'number_ref' | 'sealed' | 'number_index' | 'inner_key' | 'outer_key',
  string
>;

const FOREIGN_KEY_VIOLATION = '23503';

/** The epoch's id stands in bytes 2 to 17 of what is sealed. */
const EPOCH_OF_SEALED = sql.raw(`encode(substring(s.sealed FROM 2 FOR 16), 'hex')::uuid`);

/**
 * Rows of sealed numbers and codes. Which of these statements a role may use is a matter of its
 * grants.
 *
 * Holds plaintext: never; its rows are sealed.
 */
@Injectable()
export class NumbersRepository {
  /**
   * Only with the committed ledger entry: the worker asks on another connection than the one that
   * wrote it, so that an entry which may yet be rolled back opens nothing.
   */
  async findSealed(db: Executor, ref: NumberRef, entryId: string): Promise<SealedRow | undefined> {
    const { rows } = await sql<SealedRow>`
      SELECT
        s.sealed,
        s.number_index IS NOT NULL AS "hasIndex",
        e.id AS "epochId",
        e.key_version AS "keyVersion",
        e.enc
      FROM numbers s
      JOIN epochs e ON e.id = ${EPOCH_OF_SEALED}
      WHERE s.id = ${ref} AND EXISTS (SELECT FROM ledger_entries l WHERE l.id = ${entryId})
    `.execute(db);
    return rows[0];
  }

  /** How many digits a verification's code is to have; undefined: it has one, or needs none. */
  async findDigitsToMake(db: Executor, verificationId: string): Promise<number | undefined> {
    const { rows } = await sql<{ digits: number }>`
      SELECT coalesce(s.code_length, ${CODE_DIGITS}::int) AS digits
      FROM verifications v
      LEFT JOIN verify_services s ON s.id = v.service_id
      WHERE v.id = ${verificationId}
        AND NOT EXISTS (SELECT FROM codes c WHERE c.verification_id = v.id)
    `.execute(db);
    return rows[0]?.digits;
  }

  /** False if the verification has one by now, or has finished. */
  async storeCode(
    trx: Transaction,
    verificationId: string,
    { sealed, digest, digits }: { sealed: Buffer; digest: Buffer; digits: number },
  ): Promise<boolean> {
    const { rows } = await sql<{ isStored: boolean }>`
      SELECT store_code(${verificationId}, ${sealed}, ${digest}, ${digits}) AS "isStored"
    `.execute(trx);
    return rows[0]?.isStored === true;
  }

  async setTestNumbers(db: Executor, rows: readonly TestNumberRow[]): Promise<void> {
    await sql`SELECT set_test_numbers(${JSON.stringify(rows)}::json)`.execute(db);
  }

  async findSealedCode(db: Executor, verificationId: string): Promise<SealedRow | undefined> {
    const { rows } = await sql<SealedRow>`
      SELECT s.sealed, false AS "hasIndex", e.id AS "epochId", e.key_version AS "keyVersion", e.enc
      FROM codes s
      JOIN epochs e ON e.id = ${EPOCH_OF_SEALED}
      WHERE s.verification_id = ${verificationId}
    `.execute(db);
    return rows[0];
  }

  async findSealedLook(db: Executor, lookId: string): Promise<SealedRow | undefined> {
    const { rows } = await sql<SealedRow>`
      SELECT s.sealed, false AS "hasIndex", e.id AS "epochId", e.key_version AS "keyVersion", e.enc
      FROM operator_looks s
      JOIN epochs e ON e.id = ${EPOCH_OF_SEALED}
      WHERE s.id = ${lookId} AND s.sealed IS NOT NULL
    `.execute(db);
    return rows[0];
  }

  /** Written once, by whoever is first. */
  async setIndex(db: Executor, ref: NumberRef, index: Buffer): Promise<void> {
    await sql`
      UPDATE numbers
      SET number_index = ${index}
      WHERE id = ${ref} AND number_index IS NULL
    `.execute(db);
  }

  async findIndex(db: Executor, ref: NumberRef): Promise<Buffer | undefined> {
    const { rows } = await sql<{
      number_index: Buffer | null;
    }>`
      SELECT number_index
      FROM numbers
      WHERE id = ${ref}
    `.execute(db);
    return rows[0]?.number_index ?? undefined;
  }

  /**
   * What a call is to speak, sealed for that call; false if the code is gone, since its
   * verification has finished.
   */
  async storeSpokenCode(
    db: Executor,
    handoffId: string,
    verificationId: string,
    sealed: Buffer,
  ): Promise<boolean> {
    const { rows } = await sql`
      INSERT INTO spoken_codes (handoff_id, verification_id, sealed)
      SELECT ${handoffId}::uuid, verification_id, ${sealed}::bytea
      FROM codes
      WHERE verification_id = ${verificationId}
      ON CONFLICT (handoff_id) DO UPDATE SET
        verification_id = EXCLUDED.verification_id,
        sealed = EXCLUDED.sealed
      RETURNING handoff_id
    `
      .execute(db)
      .catch((error: unknown) => {
        // Its verification finished in this very moment.
        if ((error as { code?: unknown }).code === FOREIGN_KEY_VIOLATION) return { rows: [] };
        throw error;
      });
    return rows.length > 0;
  }

  async findSpokenCode(db: Executor, handoffId: string): Promise<Buffer | undefined> {
    const { rows } = await sql<{
      sealed: Buffer;
    }>`
      SELECT sealed
      FROM spoken_codes
      WHERE handoff_id = ${handoffId}
    `.execute(db);
    return rows[0]?.sealed;
  }
}
