import { createHash } from 'node:crypto';
import pg from 'pg';
import { capabilityDigest } from '../../src/handoff/handoff.js';
import { openSpoken } from '../../src/plaintext/spoken-code.js';
import { codesIn } from '../support/canary.js';
import { dumpPostgres, dumpQueue } from '../support/dumps.js';
import { eventually } from '../support/eventually.js';
import { account, type Person, verify } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import type { RingingCall } from '../support/ringing-call.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator).

interface Verification {
  id: string;
  state: string;
  code?: string;
  isCorrect?: boolean;
  delivery: { state: string; reason: string | null } | null;
  next: { smsAt: string | null; voiceAt: string | null; mayCheck: boolean; checksLeft: number };
}

const MINUTE = 60_000;
const PRESS = /press (\d)\.$/;
const CODE = /^\d( \d){5}$/;

describe('a code by voice', () => {
  const next = numbersOf(12);
  let world: World;
  let ann: Person;
  const start = async (more: object = { channel: 'voice' }, who = ann): Promise<string> => {
    const { status, body, text } = await world.call<Verification>(
      'POST',
      '/v1/verifications',
      { number: who.number, ...more },
      who,
    );
    if (status !== 201) throw new Error(text);
    return body.id;
  };
  const send = (id: string, body?: object) =>
    world.call<Verification>('POST', `/v1/verifications/${id}/sends`, body, ann);
  const read = async (id: string) =>
    (await world.call<Verification>('GET', `/v1/verifications/${id}`, undefined, ann)).body;
  const check = async (id: string, code: string) =>
    (await world.call<Verification>('POST', `/v1/verifications/${id}/check`, { code }, ann)).body;
  const spokenRows = () => world.rows('SELECT 1 FROM spoken_codes');
  const delivery = async (id: string) => (await read(id)).delivery;
  const spoken = (ring: RingingCall): string[] =>
    ring
      .said()
      .filter((text) => CODE.test(text))
      .map((text) => text.replaceAll(' ', ''));
  /** Lets one turn be spoken, up to where it listens; gives the key that it asks for. */
  const asked = async (ring: RingingCall): Promise<string> => {
    await ring.letPass('pause');
    const [, key] = await ring.expectSaid(PRESS);
    await ring.expectListening();
    return key as string;
  };
  const other = (key: string): string => String((Number(key) + 1) % 10);
  /** Hears the code to the end. */
  const heard = async (ring: RingingCall): Promise<string> => {
    await ring.press(await asked(ring));
    await ring.letPass('pause');
    await ring.expectEnded('completed');
    await world.phones.settled();
    const codes = spoken(ring);
    expect(codes).toHaveLength(2);
    expect(codes[1]).toBe(codes[0]);
    return codes[0] as string;
  };

  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.pass(61 * MINUTE); // nobody was called or throttled lately
    ann = await account(world, 'Ann', next());
  });
  afterEach(() => world.phones.clearTroubles());

  test('the call says who calls and why, asks for a key, speaks the code twice, and the code verifies', async () => {
    const id = await start();
    const ring = await ann.phone.expectRing({ from: 'withheld' });
    await eventually('the ring is told', async () => (await delivery(id))?.state === 'ringing');
    await ring.answer();
    await ring.expectSaid(
      /This is Dingline\. Somebody, probably you, asked for a code to verify this phone number/,
    );
    const key = await asked(ring);
    expect(await delivery(id)).toMatchObject({ state: 'answered', reason: null });
    expect(await spokenRows()).toHaveLength(1);
    expect(spoken(ring)).toEqual([]);
    await ring.press(key);
    await ring.letPass('pause');
    await ring.expectSaid(/Never tell it to anyone\. Goodbye/);
    await ring.expectEnded('completed');
    await world.phones.settled();
    expect(await delivery(id)).toMatchObject({ state: 'delivered', reason: null });
    expect(await spokenRows()).toEqual([]);
    const [code, again] = spoken(ring);
    expect(again).toBe(code);
    expect(ann.phone.messages()).toEqual([]);
    expect(await check(id, code as string)).toMatchObject({ state: 'approved', isCorrect: true });
  });

  test('sent again by voice it is the code of the SMS, and sent again by SMS that of the call', async () => {
    const id = await start({});
    const [, code] = await ann.phone.expectSms(/#(\d{6})$/);
    expect(await send(id, { channel: 'voice' })).toMatchObject({
      status: 429,
      body: { code: 'SEND_TOO_SOON' },
    });
    await world.pass(MINUTE);
    expect((await send(id, { channel: 'voice' })).status).toBe(201);
    expect(await heard(await (await ann.phone.expectRing()).answer())).toBe(code);
    await world.pass(MINUTE);
    expect((await send(id)).status).toBe(201); // no body: by SMS
    expect((await ann.phone.expectSms(/#(\d{6})$/))[1]).toBe(code);
    expect((await send(id, { channel: 'pigeon' })).status).toBe(400);
    expect(await check(id, code as string)).toMatchObject({ isCorrect: true });
  });

  test('Chinese is spoken to those who chose it, digits too', async () => {
    await start({ channel: 'voice', language: 'zh' });
    const ring = await (await ann.phone.expectRing()).answer();
    await ring.letPass('pause');
    const [, key] = await ring.expectSaid(/^收听验证码请按(\d)。$/);
    await ring.press(key as string);
    await ring.letPass('pause');
    await ring.expectEnded('completed');
    expect(ring.said()[0]).toMatch(/^您好，这里是叮线。/);
    expect(spoken(ring)).toHaveLength(2);
    const languages = new Set(
      ring
        .seen()
        .filter((entry) => entry.type === 'said')
        .map((entry) => `${String(entry['language'])} ${String(entry['voice'])}`),
    );
    expect([...languages]).toEqual(['cmn-CN Polly.Zhiyu']);
  });

  test('a wrong key gets a kind word and another key to press; the second ends the call without the code', async () => {
    const id = await start();
    const ring = await (await ann.phone.expectRing()).answer();
    const wrong = other(await asked(ring));
    await ring.press(wrong);
    await ring.expectSaid(/Sorry, that was another key\.$/);
    const [, key] = await ring.expectSaid(PRESS);
    expect(key).not.toBe(wrong); // a greeting's constant tone can't hit now
    await ring.press(other(key as string));
    await ring.expectSaid(/ask for another call/);
    await ring.expectEnded('completed');
    await world.phones.settled();
    expect(spoken(ring)).toEqual([]);
    expect(await read(id)).toMatchObject({
      state: 'pending',
      delivery: { state: 'ended', reason: 'hung_up' },
      next: { mayCheck: true, checksLeft: 5 },
    });
    expect(await spokenRows()).toEqual([]);

    await world.pass(MINUTE);
    await send(id, { channel: 'voice' });
    const second = await (await ann.phone.expectRing()).answer();
    await second.press(other(await asked(second)));
    await second.expectSaid(/Sorry/);
    await second.press((await second.expectSaid(PRESS))[1] as string);
    await second.letPass('pause');
    await second.expectEnded('completed');
    expect(await check(id, spoken(second)[0] as string)).toMatchObject({ isCorrect: true });
  });

  test('keys before the question is over are lost', async () => {
    const id = await start();
    const ring = await (await ann.phone.expectRing()).answer();
    await ring.expectSaid(/This is Dingline/);
    expect(await ring.pressNow('0123456789')).toEqual(Array(10).fill(false));
    await heard(ring);
    expect(await delivery(id)).toMatchObject({ state: 'delivered' });
  });

  test('silence hears the question again with other keys, for at least 45 seconds, and never the code', async () => {
    const id = await start();
    const ring = await (await ann.phone.expectRing()).answer();
    const keys: string[] = [];
    for (let turn = 1; turn <= 5; turn += 1) {
      keys.push(await asked(ring));
      await ring.letGatherTimeOut();
    }
    await ring.expectSaid(/heard no key/);
    await ring.expectEnded('completed');
    await world.phones.settled();
    expect(spoken(ring)).toEqual([]);
    expect(await read(id)).toMatchObject({
      state: 'pending',
      delivery: { state: 'ended', reason: 'hung_up' },
    });
    expect(keys).toHaveLength(5); // 10 s of waiting each
  });

  test.each([
    ['says nothing', []],
    [
      'plays tones when it answers and whenever we speak',
      ['0', '1', '5', '7', '9'].flatMap((key) => [
        { key, on: 'answer' },
        { key, on: 'say' },
      ]),
    ],
    [
      'plays tones just when we listen',
      ['0', '1', '5', '7', '9'].map((key) => ({ key, on: 'gather' })),
    ],
  ])(
    'voicemail that %s never hears the code, and the API says that a machine answered',
    async (_, tones) => {
      await ann.phone.trouble({ kind: 'voicemail', ringMs: 0, detectedAfterMs: 0, tones });
      const id = await start();
      const ring = await ann.phone.expectRing();
      // The verdict may be there before the call asks what to say: then it is hung up at once.
      const isHeard = await Promise.any([
        ring.expectSaid(/This is Dingline/).then(() => true),
        ring.expectEnded('completed').then(() => false),
      ]);
      await eventually(
        'the machine is told',
        async () => (await delivery(id))?.reason === 'machine',
      );
      expect(await spokenRows()).toEqual([]);
      if (isHeard) await ring.letPass('pause');
      if (isHeard && tones.every((tone) => tone.on !== 'gather')) await ring.letGatherTimeOut();
      await ring.expectEnded('completed');
      await world.phones.settled();
      expect(spoken(ring)).toEqual([]);
      expect(await read(id)).toMatchObject({
        state: 'pending',
        delivery: { state: 'ended', reason: 'machine' },
      });
    },
  );

  test('voicemail that the carrier takes for a person hears nothing by a constant tone, but for one key in ten', async () => {
    await ann.phone.trouble({
      kind: 'voicemail',
      ringMs: 0,
      answeredBy: 'human',
      tones: [{ key: '*', on: 'gather' }],
    });
    const id = await start();
    const ring = await ann.phone.expectRing();
    await ring.letPass('pause');
    await ring.expectSaid(/ask for another call/); // two tones, two wrong keys
    await ring.expectEnded('completed');
    await world.phones.settled();
    expect(spoken(ring)).toEqual([]);
    expect(await delivery(id)).toMatchObject({ state: 'ended', reason: 'hung_up' });
  });

  test.each([
    [
      'canceled',
      (id: string) => world.call('POST', `/v1/verifications/${id}/cancel`, undefined, ann),
    ],
    [
      'guessed away',
      async (id: string) => {
        for (let guess = 0; guess < 5; guess += 1) await check(id, '000000');
      },
    ],
    ['expired', () => world.pass(10 * MINUTE)],
  ])(
    '%s while the phone rings, it has no code to speak: the call says so and ends',
    async (_, finish) => {
      const id = await start();
      const ring = await ann.phone.expectRing();
      await world.phones.settled();
      expect(await spokenRows()).toHaveLength(1);
      await finish(id);
      await eventually('the code is erased', async () => (await spokenRows()).length === 0);
      await ring.answer();
      await ring.expectSaid(/no longer needed, or its time is over\. Goodbye/);
      await ring.expectEnded('completed');
      expect(ring.said()).toHaveLength(1);
    },
  );

  test('approved while the call listens, the right key hears no code any more', async () => {
    const id = await start({});
    const [, code] = await ann.phone.expectSms(/#(\d{6})$/);
    await world.pass(MINUTE);
    await send(id, { channel: 'voice' });
    const ring = await (await ann.phone.expectRing()).answer();
    const key = await asked(ring);
    expect(await check(id, code as string)).toMatchObject({ state: 'approved' });
    expect(await spokenRows()).toEqual([]);
    await ring.press(key);
    await ring.expectSaid(/no longer needed/);
    await ring.expectEnded('completed');
    expect(spoken(ring)).toEqual([]);
  });

  test('canceled before it went out, it never rings', async () => {
    await world.stop('worker');
    const id = await start();
    await world.call('POST', `/v1/verifications/${id}/cancel`, undefined, ann);
    await world.boot('worker');
    await verify(world, await account(world, 'Bob', next()));
    expect(ann.phone.rings()).toEqual([]);
    expect(await delivery(id)).toMatchObject({ state: 'canceled' });
  });

  test.each([
    ['declined', (ring: RingingCall) => ring.decline(), 'busy'],
    ['not taken', (ring: RingingCall) => ring.letRingOut(), 'no_answer'],
    [
      'hung up at once',
      async (ring: RingingCall) => {
        await (await ring.answer()).hangUp();
      },
      'hung_up',
    ],
  ])('a call that is %s leaves the verification pending, and says why', async (_, act, reason) => {
    const id = await start();
    await act(await ann.phone.expectRing());
    await world.phones.settled();
    expect(await read(id)).toMatchObject({
      state: 'pending',
      delivery: { state: 'ended', reason },
      next: { mayCheck: true },
    });
    expect(await spokenRows()).toEqual([]);
    await world.pass(MINUTE);
    expect((await send(id, { channel: 'sms' })).status).toBe(201);
    const [, code] = await ann.phone.expectSms(/#(\d{6})$/);
    expect(await check(id, code as string)).toMatchObject({ isCorrect: true });
  });

  test("a number that the carrier can't call ends the verification", async () => {
    await ann.phone.trouble({ kind: 'error', code: 21211, times: 1, channel: 'call' });
    const id = await start();
    await eventually('it is given up', async () => (await read(id)).state === 'undeliverable');
    expect(await delivery(id)).toMatchObject({ state: 'rejected', reason: 'bad_number' });
    expect(await spokenRows()).toEqual([]);
  });

  test('a phone is called for codes as often as for anything, whoever asks: once a minute, also when nobody had its number before', async () => {
    const bob = { ...(await account(world, 'Bob', ann.number)), phone: ann.phone };
    await start();
    await (await ann.phone.expectRing()).decline();
    await world.phones.settled();
    const second = await start({ channel: 'voice' }, bob);
    await eventually(
      'it waits for its minute',
      async () =>
        (
          await world.rows(
            `SELECT 1 FROM handoffs WHERE subject_id = $1 AND state = 'queued' AND not_before = $2`,
            [second, new Date(world.clock.now().getTime() + MINUTE)],
          )
        ).length === 1,
    );
    expect(ann.phone.rings()).toHaveLength(1);
    await world.pass(MINUTE);
    await (await ann.phone.expectRing()).decline();
  });

  test("a try that did not reach the carrier is no ring, and the code is spoken under the next call's URL", async () => {
    await ann.phone.trouble({ kind: 'error', code: 20429, status: 429, times: 1 });
    const id = await start();
    await eventually(
      'the first try is back in the queue',
      async () =>
        (
          await world.rows(
            `SELECT 1 FROM handoffs WHERE subject_id = $1 AND state = 'queued' AND attempts = 1`,
            [id],
          )
        ).length === 1,
    );
    await world.pass(1_000);
    const code = await heard(await (await ann.phone.expectRing()).answer());
    expect(await check(id, code)).toMatchObject({ isCorrect: true });
  });

  test('a repeated send with the same Idempotency-Key is one call; with another channel it is another request', async () => {
    const id = await start({});
    await ann.phone.expectSms(/#(\d{6})$/);
    await world.pass(MINUTE);
    const again = (channel: string) =>
      world.call<Verification>(
        'POST',
        `/v1/verifications/${id}/sends`,
        { channel },
        { token: ann.token, headers: { 'idempotency-key': 'again' } },
      );
    expect(
      (await Promise.all([again('voice'), again('voice')])).map((answer) => answer.status),
    ).toEqual([201, 201]);
    expect(await again('sms')).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
    await (await ann.phone.expectRing()).decline();
    await world.phones.settled();
    expect(ann.phone.rings()).toHaveLength(1);
  });

  test('the code stands in no row, no job, no log line and no answer, neither while it waits nor when it was spoken', async () => {
    const id = await start();
    const ring = await (await ann.phone.expectRing()).answer();
    const key = await asked(ring);
    const dumps = async () => [
      ...(await dumpPostgres(world.database.ownerUrl)).tables,
      ...(await dumpQueue(world.queue.url)).tables,
    ];
    const stores = await dumps();
    await ring.press(key);
    await ring.letPass('pause');
    await ring.expectEnded('completed');
    await world.phones.settled();
    const code = spoken(ring)[0] as string;
    stores.push(...(await dumps()));
    expect(stores.length).toBeGreaterThan(40);
    const forms = [
      code,
      [...code].join(' '),
      Buffer.from(code).toString('hex'),
      Buffer.from(code).toString('base64'),
    ];
    for (const [name, content] of stores)
      expect(codesIn(name, forms, content.toString('latin1'))).toEqual([]);
    expect(codesIn('the logs', forms, world.logs.join(''))).toEqual([]);
    expect(world.answers.flatMap((answer) => codesIn(answer.path, forms, answer.text))).toEqual([]);
    expect(await check(id, code)).toMatchObject({ isCorrect: true });
  });

  test("with ingress's login and all its settings, but without the call's URL, the code can't be had", async () => {
    const id = await start();
    const ring = await (await ann.phone.expectRing()).answer();
    await asked(ring);
    await world.phones.settled();
    const url =
      (await world.phones.callbacks()).findLast(
        ({ purpose, fields }) => purpose === 'instructions' && fields['To'] === ann.number,
      )?.url ?? '';
    const capability = /carrier\/([^/]+)\//.exec(url)?.[1] ?? '';

    // All that its login may read, column by column, and all that it is given at start.
    const ingress = new pg.Client({ connectionString: world.env['INGRESS_DATABASE_URL'] ?? '' });
    await ingress.connect();
    const readable: { column: string; value: unknown }[] = [];
    try {
      const { rows: columns } = await ingress.query<{ name: string; column: string }>(`
        SELECT format('%I.%I', n.nspname, c.relname) AS name, quote_ident(a.attname) AS column
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
        JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
        WHERE a.attnum > 0
          AND NOT a.attisdropped
          AND has_column_privilege(c.oid, a.attnum, 'SELECT')
      `);
      for (const { name, column } of columns) {
        for (const row of (
          await ingress.query<{ value: unknown }>(`SELECT ${column} AS value FROM ${name}`)
        ).rows)
          readable.push({ column: `${name}.${column}`, value: row.value });
      }
      for (const forbidden of [
        'SELECT sealed FROM codes',
        'SELECT sealed FROM numbers',
        'SELECT hash FROM codes',
      ])
        await expect(ingress.query(forbidden)).rejects.toThrow(/permission denied/);
    } finally {
      await ingress.end();
    }
    const sealed = readable.find(({ column }) => column === 'public.spoken_codes.sealed')
      ?.value as Buffer;
    const handoffId = readable.find(({ column }) => column === 'public.spoken_codes.handoff_id')
      ?.value as string;
    const settings = JSON.parse(
      JSON.stringify(world.settings.ingress, (_, value: unknown) =>
        typeof value === 'object' && value !== null && 'reveal' in value
          ? (value as { reveal(): unknown }).reveal()
          : value,
      ),
    ) as object;
    const given = [
      ...(Object.values(settings) as unknown[]).flat(),
      ...Object.values(world.env),
    ].map(String);
    const secrets = [...readable.map(({ value }) => value), ...given].flatMap((value) =>
      Buffer.isBuffer(value)
        ? [
            value.toString('hex'),
            value.toString('base64'),
            value.toString('base64url'),
            value.toString('latin1'),
          ]
        : [value instanceof Date ? value.toISOString() : String(value)],
    );
    const kept = createHash('sha256').update(capabilityDigest(capability)).digest('hex');
    expect(secrets).toContain(kept); // what is kept is there, what it is of is not
    expect(secrets).not.toContain(capabilityDigest(capability).toString('hex'));
    expect(secrets).not.toContain(capability);
    for (const secret of new Set(secrets))
      expect(() => openSpoken(sealed, secret, handoffId)).toThrow();

    await ring.hangUp();
    const opened = openSpoken(sealed, capability, handoffId).forCarrier();
    expect(await check(id, opened)).toMatchObject({ isCorrect: true });
  });
});
