import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import { type ConsentEvent, holds, type ConsentLanguage } from './consent.js';

export interface TeamRow {
  id: string;
  name: string;
}

export interface MemberRow {
  accountId: string;
  name: string;
  role: 'owner' | 'member';
  mayBeRung: boolean;
  isReachable: boolean;
}

/** Teams, who is in them, and who agreed to be rung. */
@Injectable()
export class TeamsRepository {
  async insert(
    trx: Transaction,
    team: TeamRow & { inviteHash: Buffer; ownerId: string; at: Date },
  ): Promise<void> {
    await sql`
      INSERT INTO teams (id, name, invite_hash, created_at)
      VALUES (${team.id}, ${team.name}, ${team.inviteHash}, ${team.at})
    `.execute(trx);
    await sql`
      INSERT INTO team_members (team_id, account_id, role, joined_at)
      VALUES (${team.id}, ${team.ownerId}, 'owner', ${team.at})
    `.execute(trx);
  }

  /** Locks the team, so that its members and its code don't change meanwhile. */
  async lockByInvite(trx: Transaction, inviteHash: Buffer): Promise<TeamRow | undefined> {
    const { rows } = await sql<TeamRow>`
      SELECT id, name
      FROM teams
      WHERE invite_hash = ${inviteHash}
      FOR UPDATE
    `.execute(trx);
    return rows[0];
  }

  /** Locks a team that the account is in; for all others it doesn't exist. */
  async lockFor(
    trx: Transaction,
    teamId: string,
    accountId: string,
  ): Promise<(TeamRow & { role: MemberRow['role'] }) | undefined> {
    await sql`
      SELECT
      FROM teams
      WHERE id = ${teamId}
      FOR UPDATE
    `.execute(trx);
    return this.findFor(trx, teamId, accountId);
  }

  async findFor(
    db: Executor,
    teamId: string,
    accountId: string,
  ): Promise<(TeamRow & { role: MemberRow['role'] }) | undefined> {
    const { rows } = await sql<TeamRow & { role: MemberRow['role'] }>`
      SELECT t.id, t.name, m.role
      FROM teams t
      JOIN team_members m ON m.team_id = t.id
      WHERE t.id = ${teamId} AND m.account_id = ${accountId}
    `.execute(db);
    return rows[0];
  }

  async listFor(
    db: Executor,
    accountId: string,
  ): Promise<(TeamRow & { role: MemberRow['role'] })[]> {
    const { rows } = await sql<TeamRow & { role: MemberRow['role'] }>`
      SELECT t.id, t.name, m.role
      FROM team_members m
      JOIN teams t ON t.id = m.team_id
      WHERE m.account_id = ${accountId}
      ORDER BY m.joined_at, t.id
    `.execute(db);
    return rows;
  }

  async listMembers(db: Executor, teamId: string): Promise<Omit<MemberRow, 'isReachable'>[]> {
    const { rows } = await sql<
      Omit<MemberRow, 'mayBeRung' | 'isReachable'> & { newest: ConsentEvent | null }
    >`
      SELECT
        m.account_id AS "accountId",
        a.name,
        m.role,
        (
          SELECT json_build_object('action', e.action, 'version', e.version, 'language', e.language)
          FROM consent_events e
          WHERE e.account_id = m.account_id AND e.team_id = m.team_id AND e.purpose = 'ring'
          ORDER BY e.id DESC
          LIMIT 1
        ) AS newest
      FROM team_members m
      JOIN accounts a ON a.id = m.account_id
      WHERE m.team_id = ${teamId}
      ORDER BY m.role = 'owner' DESC, m.joined_at, m.account_id
    `.execute(db);
    return rows.map(({ newest, ...member }) => ({
      ...member,
      mayBeRung: holds(newest ?? undefined),
    }));
  }

  async addMember(trx: Transaction, teamId: string, accountId: string, at: Date): Promise<void> {
    await sql`
      INSERT INTO team_members (team_id, account_id, role, joined_at)
      VALUES (${teamId}, ${accountId}, 'member', ${at})
      ON CONFLICT DO NOTHING
    `.execute(trx);
  }

