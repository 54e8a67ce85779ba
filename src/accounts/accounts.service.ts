import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database } from '../kernel/database.js';
import { Problem } from '../kernel/problem.js';
import type { Rule } from '../kernel/rate-limit.js';
import { Throttle } from '../kernel/throttle.js';
import type { Language } from '../texts/catalogue.js';
import { type AccountRow, AccountsRepository, type NoticeRow } from './accounts.repository.js';
import { findAsker, Passwords } from './passwords.service.js';
import { hashSecretCode } from './secret-code.js';
import { assessProof, ProofRules, type Standing } from './proof.js';
import type { Me } from './sessions.service.js';

/** Who may make an account: anybody, who has an operator's invite, or nobody; and how often from one address. */
export class SignUps {
  readonly byAddress: Rule;

  constructor(
    readonly mode: 'open' | 'invite' | 'closed',
    perAddressAnHour: number,
  ) {
    this.byAddress = { max: perAddressAnHour, windowMs: 3_600_000 };
  }
}

/** Makes a person's account, reads it, and changes what others see of it. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly throttle: Throttle,
    private readonly passwords: Passwords,
    private readonly accounts: AccountsRepository,
    private readonly rules: ProofRules,
    private readonly signUps: SignUps,
  ) {}

  /** @throws Problem SIGN_UP_REFUSED, LOGIN_TAKEN */
  async signUp(
    { password, ...rest }: Omit<AccountRow, 'id'> & { password: string },
    inviteCode: string | undefined,
    ip: string,
  ): Promise<AccountRow> {
    const { mode, byAddress } = this.signUps;
    await this.throttle.takeFrom('sign-up', ip, byAddress);
    if (mode === 'closed' || (mode === 'invite' && inviteCode === undefined))
      throw new Problem('SIGN_UP_REFUSED');
    const stretched = await this.passwords.stretchNew(password, findAsker(ip));
    const inviteHash = inviteCode === undefined ? undefined : hashSecretCode(inviteCode);
    const row = { ...rest, ...stretched, inviteHash };
    const made = await this.accounts.insert(this.database.sql, row);
    if (made === 'uninvited') throw new Problem('SIGN_UP_REFUSED');
    if (made === 'taken') throw new Problem('LOGIN_TAKEN');
    return { ...made, ...rest };
  }

  async read(
    id: string,
    noticesOfEach: number,
  ): Promise<AccountRow & { number: Standing | null; notices: NoticeRow[] }> {
    const found = await this.accounts.find(this.database.sql, id);
    if (found === undefined) throw new Problem('NOT_FOUND');
    const number = found.proof && assessProof(found.proof, this.rules, this.clock.now());
    const notices = await this.accounts.listNewestNotices(this.database.sql, id, noticesOfEach);
    return { ...found.account, number, notices };
  }

  listNotices(id: string, limit: number, before: string | undefined): Promise<NoticeRow[]> {
    return this.accounts.listNotices(this.database.sql, id, limit, before);
  }

  async change(
    me: Me,
    change: { name?: string | undefined; language?: Language | undefined },
  ): Promise<void> {
    await this.database.transaction((trx) => this.accounts.update(trx, me.accountId, change), {
      as: me,
    });
  }
}
