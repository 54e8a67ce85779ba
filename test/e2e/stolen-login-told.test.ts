import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { app, type Client } from '../support/make.js';
import { eventually } from '../support/eventually.js';
import { numberPool } from '../support/numbers.js';
import { REFUSED, steal } from '../support/thief.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';
import { World } from '../support/world.js';

// Real: all three roles, PostgreSQL by each role's login, the queue, the carrier's SDK and the app's server over HTTP.
// Fake: the network. The thief has one role's login at the database and nothing else.

const draw = numberPool(Date.now());
let world: World;
let receiver: WebhookReceiver;
let shop: Client;
let other: Client;
/** Of the shop: one that waits for its code, and one whose code was right. */
let waiting: string;
let approved: string;
let others: string;

beforeAll(async () => {
  world = await World.start();
  receiver = await WebhookReceiver.start();
  [shop, other] = [await app(world, 'Shop'), await app(world, 'Other')];
  await world.rows('INSERT INTO app_webhooks (app_id, url, created_at) VALUES ($1, $2, now())', [
    shop.id,
    receiver.url('/shop'),
  ]);
  const start = async (client: Client): Promise<{ id: string; code: string }> => {
    const number = draw().e164;
    const { body } = await world.call<{ id: string }>(
      'POST',
      '/v1/verifications',
      { number },
      client,
    );
    const [, code = ''] = await world.phones.phone(number).expectSms(/#(\d{6})$/);
    return { id: body.id, code };
  };
  waiting = (await start(shop)).id;
  others = (await start(other)).id;
  const right = await start(shop);
  approved = right.id;
  await world.call('POST', `/v1/verifications/${approved}/check`, { code: right.code }, shop);
  await told();
});
afterAll(async () => {
  await receiver.close();
  await world.close();
});

/** How much the shop was told, once all of it has come. */
async function told(): Promise<number> {
  await world.phones.settled();
  await eventually(
    'all events to be sent',
    async () =>
      (await world.rows(`SELECT FROM webhook_events WHERE state <> 'delivered'`)).length === 0,
  );
  return receiver.told.length;
}

describe.each(['apiUrl', 'ingressUrl', 'workerUrl'] as const)('by the login %s alone', (login) => {
  let thief: pg.Client;
  beforeAll(async () => {
    thief = await steal(world, login);
  });
  afterAll(() => thief.end());

  const insert = (
    type: string,
    verificationId: string,
    more: { appId?: string; handoffId?: string; delivery?: string } = {},
  ): [string, unknown[]] => [
    `
      INSERT INTO webhook_events (
        id, app_id, type, verification_id, handoff_id, channel, delivery, created_at, next_at
      )
      VALUES ($1, $2, $3, $4, $5, 'voice', $6, '2020-01-01', '2020-01-01')
    `,
    [
      randomUUID(),
      more.appId ?? shop.id,
      type,
      verificationId,
      more.handoffId ?? null,
      more.delivery ?? null,
    ],
  ];

  test('no body is handed over, and none is signed that says what is not so, or says it twice', async () => {
    const before = await told();
    const [handoff] = await world.rows<{ id: string }>(
      'SELECT id FROM handoffs WHERE subject_id = $1',
      [waiting],
    );
    const handoffId = handoff?.id ?? '';
    const refused =
      /no app is told|row-level security|permission denied|violates unique|no carrier has told/;
    const attacks: [string, unknown[]][] = [
      insert('verification.approved', waiting),
      insert('verification.failed', waiting),
      insert('verification.failed', approved),
      insert('verification.approved', approved), // told before
      insert('verification.started', waiting), // told before
      insert('verification.approved', others), // of another app
      insert('verification.started', others),
      insert('verification.started', randomUUID()),
      insert('verification.blocked', approved),
      insert('verification.delivery', waiting, { handoffId, delivery: 'failed' }),
      insert('verification.delivery', waiting, { handoffId, delivery: 'answered' }),
      insert('verification.delivery', approved, { handoffId, delivery: 'delivered' }),
    ];
    for (const [text, values] of attacks)
      await expect(thief.query(text, values)).rejects.toThrow(refused);
    await expect(
      thief.query(
        `
          INSERT INTO webhook_events (id, app_id, type, verification_id, body, created_at, next_at)
          VALUES ($1, $2, 'verification.approved', $3, '{}', now(), now())
        `,
        [randomUUID(), shop.id, waiting],
      ),
    ).rejects.toThrow(/column "body"/);
    for (const [column, value] of [
      ['verification_id', waiting],
      ['type', 'verification.approved'],
      ['outcome', 'approved'],
      ['happened_at', '2020-01-01'],
    ])
      await expect(
        thief.query(`UPDATE webhook_events SET ${column} = $1`, [value]),
      ).rejects.toThrow(REFUSED);
    expect(await told()).toBe(before);
  });
});