  async removeMember(trx: Transaction, teamId: string, accountId: string): Promise<void> {
    await sql`
      DELETE FROM team_members
      WHERE team_id = ${teamId} AND account_id = ${accountId}
    `.execute(trx);
  }

  /**
   * Whoever has been in it longest owns a team that has lost its owner. It returns false if nobody
   * is left.
   */
  async ensureOwner(trx: Transaction, teamId: string): Promise<boolean> {
    const { rows } = await sql`
      UPDATE team_members
      SET role = 'owner'
      WHERE team_id = ${teamId} AND account_id = (
        SELECT account_id
        FROM team_members
        WHERE team_id = ${teamId}
        ORDER BY role = 'owner' DESC, joined_at, account_id
        LIMIT 1
      )
      RETURNING 1
    `.execute(trx);
    return rows.length > 0;
  }

  async replaceInvite(trx: Transaction, teamId: string, inviteHash: Buffer): Promise<void> {
    await sql`
      UPDATE teams
      SET invite_hash = ${inviteHash}
      WHERE id = ${teamId}
    `.execute(trx);
  }

  // Consent ---------------------------------------------------------------------------------------

  async findNewestConsent(
    db: Executor,
    accountId: string,
    teamId: string,
  ): Promise<ConsentEvent | undefined> {
    const { rows } = await sql<ConsentEvent>`
      SELECT action, version, language
      FROM consent_events
      WHERE account_id = ${accountId} AND team_id = ${teamId} AND purpose = 'ring'
      ORDER BY id DESC
      LIMIT 1
    `.execute(db);
    return rows[0];
  }

  async addGrant(
    trx: Transaction,
    event: {
      accountId: string;
      teamId: string;
      version: string;
      textSha256: Buffer;
      language: ConsentLanguage;
      at: Date;
    },
  ): Promise<void> {
    await sql`
      INSERT INTO consent_events
        (account_id, team_id, purpose, action, version, text_sha256, language, at)
      VALUES (
        ${event.accountId},
        ${event.teamId},
        'ring',
        'granted',
        ${event.version},
        ${event.textSha256},
        ${event.language},
        ${event.at}
      )
    `.execute(trx);
  }

  /**
   * Takes back the newest grant: the event repeats version, text and language of what is taken
   * back.
   */
  async addWithdrawal(
    trx: Transaction,
    accountId: string,
    teamId: string,
    at: Date,
  ): Promise<void> {
    await sql`
      INSERT INTO consent_events
        (account_id, team_id, purpose, action, version, text_sha256, language, at)
      SELECT account_id, team_id, purpose, 'withdrawn', version, text_sha256, language, ${at}
      FROM consent_events
      WHERE account_id = ${accountId} AND team_id = ${teamId} AND purpose = 'ring'
      ORDER BY id DESC
      LIMIT 1
    `.execute(trx);
  }

  /**
   * Finds the others' newest consent in each team that they share with the account. Without a row
   * they share none.
   */
  async findConsentsInCommonTeams(
    db: Executor,
    accountId: string,
    otherIds: readonly string[],
  ): Promise<{ accountId: string; newest: ConsentEvent | undefined }[]> {
    const { rows } = await sql<{ accountId: string; newest: ConsentEvent | null }>`
      SELECT
        other.account_id AS "accountId",
        (
          SELECT json_build_object('action', e.action, 'version', e.version, 'language', e.language)
          FROM consent_events e
          WHERE e.account_id = other.account_id AND e.team_id = other.team_id AND e.purpose = 'ring'
          ORDER BY e.id DESC
          LIMIT 1
        ) AS newest
      FROM team_members mine
      JOIN team_members other ON other.team_id = mine.team_id
      WHERE mine.account_id = ${accountId}
        AND other.account_id = ANY (${otherIds}::uuid[])
        AND mine.account_id <> other.account_id
    `.execute(db);
    return rows.map(({ accountId: id, newest }) => ({
      accountId: id,
      newest: newest ?? undefined,
    }));
  }
}
