import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import { newId } from '../kernel/ids.js';
import { SECRET_BOUNDS } from '../kernel/secret-bounds.js';
import type { Language } from '../texts/catalogue.js';

// What an operator does for people, by the owner's login: no role may.

export interface OperatedAccount {
  id: string;
  login: string;
  name: string;
  language: Language;
  createdAt: Date;
  blockedAt: Date | null;
  blockedBecause: string | null;
  hasPassword: boolean;
  provedAt: Date | null;
  sessions: number;
  usedAt: Date | null;
  teams: number;
}

/** Finds who has exactly this login: nobody looks for people by a part of it. */
export async function findAccount(
  db: Executor,
  login: string,
): Promise<OperatedAccount | undefined> {
  const { rows } = await sql<OperatedAccount>`
    SELECT
      a.id,
      a.login,
      a.name,
      a.language,
      a.created_at AS "createdAt",
      a.blocked_at AS "blockedAt",
      a.blocked_because AS "blockedBecause",
      p.account_id IS NOT NULL AS "hasPassword",
      n.verified_at AS "provedAt",
      s.count AS sessions,
      s.used_at AS "usedAt",
      (SELECT count(*)::int FROM team_members m WHERE m.account_id = a.id) AS teams
    FROM accounts a
    LEFT JOIN account_passwords p ON p.account_id = a.id
    LEFT JOIN account_numbers n ON n.account_id = a.id
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS count, max(o.used_at) AS used_at
      FROM sessions o
      WHERE o.account_id = a.id AND o.expires_at > db_now()
    ) s
    WHERE a.login = ${login} AND a.closed_at IS NULL
  `.execute(db);
  return rows[0];
}

/** It has no password until its person sets one. False: the login is taken. */
export async function insertAccount(
  trx: Transaction,
  account: { id: string; login: string; name: string; language: Language },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    INSERT INTO accounts (id, login, name, language, created_at)
    VALUES (${account.id}, ${account.login}, ${account.name}, ${account.language}, db_now())
    ON CONFLICT (login) DO NOTHING
  `.execute(trx);
  return numAffectedRows === 1n;
}

/** Its password opens nothing any more; one may be set by this code, until it ends. */
export async function startReset(trx: Transaction, id: string, codeHash: Buffer): Promise<Date> {
  await sql`DELETE FROM account_passwords WHERE account_id = ${id}`.execute(trx);
  await sql`DELETE FROM account_devices WHERE account_id = ${id}`.execute(trx);
  const { rows } = await sql<{ endsAt: Date }>`
    INSERT INTO password_resets (account_id, code_hash, ends_at)
    VALUES (${id}, sha256(${codeHash}), db_now() + ${lasts('password_reset')})
    ON CONFLICT (account_id) DO UPDATE SET
      code_hash = excluded.code_hash,
      ends_at = excluded.ends_at
    RETURNING ends_at AS "endsAt"
  `.execute(trx);
  return (rows[0] as { endsAt: Date }).endsAt;
}

export async function noteReset(trx: Transaction, id: string): Promise<void> {
  await sql`
    INSERT INTO notices (id, account_id, kind, at)
    VALUES (${newId()}, ${id}, 'password_reset', db_now())
  `.execute(trx);
}

/** Lets one person sign up; those invites that have ended go at the same time. */
export async function insertInvite(trx: Transaction, codeHash: Buffer): Promise<Date> {
  await sql`DELETE FROM sign_up_invites WHERE ends_at <= db_now()`.execute(trx);
  const { rows } = await sql<{ endsAt: Date }>`
    INSERT INTO sign_up_invites (code_hash, ends_at)
    VALUES (sha256(${codeHash}), db_now() + ${lasts('sign_up_invite')})
    RETURNING ends_at AS "endsAt"
  `.execute(trx);
  return (rows[0] as { endsAt: Date }).endsAt;
}

/** From when this holds nobody signs in to it: who is just doing so holds the password's row. */
export async function blockAccount(
  trx: Transaction,
  id: string,
  block: { because: string } | null,
): Promise<void> {
  await sql`SELECT FROM account_passwords WHERE account_id = ${id} FOR UPDATE`.execute(trx);
  await sql`
    UPDATE accounts
    SET
      blocked_at = ${block === null ? sql`NULL` : sql`db_now()`},
      blocked_because = ${block?.because ?? null}
    WHERE id = ${id}
  `.execute(trx);
}

/** The calls that this account began are over now: the next sweep ends them, and hangs up. */
export async function endCallsBegunBy(trx: Transaction, id: string): Promise<number> {
  const { numAffectedRows } = await sql`
    UPDATE calls SET ends_at = least(ends_at, db_now())
    WHERE initiator_id = ${id} AND ended_at IS NULL
  `.execute(trx);
  return Number(numAffectedRows ?? 0n);
}

/** As its own person would close it. */
export async function closeAccount(trx: Transaction, id: string): Promise<void> {
  await sql`SELECT close_out(${id})`.execute(trx);
}

export async function endSessions(trx: Transaction, accountId: string): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM sessions
    WHERE account_id = ${accountId}
  `.execute(trx);
  return Number(numAffectedRows ?? 0n);
}

/** Everybody's, that began or were used since then: a use is written late, so some more end. */
export async function endSessionsSince(trx: Transaction, since: Date): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM sessions
    WHERE created_at >= ${since} OR used_at >= ${since}::timestamptz - ${lasts('session_use')}
  `.execute(trx);
  return Number(numAffectedRows ?? 0n);
}

const lasts = (name: keyof typeof SECRET_BOUNDS) =>
  sql`make_interval(secs => ${SECRET_BOUNDS[name].lastsMs / 1000}::float8)`;
