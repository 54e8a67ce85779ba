import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database, type Executor, type Transaction } from '../kernel/database.js';
import { sha256 } from '../kernel/digest.js';
import { Idempotency } from '../kernel/idempotency.js';
import { newId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import type { Rule } from '../kernel/rate-limit.js';
import { Throttle } from '../kernel/throttle.js';
import type { Language } from '../texts/catalogue.js';
import { AccountsRepository } from './accounts.repository.js';
import { type ConsentPurpose, CONSENTS, holds, pickConsentLanguage } from './consent.js';
import { ConsentEnds } from './consent-ends.service.js';
import { hashSecretCode, makeSecretCode } from './secret-code.js';
import {
  type InviteLife,
  type MemberRow,
  type TeamRow,
  TeamsRepository,
} from './teams.repository.js';
import type { Me } from './sessions.service.js';

const MINUTE_MS = 60_000;
const JOINS_BY_ACCOUNT: Rule = { max: 10, windowMs: 10 * MINUTE_MS };
const JOINS_BY_ADDRESS: Rule = { max: 30, windowMs: 10 * MINUTE_MS };

/** Each is a row that stays. Withdrawing is never refused: without a grant it writes nothing. */
const GRANTS_BY_ACCOUNT: Rule = { max: 100, windowMs: 24 * 60 * MINUTE_MS };
/** So that the list of them, with the longest names, has 20 kB at the most. */
const MOST_TEAMS = 50;
const MEMBERS_A_PAGE = 40;

/** What a person agrees to: the text that was in force, in the language that they read it in. */
export interface NewConsent {
  purpose: ConsentPurpose;
  version: string;
  /** Left out: their own. */
  language?: Language | undefined;
}

/** Its code is told once, to whoever had it made. */
export interface Invite extends InviteLife {
  code: string;
}

export type MyTeam = TeamRow & { role: MemberRow['role'] };

/**
 * Teams, and who in them agreed to be rung. A team exists for its members only: everyone else
 * gets NOT_FOUND. What changes a team's members holds the team's row, so that joining, leaving and
 * consent have one order.
 */
@Injectable()
export class TeamsService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly throttle: Throttle,
    private readonly idempotency: Idempotency,
    private readonly accounts: AccountsRepository,
    private readonly teams: TeamsRepository,
    private readonly consentEnds: ConsentEnds,
  ) {}

  /**
   * Only the first answer holds the code, for whoever made the team: its hash alone is kept, so a
   * replay has none to give.
   */
  async create(
    me: Me,
    body: { name: string },
    key: string | undefined,
  ): Promise<TeamRow & { invite: Invite | null }> {
    const at = this.clock.now();
    const ownerId = me.accountId;
    const work = async (trx: Transaction): Promise<TeamRow & { invite: Invite | null }> => {
      const code = makeSecretCode();
      let life: InviteLife | undefined;
      const { id, isReplay } = await this.idempotency.once(
        trx,
        { accountId: ownerId, key, route: 'POST /v1/teams', body, at },
        async () => {
          await this.requireRoom(trx, ownerId);
          const id = newId();
          const team = { id, name: body.name, inviteHash: hashSecretCode(code) };
          life = await this.teams.insert(trx, team);
          return id;
        },
      );
      if (!isReplay && life !== undefined)
        return { id, name: body.name, invite: { code, ...life } };
      const team = await this.teams.findFor(trx, id, ownerId);
      if (team === undefined) throw new Problem('NOT_FOUND'); // they have left it since
      return { id, name: team.name, invite: null };
    };
    return this.database.transaction(work, { as: me });
  }

  async join(me: Me, inviteCode: string, ip: string): Promise<TeamRow> {
    const { accountId } = me;
    await this.throttle.take(`join:account:${accountId}`, JOINS_BY_ACCOUNT);
    await this.throttle.takeFrom('join', ip, JOINS_BY_ADDRESS);
    const work = async (trx: Transaction): Promise<TeamRow> => {
      await this.requireRoom(trx, accountId);
      const team = await this.teams.join(trx, hashSecretCode(inviteCode));
      if (team === undefined) throw new Problem('NOT_FOUND');
      return team;
    };
    return this.database.transaction(work, { as: me });
  }

  /** Three requests of one account at once may all find room: a few more than that are in no way. */
  private async requireRoom(trx: Transaction, accountId: string): Promise<void> {
    if ((await this.teams.listFor(trx, accountId)).length >= MOST_TEAMS)
      throw new Problem('TEAM_LIMIT');
  }

  list(me: Me): Promise<MyTeam[]> {
    return this.teams.listFor(this.database.sql, me.accountId);
  }

  /** Its members come by pages: `next` is what to ask for after this one. */
  async read(
    me: Me,
    teamId: string,
    after: string | undefined,
  ): Promise<MyTeam & { members: MemberRow[]; next: string | null }> {
    const team = await this.teams.findFor(this.database.sql, teamId, me.accountId);
    if (team === undefined) throw new Problem('NOT_FOUND');
    const page = { after, limit: MEMBERS_A_PAGE + 1 };
    const listed = await this.teams.listMembers(this.database.sql, teamId, page);
    const members = listed.slice(0, MEMBERS_A_PAGE);
    const reachable = await this.accounts.findReachable(
      this.database.sql,
      members.map((member) => member.accountId),
      this.clock.now(),
    );
    const withNumber = new Set(
      reachable.filter((one) => one.number !== undefined).map((one) => one.accountId),
    );
    return {
      ...team,
      members: members.map((member) => ({
        ...member,
        isReachable: withNumber.has(member.accountId),
      })),
      next: listed.length > MEMBERS_A_PAGE ? (members.at(-1)?.accountId ?? null) : null,
    };
  }

  /** For a member who isn't the owner there is no such address, as for a stranger. */
  async replaceInvite(
    me: Me,
    teamId: string,
    wish: { uses?: number | undefined; lastsHours?: number | undefined },
  ): Promise<Invite> {
    return this.inTeam(me, teamId, async (trx) => {
      const code = makeSecretCode();
      const { uses, lastsHours } = wish;
      const invite = { hash: hashSecretCode(code), uses, lastsHours };
      const life = await this.teams.replaceInvite(trx, teamId, invite);
      if (life === undefined) throw new Problem('NOT_FOUND');
      return { code, ...life };
    });
  }

  /**
   * The owner removes a member: their consents end with what waits or rings by them, and the code in
   * force opens nothing any more, or they would come back by it. For all others there is no such
   * address.
   */
  async removeMember(me: Me, teamId: string, memberId: string): Promise<void> {
    await this.inTeam(me, teamId, async (trx) => {
      if (!(await this.teams.removeMember(trx, teamId, memberId))) throw new Problem('NOT_FOUND');
      await this.consentEnds.endReach(trx, memberId, this.clock.now());
    });
  }

  /**
   * Leaving withdraws the consent, so that coming back is no consent either, and ends what still
   * waits or rings by this team. A team never loses its last owner while someone is in it; one that
   * nobody is in keeps its row (the consents that were given in it are a record), but no code opens
   * it.
   */
  async leave(me: Me, teamId: string): Promise<void> {
    await this.inTeam(me, teamId, async (trx) => {
      await this.teams.leave(trx, teamId);
      await this.consentEnds.endReach(trx, me.accountId, this.clock.now());
    });
  }

  /**
   * Lets this team ring the account, or call it into conferences.
   * @throws Problem CONSENT_OUTDATED if another text is in force than the one that was read
   */
  async grant(me: Me, teamId: string, { purpose, version, language }: NewConsent): Promise<void> {
    const { accountId } = me;
    await this.throttle.take(`consent:account:${accountId}`, GRANTS_BY_ACCOUNT);
    await this.inTeam(me, teamId, async (trx) => {
      const { version: inForce, texts } = CONSENTS[purpose];
      if (version !== inForce) throw new Problem('CONSENT_OUTDATED');
      const read =
        language ??
        pickConsentLanguage((await this.accounts.findLanguageAndName(trx, accountId))?.language);
      const newest = await this.teams.findNewestConsent(trx, accountId, teamId, purpose);
      if (holds(newest) && newest.version === version && newest.language === read) return;
      const textSha256 = sha256(texts[read]);
      await this.teams.addGrant(trx, {
        accountId,
        teamId,
        purpose,
        version,
        textSha256,
        language: read,
        at: this.clock.now(),
      });
    });
  }

  /** What waits or rings by what was withdrawn ends with it. */
  async withdraw(me: Me, teamId: string, purposes: readonly ConsentPurpose[]): Promise<void> {
    const { accountId } = me;
    await this.inTeam(me, teamId, async (trx) => {
      for (const purpose of purposes) await this.withdrawIn(trx, { teamId, accountId, purpose });
      await this.consentEnds.endReach(trx, accountId, this.clock.now());
    });
  }

  /**
   * The sender may ring a recipient only within a team of the two in which the recipient's consent
   * holds; without such a team the recipient doesn't exist for the sender. This is asked in the
   * transaction that makes the hand-offs.
   * @throws Problem NOT_FOUND, NO_CONSENT
   */
  async requireMayRing(
    db: Executor,
    senderId: string,
    recipientIds: readonly string[],
    purpose: ConsentPurpose,
  ): Promise<void> {
    const consents = await this.teams.findConsentsInCommonTeams(
      db,
      senderId,
      recipientIds,
      purpose,
    );
    const findConsents = (id: string) => consents.filter((one) => one.accountId === id);
    if (recipientIds.some((id) => findConsents(id).length === 0)) throw new Problem('NOT_FOUND');
    const refusing = recipientIds.filter(
      (id) => !findConsents(id).some(({ newest }) => holds(newest)),
    );
    if (refusing.length > 0) throw new Problem('NO_CONSENT', { accountIds: refusing });
  }

  /** Names the teams of the two in which the recipient's consent holds. */
  async listWhereMayRing(db: Executor, senderId: string, recipientId: string): Promise<string[]> {
    const consents = await this.teams.findConsentsInCommonTeams(
      db,
      senderId,
      [recipientId],
      'ring',
    );
    return consents.filter(({ newest }) => holds(newest)).map(({ teamName }) => teamName);
  }

  private async withdrawIn(
    trx: Transaction,
    consent: { teamId: string; accountId: string; purpose: ConsentPurpose },
  ): Promise<void> {
    const { teamId, accountId, purpose } = consent;
    if (holds(await this.teams.findNewestConsent(trx, accountId, teamId, purpose)))
      await this.teams.addWithdrawal(trx, consent, this.clock.now());
  }

  private inTeam<T>(me: Me, teamId: string, work: (trx: Transaction) => Promise<T>): Promise<T> {
    const within = async (trx: Transaction): Promise<T> => {
      if ((await this.teams.lock(trx, teamId)) === undefined) throw new Problem('NOT_FOUND');
      return work(trx);
    };
    return this.database.transaction(within, { as: me });
  }
}
