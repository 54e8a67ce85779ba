import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Clock } from '../kernel/clock.js';
import { Database, type Identified } from '../kernel/database.js';
import { sha256 } from '../kernel/digest.js';
import { Problem } from '../kernel/problem.js';
import type { Rule } from '../kernel/rate-limit.js';
import { RequestTurns } from '../kernel/request-turns.js';
import { asRule, SECRET_BOUNDS } from '../kernel/secret-bounds.js';
import { Throttle } from '../kernel/throttle.js';
import { type SessionRow, SessionsRepository } from './sessions.repository.js';
import { findAsker, Passwords } from './passwords.service.js';
import { DEVICE_COOKIE, DEVICE_HEADER, findCookie, SESSION_COOKIE } from './session-cookie.js';

const MINUTE_MS = 60_000;
/** A household or an office may sit behind one address. */
const BY_ADDRESS: Rule = { max: 30, windowMs: 5 * MINUTE_MS };
/**
 * One person may have forgotten their password. A /48, with four times as much, stays below what a
 * login has.
 */
const BY_LOGIN_FROM_ADDRESS: readonly Rule[] = [
  { max: 10, windowMs: 15 * MINUTE_MS },
  { max: 20, windowMs: 60 * MINUTE_MS },
];
/** All tries, right ones too; PostgreSQL itself counts the wrong ones. */
const BY_LOGIN = asRule(SECRET_BOUNDS.sign_in);
const BY_DEVICE = asRule(SECRET_BOUNDS.sign_in_device);

/** Whoever makes a request. */
export interface Me extends Identified {
  readonly accountId: string;
  readonly sessionId: string;
  /** A secret that only this session's token gives: what it has proved is stored under it. */
  readonly proofKey: Buffer;
  /** What PostgreSQL is shown of the session's token. */
  readonly tokenDigest: Buffer;
}

export interface NewSession {
  accountId: string;
  token: string;
  expiresAt: Date;
  /** What this device is known by from now on. */
  deviceToken: string;
}

export const makeToken = (): string => randomBytes(32).toString('base64url');
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Where our own pages are: `Origin` must be this where a cookie speaks for someone. */
export class PublicOrigin {
  constructor(private readonly value: string) {}

  /** @throws Problem ORIGIN_REFUSED: another page asks, or none */
  check(request: FastifyRequest): void {
    if (request.headers.origin !== this.value) throw new Problem('ORIGIN_REFUSED');
  }
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
    private readonly turns: RequestTurns,
    private readonly clock: Clock,
  ) {}

  /**
   * The limits come before the hashing, which costs 19 MiB and 25 ms, and count a login whether or
   * not it exists. An unknown login and a wrong password get the same answer after the same work.
   *
   * A device that has signed in to it before has tries of its own, so that nobody elsewhere uses
   * them up; what it is known by is shown with the request, or made now.
   */
  async signIn(
    { login, password, kind }: { login: string; password: string; kind: 'bearer' | 'cookie' },
    request: FastifyRequest,
  ): Promise<NewSession> {
    // Otherwise a foreign page could sign its visitor in as somebody else.
    if (kind === 'cookie') this.origin.check(request);
    const shown = findDeviceToken(kind, request);
    const deviceToken = shown !== undefined && TOKEN.test(shown) ? shown : makeToken();
    const deviceDigest = sha256(deviceToken);
    const how = await this.sessions.findStretch(this.database.sql, login, deviceDigest);
    if (how.isKnownDevice)
      await this.throttle.take(`sign-in:device:${login} ${deviceToken}`, BY_DEVICE);
    else await this.takeAsStranger(login, request.ip);
    const stretched = await this.passwords.stretch(how.stretch, password, findAsker(request.ip));
    // Two statements, each a transaction: a guess counts before anybody learns whether it is right.
    const guess = { login, stretched, deviceDigest };
    const guessId = await this.sessions.guessSignIn(this.database.sql, guess);
    const token = makeToken();
    const session = await this.sessions.signIn(this.database.sql, {
      guessId,
      tokenDigest: sha256(token),
      kind,
      deviceDigest,
    });
    if (session === undefined) throw new Problem('WRONG_CREDENTIALS');
    return { ...session, token, deviceToken };
  }

  private async takeAsStranger(login: string, ip: string): Promise<void> {
    await this.throttle.takeFrom('sign-in', ip, BY_ADDRESS);
    await this.throttle.takeFrom(`sign-in:login:${login}`, ip, ...BY_LOGIN_FROM_ADDRESS);
    await this.throttle.take(`sign-in:login:${login}`, BY_LOGIN);
  }

  list(accountId: string): Promise<SessionRow[]> {
    return this.sessions.list(this.database.sql, accountId);
  }

  /** Ends one of the caller's own sessions, which may be the one that they ask by. */
  async end(me: Me, sessionId: string): Promise<void> {
    const isEnded = await this.database.transaction((trx) => this.sessions.end(trx, sessionId), {
      as: me,
    });
    if (!isEnded) throw new Problem('NOT_FOUND');
  }

  /** Ends all of the caller's own sessions but the one that they ask by. */
  async endOthers(me: Me): Promise<void> {
    await this.database.transaction((trx) => this.sessions.endOthers(trx, me.sessionId), {
      as: me,
    });
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
   * @throws Problem UNAUTHENTICATED, ORIGIN_REFUSED, or TOO_MANY_REQUESTS at once
   */
  async authenticate(request: FastifyRequest): Promise<Me> {
    const { authorization } = request.headers;
    const kind = authorization === undefined ? 'cookie' : 'bearer';
    const token =
      authorization === undefined
        ? findCookie(SESSION_COOKIE, request.headers.cookie)
        : /^Bearer (\S+)$/i.exec(authorization)?.[1];
    if (token === undefined || !TOKEN.test(token)) throw new Problem('UNAUTHENTICATED');
    if (kind === 'cookie' && !['GET', 'HEAD', 'OPTIONS'].includes(request.method))
      this.origin.check(request);
    const tokenDigest = sha256(token);
    const me = await this.sessions.find(this.database.sql, tokenDigest, kind);
    if (me === undefined) throw new Problem('UNAUTHENTICATED');
    await this.turns.takeForAccount(request, me.accountId, this.clock.now());
    return {
      ...me,
      tokenDigest,
      proofKey: sha256(`prover\0${token}`),
      identify: async (trx) => {
        // It has ended since.
        if (!(await this.sessions.identify(trx, tokenDigest))) throw new Problem('UNAUTHENTICATED');
      },
    };
  }
}

/** Our pages are known by a cookie, apps by a header that they send. */
function findDeviceToken(kind: 'bearer' | 'cookie', request: FastifyRequest): string | undefined {
  if (kind === 'cookie') return findCookie(DEVICE_COOKIE, request.headers.cookie);
  const header = request.headers[DEVICE_HEADER];
  return typeof header === 'string' ? header : undefined;
}
