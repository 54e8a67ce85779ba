import { timingSafeEqual } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { CHANNELS } from '../handoff/channels.js';
import { Clock } from '../kernel/clock.js';
import { Database, type Identified, isDatabaseAway, type Transaction } from '../kernel/database.js';
import { Problem } from '../kernel/problem.js';
import type { Rule } from '../kernel/rate-limit.js';
import { RequestTurns } from '../kernel/request-turns.js';
import { Throttle } from '../kernel/throttle.js';
import {
  type App,
  CODE_LASTS_MS,
  CODE_LENGTH,
  digestSecret,
  readBasic,
  type ServiceWish,
  type CallingApp,
  type VerifyService,
} from './app.js';
import { type AskedApp, AppsRepository } from './apps.repository.js';
import { type Figures, FIGURES_MS, computeFigures } from './figures.js';

/**
 * What was read counts as true for this long. The time is real, as in
 * plaintext/number-rules.service.ts: an operator waits by a watch.
 */
const HELD_MS = 1_000;
/** At this age it is read again beside the requests, so that none of them waits for it. */
const REFRESHED_AFTER_MS = 500;
/** This much time lies between the beginnings of two reads. */
const READ_EVERY_MS = 20;
/** One read asks for this many apps at most. */
const MOST_AT_ONCE = 200;
/** Figures are limited because they read all of an app's day. */
const FIGURES_RULE: Rule = { max: 20, windowMs: 60_000 };

interface Held {
  app: App;
  /** The app as its live secrets sign it in: those among them that were asked about. */
  signedIn: readonly CallingApp[];
  readAt: number;
}
interface Waiting {
  /** Somebody wants to sign in with secrets of these digests. */
  digests: Map<string, Buffer>;
  done: Promise<Held | undefined>;
  resolve: (held: Held | undefined) => void;
  reject: (error: unknown) => void;
}

/**
 * Knows who signs in as an app, and the services of each. A request costs no statement: apps are
 * held in memory for a second at most from the moment that they were asked for, so an app that is
 * disabled and a secret that is retired stop working.
 *
 * A secret or an app that isn't known here is looked for, since it may have been made just now. All
 * who wait for that share one read, and reads come one after the other with a pause: whatever is
 * guessed, it is some 50 small statements a second, on one connection. Only apps that exist are
 * held, so guesses fill no memory.
 */
