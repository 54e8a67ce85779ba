import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import type { Language } from '../texts/catalogue.js';
import { type ConsentEvent, type ConsentPurpose, holds } from './consent.js';

export interface TeamRow {
  id: string;
  name: string;
}

/** Until when an invite code opens its team, and how often. */
export interface InviteLife {
  endsAt: Date;
  uses: number;
}

export interface MemberRow {
  accountId: string;
  name: string;
  role: 'owner' | 'member';
  mayBeRung: boolean;
  mayBeInvited: boolean;
  isReachable: boolean;
}

/** The newest event of a row of `team_members`, as JSON. */
const newestConsent = (member: 'm' | 'other', purpose: ConsentPurpose) => sql`(
    SELECT json_build_object('action', e.action, 'version', e.version, 'language', e.language)
    FROM consent_events e
    WHERE e.account_id = ${sql.ref(`${member}.account_id`)}
      AND e.team_id = ${sql.ref(`${member}.team_id`)}
      AND e.purpose = ${purpose}
    ORDER BY e.id DESC
    LIMIT 1
  )`;

/**
 * Teams, who is in them, and who agreed to be rung. What changes a team is done by functions of the
 * database (teams.sql), in the name of whoever has shown their session in the transaction.
 */
@Injectable()
export class TeamsRepository {
  /** The caller owns it. */
  async insert(trx: Transaction, team: TeamRow & { inviteHash: Buffer }): Promise<InviteLife> {
    const { rows } = await sql<InviteLife>`
      SELECT ends_at AS "endsAt", uses
      FROM make_team(${team.id}, ${team.name}, ${team.inviteHash})
    `.execute(trx);
    return rows[0] as InviteLife;
  }

  /**
   * Locks a team that the caller is in, so that its members and its code don't change meanwhile; for
   * all others it doesn't exist.
   */
  async lock(
    trx: Transaction,
    teamId: string,
  ): Promise<(TeamRow & { role: MemberRow['role'] }) | undefined> {
    const { rows } = await sql<TeamRow & { role: MemberRow['role'] }>`
      SELECT team AS id, team_name AS name, member_role AS role
      FROM lock_team(${teamId})
    `.execute(trx);
    return rows[0];
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

  /** Lists at most so many, the owner first, then by how long they are in it; `after` one of them. */
  async listMembers(
    db: Executor,
    teamId: string,
    page: { after: string | undefined; limit: number },
  ): Promise<Omit<MemberRow, 'isReachable'>[]> {
    const after =
      page.after === undefined
        ? sql``
        : sql`AND (m.role <> 'owner', m.joined_at, m.account_id) > (
            SELECT o.role <> 'owner', o.joined_at, o.account_id
            FROM team_members o
            WHERE o.team_id = ${teamId} AND o.account_id = ${page.after}
          )`;
    const { rows } = await sql<
      Omit<MemberRow, 'mayBeRung' | 'mayBeInvited' | 'isReachable'> &
        Record<ConsentPurpose, ConsentEvent | null>
    >`
      SELECT
        m.account_id AS "accountId",
        a.name,
        m.role,
        ${newestConsent('m', 'ring')} AS ring,
        ${newestConsent('m', 'conference')} AS conference
      FROM team_members m
      JOIN accounts a ON a.id = m.account_id
      WHERE m.team_id = ${teamId} ${after}
      ORDER BY m.role <> 'owner', m.joined_at, m.account_id
      LIMIT ${page.limit}
    `.execute(db);
    return rows.map(({ ring, conference, ...member }) => ({
      ...member,
      mayBeRung: holds(ring ?? undefined),
      mayBeInvited: holds(conference ?? undefined),
    }));
  }

  /** The caller joins the team that has this invite code, if one has. */
  async join(trx: Transaction, inviteHash: Buffer): Promise<TeamRow | undefined> {
    const { rows } = await sql<TeamRow>`
      SELECT team AS id, team_name AS name
      FROM join_team(${inviteHash})
    `.execute(trx);
    return rows[0];
  }

  /** It returns nothing for a member who doesn't own the team, which is locked. */
  async replaceInvite(
    trx: Transaction,
    teamId: string,
    invite: { hash: Buffer; uses: number | undefined; lastsHours: number | undefined },
  ): Promise<InviteLife | undefined> {
    const { rows } = await sql<InviteLife>`
      SELECT ends_at AS "endsAt", uses
      FROM replace_invite(
        ${teamId},
        ${invite.hash},
        ${invite.uses ?? null},
        make_interval(hours => ${invite.lastsHours ?? null})
      )
    `.execute(trx);
    return rows[0];
  }

  /** The caller leaves the team, which is locked. */
  async leave(trx: Transaction, teamId: string): Promise<void> {
    await sql`SELECT leave_team(${teamId})`.execute(trx);
  }

  /** It returns false if the caller doesn't own the team, which is locked, or has no such member. */
  async removeMember(trx: Transaction, teamId: string, accountId: string): Promise<boolean> {
    const { rows } = await sql<{ isRemoved: boolean }>`
      SELECT remove_member(${teamId}, ${accountId}) AS "isRemoved"
    `.execute(trx);
    return rows[0]?.isRemoved === true;
  }

  // Consent ---------------------------------------------------------------------------------------

  async findNewestConsent(
    db: Executor,
    accountId: string,
    teamId: string,
    purpose: ConsentPurpose,
  ): Promise<ConsentEvent | undefined> {
    const { rows } = await sql<ConsentEvent>`
      SELECT action, version, language
      FROM consent_events
      WHERE account_id = ${accountId} AND team_id = ${teamId} AND purpose = ${purpose}
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
      purpose: ConsentPurpose;
      version: string;
      textSha256: Buffer;
      language: Language;
      at: Date;
    },
  ): Promise<void> {
    await sql`
      INSERT INTO consent_events
        (account_id, team_id, purpose, action, version, text_sha256, language, at)
      VALUES (
        ${event.accountId},
        ${event.teamId},
        ${event.purpose},
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
    { accountId, teamId, purpose }: { accountId: string; teamId: string; purpose: ConsentPurpose },
    at: Date,
  ): Promise<void> {
    await sql`
      INSERT INTO consent_events
        (account_id, team_id, purpose, action, version, text_sha256, language, at)
      SELECT account_id, team_id, purpose, 'withdrawn', version, text_sha256, language, ${at}
      FROM consent_events
      WHERE account_id = ${accountId} AND team_id = ${teamId} AND purpose = ${purpose}
      ORDER BY id DESC
      LIMIT 1
    `.execute(trx);
  }

  /**
   * Finds the others' newest consent in each team that they share with the account, those of one
   * person by when they joined. Without a row they share none.
   */
  async findConsentsInCommonTeams(
    db: Executor,
    accountId: string,
    otherIds: readonly string[],
    purpose: ConsentPurpose,
  ): Promise<{ accountId: string; teamName: string; newest: ConsentEvent | undefined }[]> {
    const { rows } = await sql<{
      accountId: string;
      teamName: string;
      newest: ConsentEvent | null;
    }>`
      SELECT
        other.account_id AS "accountId",
        t.name AS "teamName",
        ${newestConsent('other', purpose)} AS newest
      FROM team_members mine
      JOIN team_members other ON other.team_id = mine.team_id
      JOIN teams t ON t.id = other.team_id
      WHERE mine.account_id = ${accountId}
        AND other.account_id = ANY (${otherIds}::uuid[])
        AND mine.account_id <> other.account_id
      ORDER BY other.joined_at, t.id
    `.execute(db);
    return rows.map(({ newest, ...row }) => ({ ...row, newest: newest ?? undefined }));
  }
}
