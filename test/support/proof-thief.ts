import type pg from 'pg';
import { bindCode, Code } from '../../src/plaintext/code.js';
import { account, app as makeApp, type Client, type Person, verify } from './make.js';
import { numberPool } from './numbers.js';
import { steal } from './thief.js';
import { World } from './world.js';

export const [TEST_NUMBER, TEST_CODE] = ['+12025550100', '424242'] as const;

/** An SMS that brings a code. */
export const CODE_SMS = /#(\d{6})$/;

/** A world in which somebody wants a number proved without its code; what they need to try it. */
export class ProofThief {
  private readonly logins: pg.Client[] = [];

  private constructor(
    readonly world: World,
    /** She has proved her number. */
    readonly ann: Person,
    /** The thief's own account. */
    readonly eve: Person,
    readonly shop: Client,
    readonly draw: ReturnType<typeof numberPool>,
  ) {}

  static async start(): Promise<ProofThief> {
    const draw = numberPool(Date.now());
    const world = await World.start({ env: { TEST_NUMBERS: `${TEST_NUMBER}=${TEST_CODE}` } });
    const ann = await account(world, 'Ann', draw().e164);
    const eve = await account(world, 'Eve', draw().e164);
    const shop = await makeApp(world, 'Pump shop');
    await verify(world, ann);
    return new ProofThief(world, ann, eve, shop, draw);
  }

  async close(): Promise<void> {
    for (const login of this.logins) await login.end();
    await this.world.close();
  }

  async become(login: Parameters<typeof steal>[1]): Promise<pg.Client> {
    const thief = await steal(this.world, login);
    this.logins.push(thief);
    return thief;
  }

  /** A verification that is pending, whose code has arrived. */
  async pending(of: Person): Promise<{ id: string; code: string }> {
    const number = this.draw().e164;
    const { status, body } = await this.world.call<{ id: string }>(
      'POST',
      '/v1/verifications',
      { number },
      of,
    );
    expect(status).toBe(201);
    const [, code = ''] = await this.world.phones.phone(number).expectSms(CODE_SMS);
    return { id: body.id, code };
  }

  /** What a check submits of a code: the thief who knows this has the host's pepper, too. */
  submitted(code: string, id: string): Buffer {
    const pepper = Buffer.from(this.world.env['CODE_PEPPER'] ?? '', 'base64url');
    return bindCode(Code.parse(code)?.hashUnder(pepper) ?? Buffer.alloc(0), id);
  }

  async stateOf(id: string): Promise<string | undefined> {
    const [row] = await this.world.rows<{ state: string }>(
      'SELECT state FROM verifications WHERE id = $1',
      [id],
    );
    return row?.state;
  }

  cancel(of: Person, id: string): ReturnType<World['call']> {
    return this.world.call('POST', `/v1/verifications/${id}/cancel`, undefined, of);
  }
}