@Injectable()
export class Apps {
  private readonly held = new Map<string, Held>();
  private readonly waiting = new Map<string, Waiting>();
  private reading: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly apps: AppsRepository,
    private readonly throttle: Throttle,
    private readonly turns: RequestTurns,
    private readonly clock: Clock,
  ) {}

  /**
   * Finds the app whose credentials these are: `Basic` of its sid and one of its secrets. Whatever
   * is wrong with them, the answer is the same after the same work.
   *
   * @throws Problem UNAUTHENTICATED; UNAVAILABLE while the database is away
   */
  async authenticate(authorization: string | undefined): Promise<CallingApp> {
    const known = this.recognize(authorization);
    if (known !== undefined) return known;
    const given = readBasic(authorization);
    if (given === undefined) throw new Problem('UNAUTHENTICATED');
    const digest = digestSecret(given.secret);
    const found = findSignedIn(await this.read(given.appId, digest), digest);
    if (found === undefined) throw new Problem('UNAUTHENTICATED');
    return found;
  }

  /**
   * Does what `authenticate` does, without a promise, by what is in memory: that serves nearly
   * every request. Undefined decides nothing; then `authenticate` must be asked.
   */
  recognize(authorization: string | undefined): CallingApp | undefined {
    const given = readBasic(authorization);
    return given && findSignedIn(this.known(given.appId), digestSecret(given.secret));
  }

  /**
   * Gives one of the app's own services. Another process may have made it just now.
   *
   * @throws Problem NOT_FOUND
   */
  async service(app: App, id: string): Promise<VerifyService> {
    const service = app.services.get(id) ?? (await this.read(app.id))?.app.services.get(id);
    if (service === undefined) throw new Problem('NOT_FOUND');
    return service;
  }

  /** Lists all services of the app as they are now, the oldest first. */
  listServices(app: App): Promise<VerifyService[]> {
    return this.turns.inTurn(app, () => this.apps.listServices(this.database.sql, app.id));
  }

  /**
   * Makes a service, with the usual value for each that isn't given. The caller checks their form:
   * `findServiceNameProblem`, CODE_LENGTH, CODE_LASTS_MS.
   *
   * @throws Problem SERVICE_LIMIT, UNAUTHENTICATED
   */
  async createService(
    app: CallingApp,
    {
      name,
      codeLength = CODE_LENGTH.usual,
      codeLastsMs = CODE_LASTS_MS.most,
      channels = CHANNELS,
    }: Partial<ServiceWish> & Pick<ServiceWish, 'name'>,
  ): Promise<VerifyService> {
    const wanted = { appId: app.id, name, codeLength, codeLastsMs, channels };
    const made = await this.change(app, (trx) =>
      this.apps.insertService(trx, wanted, this.clock.now()),
    );
    if (made === undefined) throw new Problem('SERVICE_LIMIT');
    await this.refresh(app.id);
    return made;
  }

  /** @throws Problem NOT_FOUND, UNAUTHENTICATED */
  async updateService(
    app: CallingApp,
    id: string,
    changes: Partial<ServiceWish>,
  ): Promise<VerifyService> {
    const updated = await this.change(app, (trx) =>
      this.apps.updateService(trx, app.id, id, changes),
    );
    if (updated === undefined) throw new Problem('NOT_FOUND');
    await this.refresh(app.id);
    return updated;
  }

  /**
   * Counts the app's last 24 hours.
   *
   * @throws Problem TOO_MANY_REQUESTS
   */
  async figures(app: App): Promise<Figures & { since: Date; until: Date }> {
    await this.throttle.take(`figures:${app.id}`, FIGURES_RULE);
    const until = this.clock.now();
    const since = new Date(until.getTime() - FIGURES_MS);
    const db = this.database.sql;
    return this.turns.inTurn(app, async () => {
      const started = await this.apps.countStarts(db, app.id, since, until);
      const sends = await this.apps.countSends(db, app.id, since);
      const undelivered = await this.apps.countUndelivered(db, app.id, since);
      return { since, until, ...computeFigures(started, sends, undelivered) };
    });
  }

  private change<T>(app: CallingApp, work: (trx: Transaction) => Promise<T>): Promise<T> {
    const as: Identified = {
      identify: async (trx) => {
        // Its secret was retired, or the app disabled, meanwhile.
        if (!(await this.apps.identify(trx, app))) throw new Problem('UNAUTHENTICATED');
      },
    };
    return this.turns.inTurn(app, () => this.database.transaction(work, { as }));
  }

  private known(appId: string): Held | undefined {
    const held = this.held.get(appId);
    const age = held === undefined ? Infinity : performance.now() - held.readAt;
    if (age >= HELD_MS) return undefined;
    if (age >= REFRESHED_AFTER_MS) void this.read(appId).catch(() => {}); // who needs it asks again
    return held;
  }

  /**
   * So that this process knows what it has just changed; should that fail, the change stands, and
   * is known within a second.
   */
  private async refresh(appId: string): Promise<void> {
    await this.read(appId).catch(() => {});
  }

  /** What a read that begins after this finds: of the secrets, those that are held, and this one. */
  private read(appId: string, digest?: Buffer): Promise<Held | undefined> {
    const waiting = this.waiting.get(appId) ?? newWaiting();
    this.waiting.set(appId, waiting);
    if (digest !== undefined) waiting.digests.set(digest.toString('hex'), digest);
    this.reading ??= this.readAll().finally(() => {
      this.reading = undefined;
    });
    return waiting.done;
  }

  private toAsk(batch: ReadonlyMap<string, Waiting>): AskedApp[] {
    return [...batch].map(([id, { digests }]) => {
      const known = this.held.get(id)?.signedIn ?? [];
      for (const { secretDigest } of known) digests.set(secretDigest.toString('hex'), secretDigest);
      return { id, digests: [...digests.values()] };
    });
  }

  private async readAll(): Promise<void> {
    while (this.waiting.size > 0) {
      await Promise.resolve(); // all who ask in this turn are in it
      const batch = new Map([...this.waiting].slice(0, MOST_AT_ONCE));
      for (const id of batch.keys()) this.waiting.delete(id);
      const readAt = performance.now();
      try {
        const found = new Map(
          (await this.apps.read(this.database.sql, this.toAsk(batch))).map(({ app, digests }) => [
            app.id,
            {
              app,
              signedIn: digests.map((secretDigest) => ({ ...app, secretDigest })),
              readAt,
            },
          ]),
        );
        for (const [id, { resolve }] of batch) {
          const held = found.get(id);
          if (held === undefined) this.held.delete(id);
          else this.held.set(id, held);
          resolve(held);
        }
      } catch (error) {
        for (const { reject } of batch.values())
          reject(isDatabaseAway(error) ? new Problem('UNAVAILABLE') : error);
      }
      const rest = READ_EVERY_MS - (performance.now() - readAt);
      if (rest > 0) await sleep(rest, undefined, { ref: false });
    }
  }
}

function newWaiting(): Waiting {
  const waiting = { digests: new Map() } as Waiting;
  waiting.done = new Promise((resolve, reject) => Object.assign(waiting, { resolve, reject }));
  return waiting;
}

/** All are compared, each in the same time. */
const findSignedIn = (held: Held | undefined, digest: Buffer): CallingApp | undefined =>
  held?.signedIn.filter(({ secretDigest }) => timingSafeEqual(secretDigest, digest))[0];
