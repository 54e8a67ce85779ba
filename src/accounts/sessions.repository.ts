import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';

export interface SessionRow {
  id: string;
  kind: 'bearer' | 'cookie';
  createdAt: Date;
  usedAt: Date;
  expiresAt: Date;
}

/**
 * Who has signed in, and until when. PostgreSQL is given a token's SHA-256, and keeps the SHA-256 of
 * that (sessions.sql).
 */
@Injectable()
export class SessionsRepository {
  /** How the login's password is stretched, and whether somebody has signed in from this device. */
  async findStretch(
    db: Executor,
    login: string,
    deviceDigest?: Buffer,
  ): Promise<{ stretch: string | undefined; isKnownDevice: boolean }> {
    const { rows } = await sql<{ stretch: string | null; isKnownDevice: boolean }>`
      SELECT stretch, is_known_device AS "isKnownDevice"
      FROM password_stretch(${login}, ${deviceDigest ?? null})
    `.execute(db);
    return {
      stretch: rows[0]?.stretch ?? undefined,
      isKnownDevice: rows[0]?.isKnownDevice === true,
    };
  }

  /**
   * Notes a guess at the login's password, and counts it, in a statement of its own: PostgreSQL
   * compares only what has been committed. It gives an id of what is wrong in any case, too.
   */
  async guessSignIn(
    db: Executor,
    guess: { login: string; stretched: Buffer; deviceDigest: Buffer },
  ): Promise<string> {
    const { rows } = await sql<{ id: string }>`
      SELECT guess_sign_in(${guess.login}, ${guess.stretched}, ${guess.deviceDigest}) AS id
    `.execute(db);
    return (rows[0] as { id: string }).id;
  }

  /** Makes a session, if the guess is right. */
  async signIn(
    db: Executor,
    session: {
      guessId: string;
      tokenDigest: Buffer;
      kind: 'bearer' | 'cookie';
      deviceDigest: Buffer;
    },
  ): Promise<{ accountId: string; expiresAt: Date } | undefined> {
    const { rows } = await sql<{ accountId: string; expiresAt: Date }>`
      SELECT account AS "accountId", ends_at AS "expiresAt"
      FROM sign_in(
        ${session.guessId},
        ${session.tokenDigest},
        ${session.kind},
        ${session.deviceDigest}
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

  /** Lists them, what was used last first. */
  async list(db: Executor, accountId: string): Promise<SessionRow[]> {
    const { rows } = await sql<SessionRow>`
      SELECT id, kind, created_at AS "createdAt", used_at AS "usedAt", expires_at AS "expiresAt"
      FROM sessions
      WHERE account_id = ${accountId} AND expires_at > db_now()
      ORDER BY used_at DESC, id
    `.execute(db);
    return rows;
  }

  /** Ends one of the caller's own; false if they have no such session. */
  async end(trx: Transaction, id: string): Promise<boolean> {
    const { rows } = await sql<{ isEnded: boolean }>`
      SELECT end_session(${id}) AS "isEnded"
    `.execute(trx);
    return rows[0]?.isEnded === true;
  }

  /** Ends all of the caller's own but one. */
  async endOthers(trx: Transaction, keptId: string): Promise<void> {
    await sql`SELECT end_other_sessions(${keptId})`.execute(trx);
  }

  /**
   * Notes a guess at the caller's own password, and counts it by their session. It is compared in
   * the next transaction. Null: too many wrong ones came before it.
   */
  async guessPassword(
    trx: Transaction,
    { sessionId, stretched }: { sessionId: string; stretched: Buffer },
  ): Promise<string | null> {
    const { rows } = await sql<{ id: string | null }>`
      SELECT guess_password(${sessionId}, ${stretched}) AS id
    `.execute(trx);
    return rows[0]?.id ?? null;
  }

  /** Exchanges the caller's password and ends their other sessions; false if the guess is wrong. */
  async changePassword(
    trx: Transaction,
    change: {
      sessionId: string;
      guessId: string | null;
      stretch: string;
      stretched: Buffer;
    },
  ): Promise<boolean> {
    const { rows } = await sql<{ isChanged: boolean }>`
      SELECT change_password(
        ${change.sessionId},
        ${change.guessId},
        ${change.stretch},
        ${change.stretched}
      ) AS "isChanged"
    `.execute(trx);
    return rows[0]?.isChanged === true;
  }

  /** Sets a password by the code of a reset, and ends all sessions; false if there is no such code. */
  async resetPassword(
    db: Executor,
    reset: { login: string; codeHash: Buffer; stretch: string; stretched: Buffer },
  ): Promise<boolean> {
    const { rows } = await sql<{ isReset: boolean }>`
      SELECT reset_password(
        ${reset.login},
        ${reset.codeHash},
        ${reset.stretch},
        ${reset.stretched}
      ) AS "isReset"
    `.execute(db);
    return rows[0]?.isReset === true;
  }

  /** Closes the caller's account (closing.sql); false if the guess is wrong. */
  async close(
    trx: Transaction,
    closing: { sessionId: string; guessId: string | null },
  ): Promise<boolean> {
    const { rows } = await sql<{ isClosed: boolean }>`
      SELECT close_account(${closing.sessionId}, ${closing.guessId}) AS "isClosed"
    `.execute(trx);
    return rows[0]?.isClosed === true;
  }
}
