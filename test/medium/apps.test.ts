import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { digestSecret, MOST_SERVICES, formatSid } from '../../src/apps/app.js';
import { AppsRepository } from '../../src/apps/apps.repository.js';
import { Apps } from '../../src/apps/apps.service.js';
import { Database } from '../../src/kernel/database.js';
import { newId, type NumberRef } from '../../src/kernel/ids.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { RequestTurns } from '../../src/kernel/request-turns.js';
import { Throttle } from '../../src/kernel/throttle.js';
import { eventually } from '../support/eventually.js';
import { app as makeApp, basic, type Client } from '../support/make.js';
import { Room } from '../support/room.js';

// Real: the service of `api` on `api`'s login, PostgreSQL. Time is real where an operator waits by a watch.

/** Counts what it asks the database for. */
class CountedRepository extends AppsRepository {
  reads: string[][] = [];
  atOnce = 0;
  mostAtOnce = 0;
  override async read(
    ...[trx, asked]: Parameters<AppsRepository['read']>
  ): ReturnType<AppsRepository['read']> {
    this.reads.push(asked.map(({ id }) => id));
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    return super.read(trx, asked).finally(() => {
      this.atOnce -= 1;
    });
  }
}

let room: Room;
let rows: CountedRepository;
let apps: Apps;
beforeAll(async () => {
  room = await Room.open();
});
afterAll(() => room.close());
beforeEach(() => {
  rows = new CountedRepository();
  apps = new Apps(
    room.api,
    rows,
    new Throttle(room.api, room.limiterKeys(), room.clock),
    new RequestTurns(),
    room.clock,
  );
});

const world = {
  get clock() {
    return room.clock;
  },
  rows: async <R>(text: string, values: unknown[] = []): Promise<R[]> => {
    const held = await room.owner.hold(() => {});
    try {
      return (await held.query(text, values)) as R[];
    } finally {
      await held.end();
    }
  },
} as unknown as Parameters<typeof makeApp>[0];
let made = 0;
const newApp = (how: Parameters<typeof makeApp>[2] = {}): Promise<Client> =>
  makeApp(world, `App ${String((made += 1))}`, how);
const run = (text: string, ...values: unknown[]) => world.rows(text, values);
const who = (client: Client, secret = client.secret) =>
  apps.authenticate(basic(client.sid, secret).authorization);
const refused = { name: 'Problem', code: 'UNAUTHENTICATED' };

describe('an app', () => {
  test('is known by its id and secret, with all that a request needs to know of it', async () => {
    const client = await newApp({ countries: ['DE', 'FR'], serviceName: 'Pumps' });
    const found = await who(client);
    expect(found).toMatchObject({ id: client.id, countries: ['DE', 'FR'], hasWebhook: false });
    expect(found.defaultService).toEqual({
      id: client.serviceId,
      appId: client.id,
      isDefault: true,
      name: 'Pumps',
      codeLength: 6,
      codeLastsMs: 600_000,
      channels: ['sms', 'voice'],
      templates: {},
      codeHost: null,
      createdAt: room.clock.now(),
    });
    expect([...found.services.values()]).toEqual([found.defaultService]);
  });

  test("is refused alike whatever is wrong: no header, no such app, another's secret, another scheme", async () => {
    const [client, other] = [await newApp(), await newApp()];
    const wrong = randomBytes(32).toString('base64url');
    for (const header of [
      undefined,
      '',
      `Bearer ${client.secret}`,
      basic(client.sid, wrong).authorization,
      basic(client.sid, other.secret).authorization,
      basic(formatSid('AC', newId()), client.secret).authorization,
      basic(formatSid('VA', client.id), client.secret).authorization,
    ])
      await expect(apps.authenticate(header)).rejects.toMatchObject({ ...refused, details: {} });
    expect((await who(client)).id).toBe(client.id);
  });

  test('asks a hundred times, and the database is asked once in half a second', async () => {
    const client = await newApp();
    const began = performance.now();
    await Promise.all(Array.from({ length: 50 }, () => who(client)));
    for (let i = 0; i < 50; i += 1) await who(client);
    expect(rows.reads.length).toBeLessThanOrEqual(
      1 + Math.floor((performance.now() - began) / 500),
    ); // it is read again each half second
  });

  test('may be made, and given a secret, and is let in at once', async () => {
    const client = await newApp();
    await who(client);
    const second = randomBytes(32).toString('base64url');
    await expect(who(client, second)).rejects.toMatchObject(refused);
    await run(
      'INSERT INTO app_secrets (secret_hash, app_id, created_at) VALUES (sha256($1), $2, now())',
      digestSecret(second),
      client.id,
    );
    expect((await who(client, second)).id).toBe(client.id);
    expect((await who(client)).id).toBe(client.id);
    expect((await who(await newApp())).id).not.toBe(client.id);
  });

  test.each([
    ['is disabled', 'UPDATE apps SET disabled_at = now() WHERE id = $1'],
    ['whose secret is retired', 'DELETE FROM app_secrets WHERE app_id = $1'],
    ['is removed', 'DELETE FROM apps WHERE id = $1'],
  ])('that %s is refused within a second', async (_how, statement) => {
    const client = await newApp();
    await who(client);
    await run(statement, client.id);
    const changed = performance.now();
    let last = 0;
    await eventually('it is refused', async () => {
      const asked = performance.now();
      return who(client).then(
        () => {
          last = asked;
          return false;
        },
        (error: { code?: string }) => error.code === refused.code,
      );
    });
    expect(last - changed).toBeLessThan(1_000); // asked later than that, it was never let in
    await expect(who(client)).rejects.toMatchObject(refused);
  });

  test("can't sign in while the database is away", async () => {
    const gone = new Database(
      new Redacted('postgres://dingline_api:x@127.0.0.1:1/dingline'),
      'test',
      () => {},
    );
    try {
      const away = new Apps(
        gone,
        rows,
        new Throttle(gone, room.limiterKeys(), room.clock),
        new RequestTurns(),
        room.clock,
      );
      for (let i = 0; i < 2; i += 1)
        await expect(
          away.authenticate((await newApp()).headers.authorization),
        ).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    } finally {
      await gone.close();
    }
  });
});

