import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';

/**
 * Who has signed in, and until when. PostgreSQL is given a token's SHA-256, and keeps the SHA-256 of
 * that (sessions.sql).
 */
@Injectable()
export class SessionsRepository {
  /** How the login's password is stretched. */
  async findStretch(db: Executor, login: string): Promise<string | undefined> {
    const { rows } = await sql<{ stretch: string | null }>`
      SELECT password_stretch(${login}) AS stretch
    `.execute(db);
    return rows[0]?.stretch ?? undefined;
  }

  /** Makes a session, if this is the login's password and not too many wrong ones came before it. */
  async signIn(
    db: Executor,
    session: {
      login: string;
      stretched: Buffer;
      tokenDigest: Buffer;
      kind: 'bearer' | 'cookie';
    },
  ): Promise<{ accountId: string; expiresAt: Date } | undefined> {
    const { rows } = await sql<{ accountId: string; expiresAt: Date }>`
      SELECT account AS "accountId", ends_at AS "expiresAt"
      FROM sign_in(
        ${session.login},
        ${session.stretched},
        ${session.tokenDigest},
        ${session.kind}
      )
    `.execute(db);
    return rows[0];
  }

  async find(
    db: Executor,
    tokenDigest: Buffer,
    kind: 'bearer' | 'cookie',
  ): Promise<{ sessionId: string; accountId: string } | undefined> {
    const { rows } = await sql<{ sessionId: string; accountId: string }>`
      SELECT session AS "sessionId", account AS "accountId"
      FROM find_session(${tokenDigest}, ${kind})
    `.execute(db);
    return rows[0];
  }

  /** Shows PostgreSQL whose transaction this is; false if the session is over. */
  async identify(trx: Transaction, tokenDigest: Buffer): Promise<boolean> {
    const { rows } = await sql<{ isLive: boolean }>`
      SELECT identify_by_session(${tokenDigest}) AS "isLive"
    `.execute(trx);
    return rows[0]?.isLive === true;
  }

  /** Finds which of these sessions go on. */
  async findLive(db: Executor, ids: readonly string[]): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      SELECT id
      FROM sessions
      WHERE id = ANY (${ids}::uuid[]) AND expires_at > db_now()
    `.execute(db);
    return rows.map((row) => row.id);
  }

  async delete(db: Executor, id: string): Promise<void> {
    await sql`DELETE FROM sessions WHERE id = ${id}`.execute(db);
  }
}
