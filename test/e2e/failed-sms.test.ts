import { eventually } from '../support/eventually.js';
import { account, app, type Client, type Person, team, verify } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK, an app's own server. Fake: the telephone
// network (simulator).

interface Verification {
  id: string;
  state: string;
  delivery: { channel: string; state: string; reason: string | null };
  next: { smsAt: string | null };
}

/** What each code says of an SMS, and whether another may be sent. */
const ONLY_SMS_BARRED = [
  [21612, 'no_sms', false],
  [21614, 'no_sms', false],
  [30006, 'no_sms', false],
  [21610, 'opted_out', false],
  [30007, 'filtered', false],
  [21408, 'misconfigured', true],
] as const;

describe('why an SMS came to nothing', () => {
  const next = numbersOf(71);
  let world: World;
  let receiver: WebhookReceiver;
  let shop: Client;
  const start = async (number: string, channel: string): Promise<string> => {
    const body = { number, channel };
    const { body: started } = await world.call<Verification>(
      'POST',
      '/v1/verifications',
      body,
      shop,
    );
    return started.id;
  };
  const read = async (id: string): Promise<Verification> =>
    (await world.call<Verification>('GET', `/v1/verifications/${id}`, undefined, shop)).body;
  const lost = async (id: string): Promise<Verification> => {
    await eventually('it is lost', async () =>
      ['undelivered', 'rejected', 'failed'].includes((await read(id)).delivery.state),
    );
    return read(id);
  };
  const lines = (event: string, code: number) =>
    world.logs.filter(
      (line) => line.includes(`"${event}"`) && line.includes(`"carrierCode":${String(code)}`),
    );
  const codeOf = async (subjectId: string) =>
    (
      await world.rows<{ code: number | null }>(
        `SELECT carrier_code AS code FROM handoffs WHERE subject_id = $1 ORDER BY created_at LIMIT 1`,
        [subjectId],
      )
    )[0]?.code;

  beforeAll(async () => {
    world = await World.start();
    receiver = await WebhookReceiver.start();
    shop = await app(world, 'shop');
    await world.rows(
      'INSERT INTO app_webhooks (app_id, url, is_enabled, created_at) VALUES ($1, $2, true, $3)',
      [shop.id, receiver.url('/shop'), world.clock.now()],
    );
  });
  afterAll(async () => {
    await world.close();
    await receiver.close();
  });

  describe.each(['error', 'undelivered'])('told by an answer or a callback (%s):', (kind) => {
    test.each(ONLY_SMS_BARRED)(
      'with `auto`, %i is followed by a call at once, and kept as %s',
      async (code, reason, mayResend) => {
        const phone = world.phones.phone(next());
        const channel = kind === 'error' ? { channel: 'sms' } : {};
        await phone.trouble({ kind, code, times: 1, ...channel });
        const id = await start(phone.number, 'auto');
        await (await phone.expectRing()).decline();
        const { state, next: then } = await read(id);
        expect([state, then.smsAt !== null]).toEqual(['pending', mayResend]);
        const [first] = await world.rows<object>(
          `SELECT reason, carrier_code AS code FROM handoffs WHERE subject_id = $1 AND channel = 'sms'`,
          [id],
        );
        expect(first).toEqual({ reason, code });
      },
    );
  });

  test.each([
    [30034, 'misconfigured'],
    [30007, 'filtered'],
    [30004, 'blocked'],
    [30003, 'undelivered'],
  ])(
    '%i by a callback reaches the answer, the log, the webhook and the figures as %s',
    async (code, reason) => {
      const phone = world.phones.phone(next());
      await phone.trouble({ kind: 'undelivered', code });
      const id = await start(phone.number, 'sms');
      expect((await lost(id)).delivery).toMatchObject({ state: 'undelivered', reason });
      expect(await codeOf(id)).toBe(code);
      expect(lines('carrier_event', code).join('')).toContain(`"reason":"${reason}"`);
      expect(lines('carrier_misconfigured', code)).toHaveLength(reason === 'misconfigured' ? 1 : 0);
      await eventually('the app is told', () =>
        Promise.resolve(
          receiver
            .at('/shop')
            .map(({ body }) => (JSON.parse(body) as { data: object }).data)
            .some(
              (data) =>
                JSON.stringify(data) ===
                JSON.stringify({
                  verificationId: id,
                  channel: 'sms',
                  delivery: 'undelivered',
                  reason,
                }),
            ),
        ),
      );
      const { body: figures } = await world.call('GET', '/v1/app/figures', undefined, shop);
      expect(figures).toMatchObject({
        undelivered: expect.arrayContaining([
          { channel: 'sms', reason, count: expect.any(Number) as number },
        ]) as object[],
      });
    },
  );

  test("a number that the carrier's guard takes for fraud is not called instead, whoever says so", async () => {
    for (const kind of ['error', 'undelivered']) {
      const phone = world.phones.phone(next());
      await phone.trouble({ kind, code: 30450, ...(kind === 'error' ? { channel: 'sms' } : {}) });
      const id = await start(phone.number, 'auto');
      await eventually('it is over', async () => (await read(id)).state === 'undeliverable');
      expect((await read(id)).delivery.reason).toBe('fraud');
    }
    await world.phones.settled();
  });

  test('a code that a callback says is lost keeps its reason, though nobody knew that it had left', async () => {
    const phone = world.phones.phone(next());
    await phone.trouble({ kind: 'garbled', channel: 'sms', times: 1 });
    await phone.trouble({ kind: 'undelivered', code: 30007 });
    const id = await start(phone.number, 'sms');
    expect((await lost(id)).delivery).toMatchObject({ state: 'undelivered', reason: 'filtered' });
  });

  test("the carrier's own guard looks at codes, and lets a Ding say the same again", async () => {
    const [ann, bob]: Person[] = [
      await account(world, 'Ann', next()),
      await account(world, 'Bob', next()),
    ];
    for (const one of [ann, bob] as Person[]) await verify(world, one);
    await team(world, [ann as Person, bob as Person]);
    await world.call(
      'POST',
      '/v1/dings',
      { text: 'The pump has stopped.', recipientIds: [bob?.id], channel: 'sms' },
      ann,
    );
    await bob?.phone.expectSms(/pump/);
    const messages = (await world.phones.requests()).filter(
      ({ fields }) => fields['To'] === bob?.number && fields['Body'] !== undefined,
    );
    expect(messages.map(({ fields }) => fields['RiskCheck'])).toEqual(['enable', 'disable']);
  });
});
