import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database } from '../kernel/database.js';
import { addressSubject } from '../kernel/limiter-keys.js';
import { Problem } from '../kernel/problem.js';
import type { Rule } from '../kernel/rate-limit.js';
import { SECRET_BOUNDS } from '../kernel/secret-bounds.js';
import { Throttle } from '../kernel/throttle.js';
import { AccountsRepository } from './accounts.repository.js';
import { isGoodPassword } from './password.js';
import { Passwords } from './passwords.service.js';
import { hashSecretCode } from './secret-code.js';
import { SessionsRepository } from './sessions.repository.js';
import type { Me } from './sessions.service.js';

/** All tries by one session, right ones too; PostgreSQL itself counts the wrong ones. */
const BY_SESSION: Rule = {
  max: SECRET_BOUNDS.password_asked.most,
  windowMs: SECRET_BOUNDS.password_asked.lastsMs,
};

const RESETS_BY_ADDRESS: Rule = { max: 10, windowMs: 15 * 60_000 };

/** Exchanges a password for another, for those who know the one before or have a reset code. */
@Injectable()
export class PasswordChanges {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly throttle: Throttle,
    private readonly passwords: Passwords,
    private readonly accounts: AccountsRepository,
    private readonly sessions: SessionsRepository,
  ) {}

  async change(
    { accountId, sessionId }: Me,
    { oldPassword, newPassword }: { oldPassword: string; newPassword: string },
  ): Promise<void> {
    await this.throttle.take(`password:session:${sessionId}`, BY_SESSION);
    const found = await this.accounts.find(this.database.sql, accountId);
    if (found === undefined || !isGoodPassword(newPassword, found.account.login))
      throw new Problem('INVALID_INPUT', {
        errors: [{ path: 'newPassword', message: 'not valid' }],
      });
    const stretch = await this.sessions.findStretch(this.database.sql, found.account.login);
    const oldStretched = await this.passwords.stretch(stretch, oldPassword);
    const stretched = await this.passwords.stretchNew(newPassword);
    const change = { sessionId, oldStretched, ...stretched, at: this.clock.now() };
    const isChanged = await this.database.transaction((trx) =>
      this.sessions.changePassword(trx, change),
    );
    if (!isChanged) throw new Problem('WRONG_CREDENTIALS'); // not within: the try counts
  }

  /**
   * Sets a password by an operator's code. A wrong code and a login that has none, or that nobody
   * has, get the same answer after the same work.
   */
  async reset(
    { login, code, password }: { login: string; code: string; password: string },
    ip: string,
  ): Promise<void> {
    await this.throttle.take(`password-reset:${addressSubject(ip)}`, RESETS_BY_ADDRESS);
    const stretched = await this.passwords.stretchNew(password);
    const codeHash = hashSecretCode(code);
    const reset = { login, codeHash, ...stretched, at: this.clock.now() };
    if (!(await this.sessions.resetPassword(this.database.sql, reset)))
      throw new Problem('WRONG_RESET_CODE');
  }
}
