import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database } from '../kernel/database.js';
import { newId } from '../kernel/ids.js';
import { addressSubject } from '../kernel/limiter-keys.js';
import { Problem } from '../kernel/problem.js';
import type { Rule } from '../kernel/rate-limit.js';
import { Throttle } from '../kernel/throttle.js';
import type { Language } from '../texts/catalogue.js';
import { type AccountRow, AccountsRepository, type NoticeRow } from './accounts.repository.js';
import { Passwords } from './passwords.service.js';
import { assessProof, ProofRules, type Standing } from './proof.js';

const SIGN_UPS_BY_ADDRESS: Rule = { max: 20, windowMs: 3_600_000 };

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
  ) {}

  async signUp(
    { password, ...rest }: Omit<AccountRow, 'id'> & { password: string },
    ip: string,
  ): Promise<AccountRow> {
    await this.throttle.take(`sign-up:${addressSubject(ip)}`, SIGN_UPS_BY_ADDRESS);
    const account = { id: newId(), ...rest };
    const stretched = await this.passwords.stretchNew(password);
    const row = { ...account, ...stretched, at: this.clock.now() };
    const isFree = await this.accounts.insert(this.database.sql, row);
    if (!isFree) throw new Problem('LOGIN_TAKEN');
    return account;
  }

  async read(id: string): Promise<AccountRow & { number: Standing | null; notices: NoticeRow[] }> {
    const found = await this.accounts.find(this.database.sql, id);
    if (found === undefined) throw new Problem('NOT_FOUND');
    const number = found.proof && assessProof(found.proof, this.rules, this.clock.now());
    const notices = await this.accounts.listNotices(this.database.sql, id, 20);
    return { ...found.account, number, notices };
  }

  async change(
    id: string,
    change: { name?: string | undefined; language?: Language | undefined },
  ): Promise<void> {
    await this.database.transaction((trx) => this.accounts.update(trx, id, change));
  }
}
