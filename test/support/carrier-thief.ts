import type pg from 'pg';
import { account, app, type Client, type Person, team, verify } from './make.js';
import { numberPool } from './numbers.js';
import { CODE_SMS } from './proof-thief.js';
import { letOverhear, REFUSED, steal, whenCalled } from './thief.js';
import { World } from './world.js';

/**
 * Somebody with the login of ingress, who says of calls and messages what no carrier has told. What
 * it writes with `says` and `findAllowed` is written by a worse thief, who has overheard the
 * capability of the call or message that it is about; by `login` alone nothing is.
 */
export class CarrierThief {
  private constructor(
    readonly world: World,
    readonly login: pg.Client,
    readonly ann: Person,
    /** Whom she may reach. */
    readonly bob: Person,
    readonly carl: Person,
    readonly shop: Client,
    private readonly draw: ReturnType<typeof numberPool>,
  ) {}

  /** What is silent stays so, if nothing else is set: nobody asks what became of it. */
  static async start(
    env: Record<string, string> = { RECONCILE_SMS_AFTER: '1d', RECONCILE_CALLS_AFTER: '1h' },
  ): Promise<CarrierThief> {
    const draw = numberPool(Date.now());
    const world = await World.start({ env });
    const ann = await account(world, 'Ann', draw().e164);
    const bob = await account(world, 'Bob', draw().e164);
    const carl = await account(world, 'Carl', draw().e164);
    const shop = await app(world, 'Pump shop');
    await team(world, [ann, bob, carl]);
    for (const one of [ann, bob, carl]) await verify(world, one);
    await letOverhear(world);
    const login = await steal(world, 'ingressUrl');
    return new CarrierThief(world, login, ann, bob, carl, shop, draw);
  }

  async close(): Promise<void> {
    await this.login.end();
    await this.world.close();
  }

  /** Ann's, to Bob. */
  async ding(channel: 'app' | 'sms' | 'voice'): Promise<string> {
    const { status, body } = await this.world.call<{ id: string }>(
      'POST',
      '/v1/dings',
      { recipientIds: [this.bob.id], text: 'the cellar is under water', channel },
      this.ann,
    );
    expect(status).toBe(201);
    return body.id;
  }

  recall(id: string): ReturnType<World['call']> {
    return this.world.call('POST', `/v1/dings/${id}/recall`, undefined, this.ann);
  }

  /** A verification of the shop's, whose code has arrived. */
  async started(body: object = {}): Promise<string> {
    const number = this.draw().e164;
    const answer = await this.world.call<{ id: string }>(
      'POST',
      '/v1/verifications',
      { number, ...body },
      this.shop,
    );
    expect(answer.status).toBe(201);
    await this.world.phones.phone(number).expectSms(CODE_SMS);
    await this.world.phones.settled();
    return answer.body.id;
  }

  /** The row, with the owner's eyes. */
  async one<R extends object | undefined>(text: string, values: unknown[] = []): Promise<R> {
    return (await this.world.rows<NonNullable<R>>(text, values))[0] as R;
  }

  /**
   * One transaction that has shown the capability of a hand-off: of the newest that is for a phone,
   * if none is named.
   */
  async whenCalled<T>(work: () => Promise<T>, handoffId?: string): Promise<T> {
    const newest = `SELECT id FROM handoffs WHERE kind = 'deliver' ORDER BY created_at DESC, id LIMIT 1`;
    const shown = handoffId ?? (await this.one<{ id: string }>(newest)).id;
    return whenCalled(this.login, shown, work);
  }

  /** One statement, when called. */
  says(text: string, values: unknown[] = [], handoffId?: string): Promise<pg.QueryResult> {
    return this.whenCalled(() => this.login.query(text, values), handoffId);
  }

  /**
   * Tries each change of a row: gives those that are let through, and takes them back. The
   * capability of the row's own hand-off is shown.
   */
  async findAllowed(table: string, id: string, changes: readonly string[]): Promise<string[]> {
    const own = await this.one<{ id: string } | undefined>(
      `SELECT id FROM handoffs WHERE (id = $1 OR subject_id = $1) AND kind = 'deliver' LIMIT 1`,
      [id],
    );
    const done: string[] = [];
    for (const set of changes) {
      await this.login.query('BEGIN');
      try {
        if (own !== undefined) await this.login.query('SELECT public.overhear($1)', [own.id]);
        const { rowCount } = await this.login.query(`UPDATE ${table} SET ${set} WHERE id = $1`, [
          id,
        ]);
        if (rowCount !== 0) done.push(set);
      } catch (error) {
        expect((error as Error).message).toMatch(REFUSED);
      }
      await this.login.query('ROLLBACK');
    }
    return done;
  }
}
