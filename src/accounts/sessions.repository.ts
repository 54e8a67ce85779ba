import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';

/** Who is signed in. Only hashes of the tokens are kept. */
@Injectable()
export class SessionsRepository {
  /** The account's sessions that have run out go at the same time. */
  async insert(
    trx: Transaction,
    session: {
      id: string;
      accountId: string;
      tokenHash: Buffer;
      kind: 'bearer' | 'cookie';
      at: Date;
      expiresAt: Date;
    },
  ): Promise<void> {
    await sql`
      DELETE FROM sessions
      WHERE account_id = ${session.accountId} AND expires_at <= ${session.at}
    `.execute(trx);
    await sql`
      INSERT INTO sessions (id, account_id, token_hash, kind, created_at, expires_at)
      VALUES (
        ${session.id},
        ${session.accountId},
        ${session.tokenHash},
        ${session.kind},
        ${session.at},
        ${session.expiresAt}
      )
    `.execute(trx);
  }

  async find(
    db: Executor,
    tokenHash: Buffer,
    kind: 'bearer' | 'cookie',
    now: Date,
  ): Promise<{ sessionId: string; accountId: string } | undefined> {
    const { rows } = await sql<{ sessionId: string; accountId: string }>`
      SELECT id AS "sessionId", account_id AS "accountId"
      FROM sessions
      WHERE token_hash = ${tokenHash} AND kind = ${kind} AND expires_at > ${now}
    `.execute(db);
    return rows[0];
  }

  /** Finds which of these sessions go on. */
  async findLive(db: Executor, ids: readonly string[], now: Date): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      SELECT id
      FROM sessions
      WHERE id = ANY (${ids}::uuid[]) AND expires_at > ${now}
    `.execute(db);
    return rows.map((row) => row.id);
  }

  async delete(db: Executor, id: string): Promise<void> {
    await sql`DELETE FROM sessions WHERE id = ${id}`.execute(db);
  }
}
