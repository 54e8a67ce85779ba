import { Injectable } from '@nestjs/common';
import { Database } from '../kernel/database.js';
import { Problem } from '../kernel/problem.js';
import type { Rule } from '../kernel/rate-limit.js';
import { asRule, SECRET_BOUNDS } from '../kernel/secret-bounds.js';
import { Throttle } from '../kernel/throttle.js';
import { AccountsRepository } from './accounts.repository.js';
import { findPasswordProblem } from './password.js';
import { findAsker, Passwords } from './passwords.service.js';
import { hashSecretCode } from './secret-code.js';
import { SessionsRepository } from './sessions.repository.js';
import type { Me } from './sessions.service.js';

/** All tries by one session, right ones too; PostgreSQL itself counts the wrong ones. */
const BY_SESSION = asRule(SECRET_BOUNDS.password_asked);

const RESETS_BY_ADDRESS: Rule = { max: 10, windowMs: 15 * 60_000 };

/** Puts another password in the place of one that is known, or of one that an operator has reset. */
@Injectable()
export class PasswordChanges {
  constructor(
    private readonly database: Database,
    private readonly throttle: Throttle,
    private readonly passwords: Passwords,
    private readonly accounts: AccountsRepository,
    private readonly sessions: SessionsRepository,
  ) {}

  async change(
    me: Me,
    { oldPassword, newPassword }: { oldPassword: string; newPassword: string },
  ): Promise<void> {
    const { login, stretched: oldStretched } = await this.stretchAsked(me, oldPassword);
    const message = findPasswordProblem(newPassword, login);
    if (message !== undefined)
      throw new Problem('INVALID_INPUT', { errors: [{ path: 'newPassword', message }] });
    const stretched = await this.passwords.stretchNew(newPassword, me.accountId);
    const guessId = await this.guess(me, oldStretched);
    const change = { sessionId: me.sessionId, guessId, ...stretched };
    const isChanged = await this.database.transaction(
      (trx) => this.sessions.changePassword(trx, change),
      { as: me },
    );
    if (!isChanged) throw new Problem('WRONG_CREDENTIALS');
  }

  /**
   * Notes what the caller says that their password is, in a transaction of its own, so that it
   * counts before it is compared. Null: it won't be, since too many wrong ones came before it.
   */
  guess(me: Me, stretched: Buffer): Promise<string | null> {
    return this.database.transaction(
      (trx) => this.sessions.guessPassword(trx, { sessionId: me.sessionId, stretched }),
      { as: me },
    );
  }

  /** Stretches what the caller says that their password is; PostgreSQL compares it. */
  async stretchAsked(
    { accountId, sessionId }: Me,
    password: string,
  ): Promise<{ login: string; stretched: Buffer }> {
    await this.throttle.take(`password:session:${sessionId}`, BY_SESSION);
    const found = await this.accounts.find(this.database.sql, accountId);
    if (found === undefined) throw new Problem('UNAUTHENTICATED'); // erased a moment ago
    const { login } = found.account;
    const { stretch } = await this.sessions.findStretch(this.database.sql, login);
    return { login, stretched: await this.passwords.stretch(stretch, password, accountId) };
  }

  /**
   * Sets a password by an operator's code. A wrong code and a login that has none, or that nobody
   * has, get the same answer after the same work.
   */
  async reset(
    { login, code, password }: { login: string; code: string; password: string },
    ip: string,
  ): Promise<void> {
    await this.throttle.takeFrom('password-reset', ip, RESETS_BY_ADDRESS);
    const stretched = await this.passwords.stretchNew(password, findAsker(ip));
    const reset = { login, codeHash: hashSecretCode(code), ...stretched };
    if (!(await this.sessions.resetPassword(this.database.sql, reset)))
      throw new Problem('WRONG_RESET_CODE');
  }
}
