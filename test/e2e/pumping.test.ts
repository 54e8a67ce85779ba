import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { PumpingGuard } from '../../src/guard/pumping-guard.service.js';
import { startCommand } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { account, type Person } from '../support/make.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL by their own logins, the queue, the operator's
// command as a process. Fake: the telephone network (simulator). Blocks are written by the test:
// what makes them is test/medium/pumping.

const CODE = /#(\d{6})$/;
interface Verification {
  id: string;
  state: string;
  code?: string;
  retryAfter?: number;
  delivery: { state: string; reason: string | null } | null;
}

describe('while sends are blocked', () => {
  const TEST = '+447400129999';
  let world: World;
  let ann: Person;
  const start = (number: string, headers: Record<string, string> = {}) =>
    world.call<Verification>(
      'POST',
      '/v1/verifications',
      { number },
      { token: ann.token, headers },
    );
  const act = (id: string, what: string, body: object) =>
    world.call<Verification>('POST', `/v1/verifications/${id}/${what}`, body, ann);
  const guard = async (...words: string[]) => {
    const env = { DATABASE_URL: world.database.ownerUrl };
    const { status, out, err } = await startCommand(['guard', ...words], env);
    return { code: status, text: out + err };
  };
  /**
   * A block, of the prefix of the last verification or of Britain; the command goes by the real
   * time, and `api` by the test's.
   */
  const block = async (kind: 'prefix' | 'country'): Promise<string> => {
    const id = randomUUID();
    await world.rows(
      `
        INSERT INTO pumping_blocks (
          id, kind, prefix_key, country, reason, sends, approvals, cost, level, since, until
        )
        SELECT
          $1,
          $2,
          CASE WHEN $2 = 'prefix' THEN prefix_key END,
          country,
          'burst',
          12,
          1,
          0.6,
          1,
          now(),
          '2099-01-01'
        FROM verifications
        ORDER BY created_at DESC
        LIMIT 1
      `,
      [id, kind],
    );
    return id;
  };
  const rows = async (): Promise<number[]> =>
    Promise.all(
      [
        'numbers',
        'verifications',
        'codes',
        'handoffs',
        `limits WHERE expires_at > '${world.clock.now().toISOString()}'`,
        'idempotency_keys',
      ].map(
        async (table) =>
          (await world.rows<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`))[0]?.n ?? -1,
      ),
    );
  /** Ahead of its next second. */
  const look = async (): Promise<void> => world.apps.get('api')?.app.get(PumpingGuard).look();

  beforeAll(async () => {
    world = await World.start({ env: { TEST_NUMBERS: `${TEST}=424242`, SPEND_CAP_A_DAY: '0.15' } });
    ann = await account(world, 'Ann', '+447400120001');
  });
  afterAll(() => world.close());

  test('no code is sent there, nothing is stored or counted; what was sent before may be typed in, and what was answered before is answered again', async () => {
    const started = await start(ann.number, { 'idempotency-key': 'first' });
    const [, code] = await ann.phone.expectSms(CODE);
    world.clock.advance(61_000);
    await block('prefix');
    await look();
    const before = await rows();
    const refused = await start('+447400120003', { 'idempotency-key': 'second' });
    expect(refused).toMatchObject({ status: 429, body: { code: 'SENDS_BLOCKED' } });
    expect(Number(refused.headers.get('retry-after'))).toBe(refused.body.retryAfter);
    expect(refused.text).not.toMatch(/burst|conversion|GB|7400/);
    expect(await act(started.body.id, 'sends', {})).toMatchObject({
      status: 429,
      body: { code: 'SENDS_BLOCKED' },
    });
    expect(await rows()).toEqual(before);
    expect((await start(ann.number, { 'idempotency-key': 'first' })).body.id).toBe(started.body.id);
    expect((await start(TEST)).status).toBe(201);
    expect((await act(started.body.id, 'check', { code })).body).toMatchObject({
      state: 'approved',
    });
    // Also who proved the number.
    expect(await start(ann.number)).toMatchObject({ status: 429, body: { code: 'SENDS_BLOCKED' } });
  });

  test('the operator sees which prefix and why, lifts the block, and codes are sent again', async () => {
    const [row] = await eventually('its prefix is known', async () => {
      const found = await world.rows<{ id: string; prefix: string | null }>(
        'SELECT id, prefix FROM pumping_blocks',
      );
      return found[0]?.prefix === null ? undefined : found;
    });
    const listed = await guard('list');
    expect(listed.text).toMatch(
      new RegExp(
        `^${row?.id.slice(0, 8)}  prefix \\+44740012 of GB: blocked until 2099-01-01\\S+, since \\S+; ` +
          'burst: 1 of 12 typed in \\(8 %\\), cost 0\\.60; 2nd time within a day\n$',
      ),
    );
    for (const words of [
      ['lift', 'ffffffff'],
      ['lift', 'x'],
      ['lift'],
      ['list', 'x'],
      [],
      ['drop'],
    ])
      expect((await guard(...words)).code).toBeGreaterThan(0);
    expect(await guard('lift', row?.id.slice(0, 8) as string)).toEqual({
      code: 0,
      text: 'prefix +44740012 of GB: lifted\n',
    });
    expect((await guard('lift', row?.id as string)).code).toBe(1);
    await look();
    expect((await start('+447400120003')).status).toBe(201);
    await world.phones.phone('+447400120003').expectSms(CODE);
    expect((await guard('list')).text).toContain('lifted at ');
  });

  test('a country is blocked as a whole, and no other', async () => {
    const id = await block('country');
    await look();
    expect((await start('+447810120003')).body.code).toBe('SENDS_BLOCKED');
    const number = '+12028340123';
    expect((await start(number)).status).toBe(201);
    await world.phones.phone(number).expectSms(CODE);
    await guard('lift', id);
  });

  test("when the day's cap is used up a verification says that it was blocked, and nothing goes out", async () => {
    const { body } = await start('+12028340124');
    const ended = await eventually('it has finished', async () => {
      const { body: now } = await world.call<Verification>(
        'GET',
        `/v1/verifications/${body.id}`,
        undefined,
        ann,
      );
      return now.state === 'pending' ? undefined : now;
    });
    expect(ended).toMatchObject({
      state: 'blocked',
      delivery: { state: 'rejected', reason: 'spend_cap' },
      next: { smsAt: null, mayCheck: false },
    });
    // It did not leave, so it is no send: neither a wait nor the number's day knows of it.
    for (let again = 0; again < 4; again += 1) {
      expect((await start('+12028340124')).status).toBe(201);
      await eventually('it is blocked, too', async () => {
        const blocked = await world.rows("SELECT FROM verifications WHERE state = 'blocked'");
        return blocked.length === again + 2;
      });
    }
    expect(world.logs.filter((line) => line.includes('spend_cap_reached'))).toHaveLength(1);
    const day = world.clock.now().toISOString().slice(0, 10);
    expect(
      await world.rows(
        `SELECT subject, spent::float8 FROM spendings WHERE day = '${day}' ORDER BY subject`,
      ),
    ).toEqual([
      { subject: `account:${ann.id}`, spent: 0.15 },
      { subject: 'all', spent: 0.15 },
      { subject: 'country:GB', spent: 0.1 },
      { subject: 'country:US', spent: 0.05 },
    ]);
    await world.rows("UPDATE spendings SET day = (now() AT TIME ZONE 'UTC')::date");
    expect((await guard('figures')).text).toBe(
      `account:${ann.id}: 0.15 today\nall: 0.15 today\ncountry:GB: 0.10 today\ncountry:US: 0.05 today\n`,
    );
  });
});

test('a file of prices must be right when the worker starts, and is read again when it changes', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'prices-'));
  const file = path.join(folder, 'prices');
  const write = async (text: string): Promise<void> => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
  const world = await World.start({
    env: { PRICES_FILE: file, SMS_PRICE: '0.01' },
    roles: ['api', 'ingress'],
  }).catch((error: unknown) => error);
  if (!(world instanceof World)) throw world;
  try {
    const { createRole } = await import('../../src/app.module.js');
    const { parseSettings } = await import('../../src/settings.js');
    const settings = parseSettings({ ...world.env, ROLES: 'worker' }).worker;
    if (settings === undefined) throw new Error('no worker');
    const logs: string[] = [];
    const create = () =>
      createRole('worker', settings, { clock: world.clock, log: (line) => logs.push(line) });
    const boot = async () => {
      const app = await create();
      await app.listen();
      return app;
    };
    expect(create).toThrow(/^PRICES_FILE can not be read$/);
    await write('US sms cheap');
    expect(create).toThrow(/^PRICES_FILE must have lines like/);
    await write('US sms 0.02');
    const app = await boot();
    try {
      const ann = await account(world, 'Ann', '+12028340001');
      const spend = async (number: string): Promise<number> => {
        expect((await world.call('POST', '/v1/verifications', { number }, ann)).status).toBe(201);
        await world.phones.phone(number).expectSms(CODE);
        return Number(
          (
            await world.rows<{ spent: string }>(`SELECT spent FROM spendings WHERE subject = 'all'`)
          )[0]?.spent,
        );
      };
      expect(await spend('+12028340001')).toBe(0.02);
      await write('# nothing\nUS sms');
      await eventually('it is refused', () =>
        Promise.resolve(logs.some((line) => line.includes('prices_file_refused'))),
      );
      expect(await spend('+12028340002')).toBe(0.04);
      const read = () => logs.filter((line) => line.includes('prices_file_read')).length;
      const before = read();
      await write('US sms 1');
      await eventually('it is read', () => Promise.resolve(read() > before));
      expect(await spend('+12028340003')).toBe(1.04);
    } finally {
      await app.close();
    }
  } finally {
    await world.close();
    await rm(folder, { recursive: true });
  }
});
