import { serializeEvent, type StoredEvent } from '../../src/webhooks/webhook-event.js';
import { app, basic, type Client, account, type Person } from '../support/make.js';
import { eventually } from '../support/eventually.js';
import { numbersOf } from '../support/numbers.js';
import type { Phone } from '../support/phone.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK, an app's own server. Fake: the telephone
// network (simulator).

interface Verification {
  id: string;
  state: string;
  code?: string;
  isCorrect?: boolean;
  errors?: object[];
  next: { smsAt: string | null };
}

const MINUTE = 60_000;

describe('an app verifies a number', () => {
  const next = numbersOf(61);
  let world: World;
  let receiver: WebhookReceiver;
  let shop: Client;
  let phone: Phone;
  let number: string;
  let made = 0;
  const start = (client: Client, more: object = {}) =>
    world.call<Verification>('POST', '/v1/verifications', { number, ...more }, client);
  const act = (client: Client, id: string, what: string, body?: object) =>
    world.call<Verification>('POST', `/v1/verifications/${id}/${what}`, body, client);
  const read = (client: Client | Person, id: string) =>
    world.call<Verification>('GET', `/v1/verifications/${id}`, undefined, client);
  const events = (path: string) =>
    receiver
      .at(path)
      .map(({ body }) => JSON.parse(body) as { type: string; data: Record<string, string> });

  beforeAll(async () => {
    world = await World.start();
    receiver = await WebhookReceiver.start();
  });
  afterAll(async () => {
    await world.close();
    await receiver.close();
  });
  beforeEach(async () => {
    await world.pass(15 * MINUTE);
    made += 1;
    shop = await app(world, `shop ${String(made)}`, { serviceName: 'Corner Shop' });
    number = next();
    phone = world.phones.phone(number);
  });

  test('by an SMS in its own name; a wrong code says so, the right one approves at once, and no account has the number', async () => {
    const started = await start(shop);
    expect(started).toMatchObject({ status: 201, body: { state: 'pending' } });
    const { id } = started.body;
    const [text, code] = await phone.expectSms(/Corner Shop.*#(\d{6})$/s);
    expect(text).not.toContain('Dingline');
    expect((await act(shop, id, 'check', { code: '000000' })).body).toMatchObject({
      isCorrect: false,
      state: 'pending',
      next: { checksLeft: 4 },
    });
    expect((await act(shop, id, 'check', { code })).body).toMatchObject({
      isCorrect: true,
      state: 'approved',
    });
    expect((await read(shop, id)).body).toMatchObject({ state: 'approved' });
    expect(await act(shop, id, 'check', { code })).toMatchObject({
      status: 409,
      body: { code: 'VERIFICATION_FINISHED', next: { state: 'approved' } },
    });
    expect(await world.rows('SELECT 1 FROM account_numbers')).toEqual([]);
    expect(await world.rows('SELECT 1 FROM codes WHERE verification_id = $1', [id])).toEqual([]);
    expect([started.text, (await read(shop, id)).text].join()).not.toContain(number.slice(1));
  });

  test('of many that come at one moment, by several apps, each app with a webhook is told of its own, once, and nobody else of anything', async () => {
    const [other, deaf, quiet] = [
      await app(world, `other ${String(made)}`),
      await app(world, `deaf ${String(made)}`),
      await app(world, `quiet ${String(made)}`),
    ];
    const hook = (client: Client, isEnabled: boolean) =>
      world.rows(
        'INSERT INTO app_webhooks (app_id, url, is_enabled, disabled_because, created_at) VALUES ($1, $2, $3, $4, $5)',
        [
          client.id,
          receiver.url(`/many-${client.id}`),
          isEnabled,
          isEnabled ? null : 'operator',
          world.clock.now(),
        ],
      );
    await Promise.all([hook(shop, true), hook(other, true), hook(deaf, false)]);
    const clients = [shop, other, deaf, quiet];
    const numbers = Array.from({ length: 12 }, () => next());
    const asked = numbers.map((to, i) => ({ to, client: clients[i % 4] as Client }));
    // One of each app asks again for the same number at the same moment, and once for a number that is refused.
    const started = await Promise.all(
      [...asked, ...asked.slice(0, 4)].map(({ to, client }) =>
        world.call<Verification>('POST', '/v1/verifications', { number: to }, client),
      ),
    );
    expect(started.map(({ status }) => status)).toEqual(Array(16).fill(201));
    const live = started.slice(0, 12).map(({ body }) => body.id);
    expect(started.slice(12).map(({ body }) => body.id)).toEqual(live.slice(0, 4));
    const codes = await Promise.all(
      numbers.map(async (to) => (await world.phones.phone(to).expectSms(/#(\d{6})$/))[1] as string),
    );
    // Of each app: one right at once, one with its last wrong code, one that goes on.
    await Promise.all(
      asked
        .slice(4, 8)
        .flatMap(({ client }, i) =>
          Array.from({ length: 4 }, () =>
            act(client, live[4 + i] as string, 'check', { code: '000000' }),
          ),
        ),
    );
    const checked = await Promise.all(
      asked.map(({ client }, i) =>
        act(client, live[i] as string, 'check', { code: i < 4 ? codes[i] : '000000' }),
      ),
    );
    expect(checked.map(({ body }) => body.state)).toEqual([
      ...Array<string>(4).fill('approved'),
      ...Array<string>(4).fill('max_attempts'),
      ...Array<string>(4).fill('pending'),
    ]);

    const told = (i: number) =>
      [0, 4, 8]
        .map((from) => live[from + i] as string)
        .flatMap((verificationId, which) => [
          { type: 'verification.started', data: { verificationId, channel: 'sms' } },
          ...(which === 0
            ? [{ type: 'verification.approved', data: { verificationId } }]
            : which === 1
              ? [{ type: 'verification.failed', data: { verificationId, state: 'max_attempts' } }]
              : []),
        ]);
    const written = async (client: Client) =>
      (
        await world.rows<StoredEvent>(
          `
            SELECT type, verification_id AS "verificationId", channel, delivery, outcome,
              happened_at AS "happenedAt"
            FROM webhook_events
            WHERE app_id = $1 AND type <> 'verification.delivery'
          `,
          [client.id],
        )
      ).map((event) => {
        const { type, data } = JSON.parse(serializeEvent(event)) as { type: string; data: object };
        return { type, data };
      });
    for (const i of [0, 1]) {
      const events = await written(clients[i] as Client);
      expect(events).toHaveLength(told(i).length);
      expect(events).toEqual(expect.arrayContaining(told(i)));
    }
    for (const i of [2, 3]) expect(await written(clients[i] as Client)).toEqual([]);
  });

  test('with the length, the lifetime and the channels of its service', async () => {
    await world.rows(
      `
        INSERT INTO verify_services (
          id, app_id, is_default, name, code_length, code_lasts_s, channels, created_at
        )
        VALUES (gen_random_uuid(), $1, false, 'Till', 9, 120, '{voice}', $2)
      `,
      [shop.id, world.clock.now()],
    );
    const [service] = await world.rows<{ id: string }>(
      `SELECT id FROM verify_services WHERE app_id = $1 AND name = 'Till'`,
      [shop.id],
    );
    expect(await start(shop, { service: service?.id })).toMatchObject({
      status: 409,
      body: { code: 'VOICE_ONLY' },
    });
    const {
      body: { id },
    } = await start(shop, { service: service?.id, channel: 'voice' });
    const ring = await (await phone.expectRing()).answer();
    await ring.expectSaid(/This is Till\./);
    await ring.letPass('pause');
    const [, key] = await ring.expectSaid(/press (\d)\.$/);
    await ring.expectListening();
    await ring.press(key as string);
    await ring.letPass('pause');
    const [spoken] = await ring.expectSaid(/^\d( \d){8}$/);
    await ring.expectEnded('completed');
    await world.pass(2 * MINUTE - 1);
    expect((await read(shop, id)).body.state).toBe('pending');
    await world.pass(1);
    expect(await act(shop, id, 'check', { code: spoken })).toMatchObject({
      status: 409,
      body: { next: { state: 'expired' } },
    });
  });

  test("and sees neither another app's, nor a person's, nor they its own; by another's service it starts none", async () => {
    const other = await app(world, `other ${String(made)}`);
    const ann = await account(world, 'Ann', number);
    const {
      body: { id },
    } = await start(shop);
    const [, code] = await phone.expectSms(/#(\d{6})$/);
    for (const client of [other, ann]) {
      expect((await read(client, id)).status).toBe(404);
      expect(
        (await world.call('POST', `/v1/verifications/${id}/check`, { code }, client)).status,
      ).toBe(404);
      expect(
        (await world.call('POST', `/v1/verifications/${id}/cancel`, undefined, client)).status,
      ).toBe(404);
    }
    expect((await start(other, { service: shop.serviceId })).status).toBe(404);
    const mine = await world.call<Verification>('POST', '/v1/verifications', { number }, ann);
    await phone.expectSms(/#(\d{6})$/);
    expect((await read(shop, mine.body.id)).status).toBe(404);
    expect((await act(shop, id, 'check', { code })).body.isCorrect).toBe(true);
  });

  test('of its countries only', async () => {
    const local = await app(world, `local ${String(made)}`, { countries: ['FR'] });
    expect(await start(local)).toMatchObject({ status: 403, body: { code: 'COUNTRY_REFUSED' } });
    expect(
      await world.rows('SELECT 1 FROM verifications WHERE service_id = $1', [local.serviceId]),
    ).toEqual([]);
  });

  test("and its user's address counts where it names it; a person can name none", async () => {
    for (let i = 0; i < 10; i += 1) {
      number = next();
      expect((await start(shop, { address: '198.51.100.7' })).status).toBe(201);
      await world.phones.phone(number).expectSms(/#/);
    }
    number = next();
    expect(await start(shop, { address: '198.51.100.7' })).toMatchObject({
      status: 429,
      body: { code: 'TOO_MANY_REQUESTS' },
    });
    expect((await start(shop, { address: '2001:db8::7' })).status).toBe(201);
    await world.phones.phone(number).expectSms(/#/);
    const ann = await account(world, 'Ann', next());
    for (const more of [{ address: '198.51.100.7' }, { service: shop.serviceId }]) {
      expect(
        await world.call<Verification>(
          'POST',
          '/v1/verifications',
          { number: ann.number, ...more },
          ann,
        ),
      ).toMatchObject({
        status: 400,
        body: {
          code: 'INVALID_INPUT',
          errors: [{ path: Object.keys(more)[0], message: 'for apps only' }],
        },
      });
    }
    expect((await start(shop, { address: 'nowhere' })).status).toBe(400);
  });

  test('with an Idempotency-Key once, and a key of another app is another key', async () => {
    const keyed = (client: Client) => ({
      headers: { ...client.headers, 'idempotency-key': 'one' },
    });
    const answers = await Promise.all(
      [1, 2, 3].map(() =>
        world.call<Verification>('POST', '/v1/verifications', { number }, keyed(shop)),
      ),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    await phone.expectSms(/#/);
    const other = await app(world, `other ${String(made)}`);
    expect(
      (await world.call<Verification>('POST', '/v1/verifications', { number }, keyed(other))).body
        .id,
    ).not.toBe(answers[0]?.body.id);
    await phone.expectSms(/#/);
  });

  test('and is told by its webhook, in the order in which it happens, without the number', async () => {
    const path = `/shop-${String(made)}`;
    const own = (id: string) =>
      events(path)
        .filter(({ data }) => data['verificationId'] === id)
        .map(({ type }) => type);
    // The app is in memory, without a webhook; what begins right after one is set is told all the same.
    expect((await world.call('GET', '/v1/app', undefined, shop)).body).toMatchObject({
      hasWebhook: false,
    });
    await world.rows('INSERT INTO app_webhooks (app_id, url, created_at) VALUES ($1, $2, $3)', [
      shop.id,
      receiver.url(path),
      world.clock.now(),
    ]);
    const { id } = (await start(shop)).body;
    const [, code] = await phone.expectSms(/#(\d{6})$/);
    await world.phones.settled();
    await act(shop, id, 'check', { code });
    await eventually('all of its own came', () => Promise.resolve(new Set(own(id)).size >= 3));
    expect(new Set(own(id))).toEqual(
      new Set(['verification.started', 'verification.delivery', 'verification.approved']),
    );
    number = next();
    phone = world.phones.phone(number);
    const canceled = (await start(shop)).body.id;
    await phone.expectSms(/#/);
    await act(shop, canceled, 'cancel');
    await eventually('it is told of the cancel', () =>
      Promise.resolve(
        events(path).some(
          ({ type, data }) =>
            type === 'verification.failed' &&
            data['verificationId'] === canceled &&
            data['state'] === 'canceled',
        ),
      ),
    );
    number = next();
    phone = world.phones.phone(number);
    await phone.trouble({ kind: 'error', code: 21211, times: 1 });
    const dead = (await start(shop)).body.id;
    await eventually('it is told of the number', () =>
      Promise.resolve(
        events(path).some(
          ({ type, data }) =>
            type === 'verification.failed' &&
            data['verificationId'] === dead &&
            data['state'] === 'undeliverable',
        ),
      ),
    );
    number = next();
    phone = world.phones.phone(number);
    const late = (await start(shop)).body.id;
    await phone.expectSms(/#/);
    await world.pass(10 * MINUTE);
    await eventually('it is told of the end', () =>
      Promise.resolve(
        events(path).some(
          ({ type, data }) =>
            type === 'verification.failed' &&
            data['verificationId'] === late &&
            data['state'] === 'expired',
        ),
      ),
    );
    for (const { body } of receiver.at(path))
      expect(body.replace(/[0-9a-f-]{36}/g, '')).not.toMatch(/\+?\d{9}/); // an id may have nine digits in a row
  });

  test('not with a wrong secret, and the answer says how to sign in', async () => {
    for (const headers of [
      basic(shop.sid, 'x'.repeat(43)),
      basic('AC00', shop.secret),
      { authorization: 'Basic !' },
    ]) {
      const answer = await world.call('POST', '/v1/verifications', { number }, { headers });
      expect(answer).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
      expect(answer.headers.get('www-authenticate')).toMatch(/\bBasic /);
    }
  });
});
