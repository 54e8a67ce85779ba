import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Database, identifyBy } from '../kernel/database.js';
import { sha256 } from '../kernel/digest.js';
import { addressSubject } from '../kernel/limiter-keys.js';
import { Problem } from '../kernel/problem.js';
import type { Rule } from '../kernel/rate-limit.js';
import { SECRET_BOUNDS } from '../kernel/secret-bounds.js';
import { Throttle } from '../kernel/throttle.js';
import { type SessionRow, SessionsRepository } from './sessions.repository.js';
import { Passwords } from './passwords.service.js';
import { findSessionToken } from './session-cookie.js';

const MINUTE_MS = 60_000;
/** A household or an office may sit behind one address. */
const BY_ADDRESS: Rule = { max: 30, windowMs: 5 * MINUTE_MS };
/** One person may have forgotten their password. */
const BY_LOGIN_FROM_ADDRESS: Rule = { max: 10, windowMs: 15 * MINUTE_MS };
/** All tries at one login, right ones too; PostgreSQL itself counts the wrong ones. */
const BY_LOGIN: Rule = { max: SECRET_BOUNDS.sign_in.most, windowMs: SECRET_BOUNDS.sign_in.lastsMs };

/** Whoever makes a request. */
export interface Me {
  readonly accountId: string;
  readonly sessionId: string;
  /** A secret that only this session's token gives: what it has proved is stored under it. */
  readonly proofKey: Buffer;
}

export interface NewSession {
  accountId: string;
  token: string;
  expiresAt: Date;
}

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Where our own pages are: `Origin` must be this where a cookie speaks for someone. */
export class PublicOrigin {
  constructor(readonly value: string) {}
}

/**
 * Signing in and out, and whose session a request belongs to. A token is 32 random bytes.
 */
@Injectable()
export class Sessions {
  constructor(
    private readonly database: Database,
    private readonly throttle: Throttle,
    private readonly passwords: Passwords,
    private readonly sessions: SessionsRepository,
    private readonly origin: PublicOrigin,
  ) {}

  /**
   * The limits come before the hashing, which costs 19 MiB and 25 ms, and count a login whether or
   * not it exists. An unknown login and a wrong password get the same answer after the same work.
   */
  async signIn(
    { login, password, kind }: { login: string; password: string; kind: 'bearer' | 'cookie' },
    request: FastifyRequest,
  ): Promise<NewSession> {
    // Otherwise a foreign page could sign its visitor in as somebody else.
    if (kind === 'cookie') this.checkOrigin(request);
    const address = addressSubject(request.ip);
    await this.throttle.take(`sign-in:${address}`, BY_ADDRESS);
    await this.throttle.take(`sign-in:login:${login} ${address}`, BY_LOGIN_FROM_ADDRESS);
    await this.throttle.take(`sign-in:login:${login}`, BY_LOGIN);
    const stretch = await this.sessions.findStretch(this.database.sql, login);
    const stretched = await this.passwords.stretch(stretch, password);
    const token = randomBytes(32).toString('base64url');
    const session = await this.sessions.signIn(this.database.sql, {
      login,
      stretched,
      tokenDigest: sha256(token),
      kind,
    });
    if (session === undefined) throw new Problem('WRONG_CREDENTIALS');
    return { ...session, token };
  }

  list(accountId: string): Promise<SessionRow[]> {
    return this.sessions.list(this.database.sql, accountId);
  }

  /** Ends one of the caller's own sessions, which may be the one that they ask by. */
  async end(sessionId: string): Promise<void> {
    const isEnded = await this.database.transaction((trx) => this.sessions.end(trx, sessionId));
    if (!isEnded) throw new Problem('NOT_FOUND');
  }

  /** Ends all of the caller's own sessions but the one that they ask by. */
  async endOthers(sessionId: string): Promise<void> {
    await this.database.transaction((trx) => this.sessions.endOthers(trx, sessionId));
  }

  /** Finds which of these sessions go on: for what outlives the request that it was let in by. */
  async findLive(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(await this.sessions.findLive(this.database.sql, ids));
  }

  /**
   * Finds whose request this is: by `Authorization: Bearer`, or else by our cookie, and then what
   * may change something must come from our own pages. A token works only the way it was given out:
   * a cookie's, sent as a bearer token, would get round the Origin check.
   *
   * @throws Problem UNAUTHENTICATED or ORIGIN_REFUSED
   */
  async authenticate(request: FastifyRequest): Promise<Me> {
    const { authorization } = request.headers;
    const kind = authorization === undefined ? 'cookie' : 'bearer';
    const token =
      authorization === undefined
        ? findSessionToken(request.headers.cookie)
        : /^Bearer (\S+)$/i.exec(authorization)?.[1];
    if (token === undefined || !TOKEN.test(token)) throw new Problem('UNAUTHENTICATED');
    if (kind === 'cookie' && !['GET', 'HEAD', 'OPTIONS'].includes(request.method))
      this.checkOrigin(request);
    const tokenDigest = sha256(token);
    const me = await this.sessions.find(this.database.sql, tokenDigest, kind);
    if (me === undefined) throw new Problem('UNAUTHENTICATED');
    identifyBy(async (trx) => {
      // It has ended since.
      if (!(await this.sessions.identify(trx, tokenDigest))) throw new Problem('UNAUTHENTICATED');
    });
    return { ...me, proofKey: sha256(`prover\0${token}`) };
  }

  private checkOrigin(request: FastifyRequest): void {
    if (request.headers.origin !== this.origin.value) throw new Problem('ORIGIN_REFUSED');
  }
}