test('five hundred guesses at once are few reads, one after the other, and fill no memory', async () => {
  const client = await newApp();
  await who(client);
  rows.reads = [];
  const began = performance.now();
  const guesses = Array.from({ length: 500 }, (_, i) =>
    apps
      .authenticate(
        basic(
          i % 2 === 0 ? client.sid : formatSid('AC', newId()),
          randomBytes(32).toString('base64url'),
        ).authorization,
      )
      .catch((error: { code: string }) => error.code),
  );
  expect(new Set(await Promise.all(guesses))).toEqual(new Set([refused.code]));
  expect(rows.reads.length).toBeLessThanOrEqual(1 + Math.ceil((performance.now() - began) / 20));
  expect(rows.mostAtOnce).toBe(1);
  expect(
    (apps as unknown as { held: Map<string, unknown>; waiting: Map<string, unknown> }).held.size,
  ).toBe(1);
  expect((apps as unknown as { waiting: Map<string, unknown> }).waiting.size).toBe(0);
});

describe('the services of an app', () => {
  test('are made as usual where nothing else is wished, known at once here and in another process, and changed in part', async () => {
    const client = await newApp();
    const [other, app] = [
      new Apps(
        room.api,
        new AppsRepository(),
        new Throttle(room.api, room.limiterKeys(), room.clock),
        new RequestTurns(),
        room.clock,
      ),
      await who(client),
    ];
    const before = await other.authenticate(client.headers.authorization);
    const service = await apps.createService(app, { name: 'Night' });
    expect(service).toMatchObject({
      name: 'Night',
      isDefault: false,
      codeLength: 6,
      codeLastsMs: 600_000,
      channels: ['sms', 'voice'],
      templates: {},
      codeHost: null,
    });
    expect((await who(client)).services.get(service.id)).toEqual(service);
    expect(await other.service(before, service.id)).toEqual(service);
    const changed = await apps.updateService(app, service.id, {
      codeLength: 4,
      channels: ['voice'],
    });
    expect(changed).toEqual({ ...service, codeLength: 4, channels: ['voice'] });
    expect((await who(client)).services.get(service.id)).toEqual(changed);
    expect((await apps.listServices(app)).map(({ name }) => name)).toEqual([app.name, 'Night']);
  });

  test("are its own: another's is not there", async () => {
    const [app, other] = [await who(await newApp()), await who(await newApp())];
    await expect(apps.service(app, other.defaultService.id)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(
      apps.updateService(app, other.defaultService.id, { name: 'Mine' }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('are a hundred at most, however many are made at once', async () => {
    const app = await who(await newApp());
    const [atOnce, left] = [12, 5];
    await run(
      `
        INSERT INTO verify_services (id, app_id, is_default, name, created_at)
        SELECT gen_random_uuid(), $1, false, 'Day', now()
        FROM generate_series(1, $2::int)
      `,
      app.id,
      MOST_SERVICES - 1 - left,
    );
    const results = await Promise.allSettled(
      Array.from({ length: atOnce }, () => apps.createService(app, { name: 'Night' })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(left);
    for (const result of results)
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ code: 'SERVICE_LIMIT' });
    expect(await apps.listServices(app)).toHaveLength(MOST_SERVICES);
  });

  test('have templates and a host that only the operator writes', async () => {
    const app = await who(await newApp());
    for (const statement of [
      `UPDATE verify_services SET templates = '{}' WHERE app_id = '${app.id}'`,
      `UPDATE verify_services SET code_host = 'evil.example' WHERE app_id = '${app.id}'`,
      `UPDATE apps SET countries = '{}'`,
      'DELETE FROM apps',
      'DELETE FROM app_secrets',
      `INSERT INTO app_secrets VALUES ('x', '${app.id}', now())`,
    ])
      await expect(sql.raw(statement).execute(room.api.sql)).rejects.toMatchObject({
        code: '42501',
      });
    for (const database of [room.api, room.worker, room.ingress])
      await expect(
        sql`SELECT secret_hash FROM app_secrets`.execute(database.sql),
      ).rejects.toMatchObject({ code: '42501' });
  });
});

describe('the figures of an app', () => {
  const started = async (
    serviceId: string,
    how: { state?: string; country?: string | null; isTest?: boolean; at?: Date } = {},
  ): Promise<string> => {
    const sealer = room.sealer();
    const numberRef: NumberRef = await room.store(sealer, '+12015550123');
    const [id, at] = [newId(), how.at ?? room.clock.now()];
    await run(
      `
        INSERT INTO verifications (
          id, service_id, number_ref, limiter_index, is_test, country, language, state, created_at,
          expires_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, 'en', $7, $8, $9)
      `,
      id,
      serviceId,
      numberRef,
      randomBytes(32),
      how.isTest ?? false,
      how.country === undefined ? 'DE' : how.country,
      how.state ?? 'approved',
      at,
      new Date(at.getTime() + 600_000),
    );
    return id;
  };
  const handed = (
    subjectId: string,
    channel: string,
    state: string,
    {
      kind = 'deliver',
      reason,
      delivery = 'none',
    }: { kind?: string; reason?: string; delivery?: string } = {},
  ) =>
    run(
      `
        INSERT INTO handoffs (
          id, purpose, channel, kind, subject_id, account_id, language, state, reason, delivery,
          not_before, not_after, created_at
        )
        VALUES ($1, 'verification', $2, $3, $4, $4, 'en', $5, $6, $7, now(), now(), now())
      `,
      newId(),
      channel,
      kind,
      subjectId,
      state,
      reason,
      delivery,
    );

  test('count its own verifications of the last day, and what of them went to the carrier', async () => {
    const [client, other] = [await newApp(), await newApp()];
    const app = await who(client);
    const second = await apps.createService(app, { name: 'Night' });
    for (let i = 0; i < 4; i += 1) await handed(await started(client.serviceId), 'sms', 'accepted');
    const expired = await started(second.id, {
      state: 'pending',
      at: new Date(room.clock.now().getTime() - 600_000),
    });
    await handed(expired, 'sms', 'accepted', { delivery: 'undelivered', reason: 'filtered' });
    await handed(expired, 'voice', 'unknown', { reason: 'unknown' });
    await handed(expired, 'voice', 'rejected', { reason: 'bad_number' });
    await handed(expired, 'voice', 'canceled', { reason: 'canceled' });
    await handed(expired, 'voice', 'accepted', { kind: 'hang_up' });
    await started(second.id, { country: 'FR', state: 'blocked' });
    await started(client.serviceId, { country: null, state: 'pending' });
    // None of these is counted.
    await handed(await started(client.serviceId, { isTest: true }), 'sms', 'failed', {
      reason: 'misconfigured',
    });
    await started(client.serviceId, { at: new Date(room.clock.now().getTime() - 86_400_000) });
    await handed(await started(other.serviceId), 'sms', 'accepted');
    const until = room.clock.now();
    expect(await apps.figures(app)).toEqual({
      since: new Date(until.getTime() - 86_400_000),
      until,
      starts: 7,
      sends: { sms: 5, voice: 1 },
      undelivered: [
        { channel: 'voice', reason: 'bad_number', count: 1 },
        { channel: 'sms', reason: 'filtered', count: 1 },
      ],
      pending: 1,
      approved: 4,
      failed: { canceled: 0, expired: 1, max_attempts: 0, undeliverable: 0, blocked: 1 },
      conversion: 0.6667,
      countries: [
        { country: 'DE', starts: 5, approved: 4, conversion: 0.8 },
        { country: 'other', starts: 2, approved: 0, conversion: 0 },
      ],
    });
    expect((await apps.figures(await who(other))).starts).toBe(1);
  });

  test('are told twenty times a minute, each to its own', async () => {
    const [app, other] = [await who(await newApp()), await who(await newApp())];
    for (let i = 0; i < 20; i += 1) await apps.figures(app);
    await expect(apps.figures(app)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect((await apps.figures(other)).starts).toBe(0);
  });
});

test("the worker reads what the SMS of a service says, and of a person's own verification nothing", async () => {
  const client = await newApp({ serviceName: 'Pumps' });
  const [sealer, id] = [room.sealer(), newId()];
  const ref = await room.store(sealer, '+12015550124');
  await run(
    `
      UPDATE verify_services
      SET templates = '{"en": "{name}: {code}"}', code_lasts_s = 90, code_host = 'shop.example'
      WHERE id = $1
    `,
    client.serviceId,
  );
  await run(
    `
      INSERT INTO verifications (
        id, service_id, number_ref, limiter_index, language, state, created_at, expires_at
      )
      VALUES ($1, $2, $3, 'x', 'en', 'pending', now(), now())
    `,
    id,
    client.serviceId,
    ref,
  );
  expect(await rows.findTexts(room.worker.sql, id)).toEqual({
    name: 'Pumps',
    templates: { en: '{name}: {code}' },
    codeHost: 'shop.example',
  });
  expect(await rows.findTexts(room.worker.sql, await room.verification(ref))).toBeUndefined();
});
