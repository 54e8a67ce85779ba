import pg from 'pg';
import { formatSid } from '../../src/apps/app.js';
import { Queue, QueueConnections, Worker } from '../../src/handoff/connections.queue.js';
import { formatMetrics } from '../../src/kernel/metrics.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { PhoneNumber } from '../../src/plaintext/phone-number.js';
import { NumberIndex } from '../../src/plaintext/vault/number-index.js';
import { canarySeed, codesIn, Search } from '../support/canary.js';
import { dumpPostgres, dumpQueue, rawFiles, walSegment } from '../support/dumps.js';
import { eventually } from '../support/eventually.js';
import { account, app, basic, PASSWORD, team, verify, type Person } from '../support/make.js';
import { numberPool, type TestNumber } from '../support/numbers.js';
import { queueBackend } from '../support/postgres.js';
import { status, WebhookReceiver } from '../support/webhook-receiver.js';
import { sealed } from '../support/shown.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL and its files, the queue, the carrier's SDK. Fake: the telephone network.
// Numbers that nobody else has go every way that there is, also the ways that fail; then they are looked for in
// everything that was written or answered. They may be at the carrier, in the one answer that shows a caller ID, and in
// an answer below /v2 to the request that brought it.

jest.setTimeout(120_000);

const draw = numberPool(canarySeed());
/** What a Ding says: the participants' content, in the table `dings` and nowhere else of ours. */
const [SENTENCE, FRAME] = [`Pump ${randomWord()} has stopped`, `at pump (/src/${randomWord()}`];
/** Alerts bring stacks along: a line of it looks like a frame of ours, as errors are logged by. */
const TEXT = `${SENTENCE}\n    ${FRAME}.ts:1:1)`;
const TEXTS = [SENTENCE, FRAME];
function randomWord(): string {
  return Math.random().toString(36).slice(2, 12);
}

const numbers: TestNumber[] = [];
const next = (): TestNumber => {
  const number = draw();
  numbers.push(number);
  return number;
};
const codes: string[] = [];

let world: World;
let firstSegment: string;
let ann: Person;
let bob: Person;
let eve: Person;
/** Who may see which number: the one answer that holds one. */
const shown: { path: string; token: string; number: string }[] = [];
/** Answers that say the number of their own request again, by Twilio's rule. */
const echoes = new Map<unknown, string>();
/** An app's own server, which is told what becomes of its verifications. */
let receiver: WebhookReceiver;
const carrierAnswers: string[] = [];
/** How often each number was given to the carrier, by the network's own journal. */
let requestsByNumber: Map<string, number>;
/** Given to the carrier while connections were cut. */
const cut = new Set<string>();

/** Waits until no hand-off is under way; those that wait for their time are given it. */
async function handedOff(): Promise<void> {
  for (let round = 0; round < 400; round += 1) {
    const open = await world.rows<{ state: string; not_before: Date }>(
      `SELECT state, not_before FROM handoffs WHERE state IN ('queued', 'sending')`,
    );
    if (open.length === 0) {
      await world.phones.settled();
      return;
    }
    if (open.every((row) => row.state === 'queued' && row.not_before > world.clock.now()))
      await world.pass(61_000);
    else
      await new Promise((resolve) => {
        setTimeout(resolve, 25);
      }); // the rows tell nobody
  }
  throw new Error('hand-offs do not come to an end');
}

/** A verification by Ann of `number`, sent and not checked. */
async function start(number: string): Promise<string> {
  world.clock.advance(61_000);
  const { status, body, text } = await world.call<{ id: string }>(
    'POST',
    '/v1/verifications',
    { number },
    ann,
  );
  if (status !== 201) throw new Error(text);
  await handedOff();
  return body.id;
}

async function codeOn(number: string): Promise<string> {
  const [, code] = await world.phones.phone(number).expectSms(/#(\d{6})$/);
  codes.push(code as string);
  return code as string;
}

async function verifications(): Promise<void> {
  // Sent, sent again, checked wrongly, rightly, and once more.
  const twice = next();
  const id = await start(twice.national.startsWith('(') ? `+1 ${twice.national}` : twice.e164);
  const code = await codeOn(twice.e164);
  world.clock.advance(61_000);
  expect((await world.call('POST', `/v1/verifications/${id}/sends`, undefined, ann)).status).toBe(
    201,
  );
  await handedOff();
  expect(await codeOn(twice.e164)).toBe(code);
  const wrong = code === '111111' ? '222222' : '111111';
  expect(
    (await world.call('POST', `/v1/verifications/${id}/check`, { code: wrong }, ann)).body,
  ).toMatchObject({ isCorrect: false });
  expect((await world.call('POST', `/v1/verifications/${id}/check`, { code }, eve)).status).toBe(
    404,
  );
  expect((await world.call('GET', `/v1/verifications/${id}`, undefined, ann)).status).toBe(200);
  expect((await world.call('POST', `/v1/verifications/${id}/cancel`, undefined, ann)).status).toBe(
    200,
  );
  expect((await world.call('POST', `/v1/verifications/${id}/check`, { code }, ann)).status).toBe(
    409,
  );

  // With a key, twice; too soon after that; guessed until it ends.
  const guessed = next();
  const key = { token: ann.token, headers: { 'idempotency-key': `key-of-${guessed.e164}` } };
  world.clock.advance(61_000);
  const first = await world.call<{ id: string }>(
    'POST',
    '/v1/verifications',
    { number: guessed.e164 },
    key,
  );
  await handedOff();
  const guessedCode = await codeOn(guessed.e164);
  const replayed = await world.call('POST', '/v1/verifications', { number: guessed.e164 }, key);
  expect(replayed.body['id']).toBe(first.body.id);
  expect(
    (await world.call('POST', `/v1/verifications/${first.body.id}/sends`, undefined, ann)).status,
  ).toBe(429);
  for (let guess = 0; guess < 6; guess += 1)
    await world.call(
      'POST',
      `/v1/verifications/${first.body.id}/check`,
      { code: guessedCode === '333333' ? '444444' : '333333' },
      ann,
    );
  expect(
    (await world.call('GET', `/v1/verifications/${first.body.id}`, undefined, ann)).body['state'],
  ).toBe('max_attempts');
}

/** Numbers where none belong, and codes where none belong. */
async function mistakes(): Promise<void> {
  const { e164, national } = next();
  const bodies: unknown[] = [
    { number: `${e164}00000` },
    { number: national },
    { number: e164, phone: e164 },
    { number: [e164] },
    { number: { e164 } },
    { number: e164, language: e164 },
    { phone: e164 },
    e164,
    JSON.stringify(e164),
    `{"number":"${e164}"`,
    `{"number":"${e164}"}}`,
    `number=${encodeURIComponent(e164)}`,
    [e164],
    { number: `${e164};ext=5` },
  ];
  for (const body of bodies)
    expect((await world.call('POST', '/v1/verifications', body, ann)).status).toBe(400);
  const anywhere: [string, string, unknown?][] = [
    ['GET', `/v1/verifications/${encodeURIComponent(e164)}`],
    ['GET', `/v1/dings?number=${encodeURIComponent(e164)}`],
    ['GET', `/${e164}`],
    ['GET', `/v1/dings/${e164}/caller-id`],
    ['POST', `/v1/verifications/${e164}/check`, { code: e164 }],
    ['POST', '/v1/dings', { recipientIds: [e164], text: TEXT }],
    // Such errors quote what they could not read.
    ['POST', '/v1/dings', `{"recipientIds":[],"text":"${TEXT}"}`],
    ['POST', '/v1/dings', TEXT],
    ['POST', '/v1/teams/join', { inviteCode: e164 }],
    ['POST', '/v1/sessions', { login: e164, password: e164 }],
    ['POST', '/v1/accounts', { login: e164, password: PASSWORD, name: '', language: e164 }],
    ['PUT', `/v1/teams/${e164}/consent`, { version: e164 }],
    ['PATCH', `/v1/me?${e164}`],
    ['GET', `/v1/%zz${e164}`],
  ];
  for (const [method, path, body] of anywhere)
    expect((await world.call(method, path, body, ann)).status).toBeLessThan(500);
  expect((await world.call('GET', '/v1/me', undefined, { token: e164 })).status).toBe(401);
  expect(
    (
      await world.call(
        'POST',
        '/v1/teams',
        { name: 'x' },
        { token: ann.token, headers: { 'idempotency-key': `${e164}\u00e9` } },
      )
    ).status,
  ).toBe(400);
  expect(
    (
      await world.call('POST', '/v1/verifications', `number=${e164}`, {
        token: ann.token,
        headers: { 'content-type': 'text/plain' },
      })
    ).status,
  ).toBe(415);
  expect(
    (await world.call('POST', '/v1/verifications', { number: e164, pad: e164.repeat(5_000) }, ann))
      .status,
  ).toBe(413);
}

/**
 * Twilio's API: numbers in forms and in paths, where they belong and where not; and what the app's
 * own server is told of it.
 */
async function asTwilio(): Promise<void> {
  const [shop, other, local] = [
    await app(world, 'Shop'),
    await app(world, 'Other'),
    await app(world, 'Local', { countries: ['FR'] }),
  ];
  const serviceOf = ({ serviceId }: { serviceId: string }): string =>
    `/v2/Services/${formatSid('VA', serviceId)}`;
  const [service, plus] = [serviceOf(shop), encodeURIComponent];
  const ask = (
    method: string,
    path: string,
    body?: string | Record<string, string>,
    by: { headers: Record<string, string> } = shop,
  ) =>
    world.call<{ sid: string; status: string; to: string }>(
      method,
      path,
      typeof body === 'object' ? new URLSearchParams(body).toString() : body,
      {
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
          ...by.headers,
        },
      },
    );
  /** One whose answer says its number again. */
  const echoed = async (e164: string, ...request: Parameters<typeof ask>) => {
    const answer = await ask(...request);
    if (answer.status >= 300) throw new Error(answer.text);
    echoes.set(world.answers.at(-1), e164);
    return answer.body;
  };
  const begin = async (e164: string) => {
    world.clock.advance(61_000);
    const body = await echoed(e164, 'POST', `${service}/Verifications`, {
      To: e164,
      Channel: 'sms',
    });
    await handedOff();
    return { sid: body.sid, code: await codeOn(e164) };
  };

  // An app's server that is broken at first, and quotes what it should not know.
  const { e164: quoted } = next();
  receiver.answer(
    '/hooks',
    (response) => void response.writeHead(500, quoted, { 'x-number': quoted }).end(quoted),
    status(204),
  );
  await world.rows('INSERT INTO app_webhooks (app_id, url, created_at) VALUES ($1, $2, $3)', [
    shop.id,
    receiver.url('/hooks'),
    world.clock.now(),
  ]);

  // Sent, sent again, checked wrongly and rightly, and found by its number in each form.
  const { e164 } = next();
  const { sid, code } = await begin(e164);
  expect((await begin(e164)).sid).toBe(sid);
  const check = { To: e164, Code: code === '111111' ? '222222' : '111111' };
  expect((await echoed(e164, 'POST', `${service}/VerificationCheck`, check)).status).toBe(
    'pending',
  );
  expect(
    (await ask('POST', `${service}/VerificationCheck`, { VerificationSid: sid, Code: check.Code }))
      .status,
  ).toBe(200);
  const everyByte = [...Buffer.from(e164)].map((byte) => `%${byte.toString(16)}`).join('');
  for (const end of [e164, plus(e164), everyByte])
    expect((await echoed(e164, 'GET', `${service}/Verifications/${end}`)).sid).toBe(sid);
  expect((await ask('GET', `${service}/Verifications/${sid}`)).status).toBe(200);
  expect(
    (await echoed(e164, 'POST', `${service}/VerificationCheck`, { To: e164, Code: code })).status,
  ).toBe('approved');
  expect((await ask('POST', `${service}/VerificationCheck`, { To: e164, Code: code })).status).toBe(
    404,
  );
  expect(
    (await echoed(e164, 'GET', `${service}/Verifications/${plus(e164)}?To=${plus(e164)}`)).status,
  ).toBe('approved');

  // Taken back by its number; refused; another app's.
  const { e164: held, national } = next();
  await begin(held);
  expect((await ask('POST', `${service}/Verifications`, { To: held, Channel: 'sms' })).status).toBe(
    429,
  );
  for (const [by, method, path, body, refused] of [
    [local, 'POST', `${serviceOf(local)}/Verifications`, { To: held, Channel: 'sms' }, 403],
    [other, 'GET', `${serviceOf(other)}/Verifications/${held}`, undefined, 404],
    [other, 'GET', `${service}/Verifications/${held}`, undefined, 404],
    [{ headers: basic(held, held) }, 'GET', `${service}/Verifications/${held}`, undefined, 401],
    [
      { headers: { authorization: `Bearer ${ann.token}` } },
      'POST',
      `${service}/Verifications`,
      { To: held, Channel: 'sms' },
      401,
    ],
    [shop, 'POST', `${service}/Verifications/${held}`, { Status: 'approved' }, 400],
  ] as const)
    expect([path, (await ask(method, path, body, by)).status]).toEqual([path, refused]);

  // Where no number belongs, or not like this: of one that is pending.
  const paths = [
    `/v2/${held}`,
    `/v2/Services/${held}`,
    `/v2/Services/${plus(held)}/Verifications`,
    `/v2/Services/${held}/Verifications/${held}`,
    `/v2/errors/${held}`,
    `/v2/errors/${plus(held)}`,
    `${service}/${held}`,
    `${service}/${held}/${held}`,
    `${service}/Verif%69cations/${held}`,
    `${service}/verifications/${held}`,
    `${service}/Verifications/${held}/`,
    `${service}/Verifications/${held}/${held}`,
    `${service}/Verifications/${held}0`,
    `${service}/Verifications/${held}%ff`,
    `${service}/Verifications/${held}%zz`,
    `${service}/Verifications/${plus(plus(held))}`,
    `${service}/Verifications/tel:${held}`,
    `${service}/Verifications/${held};ext=5`,
    `${service}/Verifications/VE${held.slice(1)}`,
    `${service}/Verifications/${plus(national)}`,
    `//v2/Services/${held}`,
    `/V2/Services/${held}`,
    `/%76%32/Services/x/Verifications/${plus(held)}`,
    `/v2%2FServices%2F${plus(held)}`,
    `/v3/Services?To=${plus(held)}`,
  ];
  for (const path of paths)
    for (const method of ['GET', 'POST', 'DELETE']) {
      const { status: told } = await ask(
        method,
        path,
        method === 'POST' ? { Status: held } : undefined,
      );
      expect([path, method, told >= 400 && told < 500]).toEqual([path, method, true]);
    }
  const bodies: (string | Record<string, string>)[] = [
    { To: `${held}00000`, Channel: 'sms' },
    { To: national, Channel: 'sms' },
    { To: held },
    { to: held, channel: 'sms' },
    { [held]: held },
    { 'To[]': held, Channel: 'sms' },
    `To=${plus(held)}&To=${plus(held)}&Channel=sms`,
    `To=${held}%&Channel=%zz`,
    ...[
      'Channel',
      'Locale',
      'DeviceIp',
      'RiskCheck',
      'CustomCode',
      'CustomMessage',
      'Amount',
      'Payee',
      'RateLimits',
    ].map((field) => ({ To: held, Channel: 'sms', [field]: held })),
  ];
  for (const body of bodies)
    expect([body, (await ask('POST', `${service}/Verifications`, body)).status]).toEqual([
      body,
      400,
    ]);
  expect(
    (await ask('POST', `${service}/Verifications`, { To: held.repeat(5_000), Channel: 'sms' }))
      .status,
  ).toBe(413);
  expect(
    (
      await ask('POST', `${service}/Verifications`, JSON.stringify({ To: held }), {
        headers: { ...shop.headers, 'content-type': 'application/json' },
      })
    ).status,
  ).toBe(415);
  for (const body of [
    { VerificationSid: held, Code: '111111' },
    { To: held, VerificationSid: sid, Code: '111111' },
  ])
    expect((await ask('POST', `${service}/VerificationCheck`, body)).status).toBe(404);
  for (const body of [{ To: held, Code: held }, { To: held }, { VerificationSid: held }])
    expect((await ask('POST', `${service}/VerificationCheck`, body)).status).toBe(400);
  for (const FriendlyName of [held, national])
    expect((await ask('POST', '/v2/Services', { FriendlyName })).status).toBe(400);
  expect(
    (await echoed(held, 'POST', `${service}/Verifications/${held}`, { Status: 'canceled' })).status,
  ).toBe('canceled');

  // The server was asked again when its time had come, and was told the rest.
  world.clock.advance(61_000);
  await eventually(
    'the app is told everything',
    async () =>
      (await world.rows(`SELECT 1 FROM webhook_events WHERE state <> 'delivered'`)).length === 0,
  );
}

async function troubles(): Promise<void> {
  const arriving: string[] = [];
  for (const trouble of [
    { kind: 'error', code: 21211 },
    { kind: 'error', code: 20003 },
    { kind: 'error', code: 30001 },
    { kind: 'error', code: 20429, status: 429 },
    { kind: 'server-error' },
    { kind: 'server-error', accepted: true },
    { kind: 'reset' },
    { kind: 'reset', accepted: true },
    { kind: 'garbled' },
    { kind: 'undelivered' },
    { kind: 'failed' },
    { kind: 'callbacks-duplicated' },
    { kind: 'callbacks-duplicated', sameToken: false },
    { kind: 'callbacks-forged', extra: true },
    { kind: 'callbacks-forged' },
    { kind: 'callbacks-reordered' },
    { kind: 'callbacks-lost' },
  ] as const) {
    const { e164 } = next();
    const isRest =
      !trouble.kind.startsWith('callbacks') &&
      trouble.kind !== 'undelivered' &&
      trouble.kind !== 'failed';
    await world.phones.trouble({ ...trouble, number: e164, ...(isRest ? { times: 1 } : {}) });
    await start(e164);
    arriving.push(e164);
  }
  await world.phones.clearTroubles();
  for (const number of arriving)
    for (const body of world.phones.phone(number).messages())
      codes.push((/#(\d{6})$/.exec(body) as RegExpExecArray)[1] as string);

  // Someone who guesses at our address, with a number in every place.
  const { e164 } = next();
  const form = new URLSearchParams({
    To: e164,
    From: e164,
    CallSid: `CA${'0'.repeat(32)}`,
    CallStatus: 'ringing',
    Digits: '1',
  });
  for (const capability of ['x', e164, 'A'.repeat(43)]) {
    for (const kind of ['message', 'call', 'answered', 'nothing']) {
      for (const signature of [undefined, 'forged', e164]) {
        const answer = await fetch(
          `${world.urls.get('ingress')}/carrier/${capability}/${kind}?To=${encodeURIComponent(e164)}`,
          {
            method: 'POST',
            body: form,
            headers: signature === undefined ? {} : { 'x-twilio-signature': signature },
          },
        );
        expect(answer.status).toBeGreaterThanOrEqual(400);
        carrierAnswers.push(`${JSON.stringify([...answer.headers])}\n${await answer.text()}`);
      }
    }
  }

  // The queue's and the database's connections are cut, and cut again while requests come in.
  for (let time = 0; time < 2; time += 1) {
    await cutConnections();
    const { e164: number } = next();
    cut.add(number);
    world.clock.advance(61_000);
    const answers = await Promise.all([
      world.call('POST', '/v1/verifications', { number }, ann),
      cutConnections(),
      world.call('GET', '/v1/dings', undefined, ann),
    ]);
    if (answers[0].status >= 500) {
      // A cut connection dies a moment after the order; whoever is told 503 meanwhile tries again.
      const again = await eventually('the api answers again', async () => {
        const answer = await world.call('POST', '/v1/verifications', { number }, ann);
        return answer.status !== 503 && answer;
      });
      expect([201, 429]).toContain(again.status);
    }
    world.clock.advance(3_000); // overdue: the sweeper points the queue at the row again
    await handedOff();
    for (const body of world.phones.phone(number).messages())
      codes.push((/#(\d{6})$/.exec(body) as RegExpExecArray)[1] as string);
  }
  // What it isn't told meanwhile would wait until it is overdue, and time stands still.
  await eventually(
    'the worker listens again',
    async () =>
      (
        await world.rows(
          `SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND query LIKE 'LISTEN%dingline_handoffs%'`,
          [world.database.name],
        )
      ).length > 0,
  );
}

async function cutConnections(): Promise<void> {
  const names = [
    world.database.name,
    ...(queueBackend() === 'postgres' ? [new URL(world.queue.url).pathname.slice(1)] : []),
  ];
  await world.rows(
    `
      SELECT pg_terminate_backend(pid)
      FROM pg_stat_activity
      WHERE datname = ANY($1)
        AND usename IN ('dingline_api', 'dingline_ingress', 'dingline_worker', 'dingline_queue')
    `,
    [names],
  );
}

async function dings(): Promise<void> {
  const send = () =>
    world.call<{ id: string }>('POST', '/v1/dings', { recipientIds: [bob.id], text: TEXT }, ann);
  const reveal = async (id: string): Promise<void> => {
    const path = `/v1/dings/${id}/caller-id`;
    const answer = await world.call<{ callerIds: { number: string }[] }>(
      'GET',
      path,
      undefined,
      bob,
    );
    expect(answer.body.callerIds.map((one) => one.number)).toEqual([ann.number]);
    shown.push({ path, token: bob.token, number: ann.number });
  };
  expect(
    (await world.call('POST', '/v1/dings', { recipientIds: [bob.id], text: TEXT }, eve)).status,
  ).toBe(403);
  // An error that is logged, whose message quotes the text.
  await world.rows(`
    CREATE FUNCTION quote() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'can not write %', NEW.text; END $$;
    CREATE TRIGGER quote BEFORE INSERT ON dings FOR EACH ROW EXECUTE FUNCTION quote();
  `);
  expect((await send()).status).toBe(500);
  expect(world.logs.some((line) => line.includes('request_failed'))).toBe(true);
  await world.rows('DROP FUNCTION quote CASCADE');
  world.clock.advance(3_600_000);

  // Rings, is looked at, repeated, mistyped, confirmed, looked at by everyone.
  const {
    body: { id },
  } = await send();
  const ring = await bob.phone.expectRing();
  await world.phones.settled();
  await sealed(world);
  await reveal(id);
  await ring.answer();
  for (const keys of ['*', '5', '1']) {
    // The message is spoken before the first key, and again after it.
    if (keys !== '1') for (const pause of ['pause', 'pause'] as const) await ring.letPass(pause);
    await ring.press(keys);
  }
  await ring.expectEnded();
  await world.phones.settled();
  for (const who of [ann, bob, eve]) {
    for (const path of [
      `/v1/dings/${id}`,
      '/v1/dings',
      `/v1/dings/${id}/caller-id`,
      '/v1/me',
      '/v1/ledger',
      '/v1/teams',
    ])
      await world.call('GET', path, undefined, who);
  }
  // Recalled while it rings.
  world.clock.advance(3_600_000);
  const recalled = (await send()).body.id;
  const ringing = await bob.phone.expectRing();
  await world.phones.settled();
  await sealed(world);
  await reveal(recalled);
  await world.call('POST', `/v1/dings/${recalled}/recall`, undefined, ann);
  await ringing.expectEnded('canceled');
  await handedOff();
  // Busy, voicemail, a reset after it was accepted, refused, forged.
  for (const trouble of [
    { kind: 'busy' },
    { kind: 'voicemail' },
    { kind: 'reset', accepted: true },
    { kind: 'error', code: 21211 },
    { kind: 'callbacks-forged', extra: true },
  ]) {
    world.clock.advance(3_600_000);
    const { clear } = await bob.phone.trouble(trouble);
    const { status, body } = await send();
    expect(status).toBe(201);
    await handedOff();
    await clear();
    await world.call('POST', `/v1/dings/${body.id}/recall`, undefined, ann);
    await handedOff();
    await world.call('GET', `/v1/dings/${body.id}`, undefined, bob);
  }
}

beforeAll(async () => {
  // Forged callbacks are tried again to the end.
  world = await World.start({ network: { retryAfterMs: 5 } });
  receiver = await WebhookReceiver.start();
  firstSegment = await walSegment(world.database.ownerUrl);
  ann = await account(world, 'Ann', next().e164);
  bob = await account(world, 'Bob', next().e164, 'zh');
  eve = await account(world, 'Eve', next().e164);
  for (const who of [ann, bob]) await verify(world, who);
  await team(world, [ann, bob]);
  await verifications();
  await mistakes();
  await asTwilio();
  await troubles();
  await dings();
  // The number goes to another account, and the first is told.
  world.clock.advance(3_600_000);
  const other = await account(world, 'Bob again', bob.number);
  await verify(world, other);
  await world.call('GET', '/v1/me', undefined, bob);
  await handedOff();

  requestsByNumber = new Map();
  for (const request of await world.phones.requests()) {
    // To be reached, or to be looked for in a list, of which further pages are of the same question.
    const { To: to, PageToken: pageToken } = request.fields;
    if (to !== undefined && pageToken === undefined)
      requestsByNumber.set(to, (requestsByNumber.get(to) ?? 0) + 1);
  }
});
// What troubled phones saw was not expected one by one.
afterAll(async () => {
  await world?.close({ quietly: true });
  await receiver?.close();
});

const search = () => new Search({ numbers });
const everything = () => new Search({ numbers, texts: [...TEXTS, `@dingline.example #`] });

describe('the numbers and codes of a run, all its failures included', () => {
  test("were at the carrier, where they belong, as was the Ding's text (D5b)", async () => {
    const journal = JSON.stringify(await world.phones.control('GET', '/journal'));
    for (const number of [ann, bob]) expect(requestsByNumber.get(number.number)).toBeGreaterThan(0);
    expect(search().in('journal', journal).length).toBeGreaterThanOrEqual(numbers.length - 4);
    expect(codes.length).toBeGreaterThan(10);
    expect(codesIn('journal', codes, journal)).toHaveLength(codes.length);
    for (const text of TEXTS)
      expect(new Search({ texts: [text] }).in('journal', journal)).not.toEqual([]);
  });

  test('are in no answer of api but the one that shows a caller ID to whom it rings for (D5c), and those below /v2 to the request that brought the number', () => {
    const isShown = (answer: { path: string; token: string | undefined }) =>
      shown.find((one) => one.path === answer.path && one.token === answer.token);
    const search = everything();
    let holding = 0;
    for (const answer of world.answers) {
      const permitted = isShown(answer);
      // The search is made anew for few (a quarter of a second each): for the rest the one of all does.
      const fitting =
        permitted === undefined
          ? search
          : new Search({ numbers: numbers.filter((number) => number.e164 !== permitted.number) });
      const echo = echoes.get(answer);
      const text = echo === undefined ? answer.text : answer.text.replace(`"to":"${echo}"`, '');
      // Once, and nowhere else in it.
      expect([answer.path, text !== answer.text]).toEqual([answer.path, echo !== undefined]);
      expect(
        fitting
          .in(answer.path, text)
          .filter(
            (found) =>
              !(
                TEXTS.some((one) => found.includes(one)) &&
                [ann.token, bob.token].includes(answer.token ?? '')
              ),
          ),
      ).toEqual([]);
      expect(codesIn(answer.path, codes, answer.text)).toEqual([]);
      if (permitted !== undefined && answer.text.includes(permitted.number)) holding += 1;
    }
    expect(holding).toBe(shown.length);
    expect(shown.length).toBe(2);
    expect(echoes.size).toBe(10);
    expect(world.answers.length).toBeGreaterThan(100);
  });

  test('are in no answer of ingress to one who guesses at it', () => {
    expect(carrierAnswers.length).toBe(36);
    expect(everything().in('ingress', carrierAnswers.join('\n'))).toEqual([]);
  });

  test("are in nothing that an app's own server is told", () => {
    expect(
      new Set(receiver.told.map(({ body }) => (JSON.parse(body) as { type: string }).type)),
    ).toEqual(
      new Set([
        'verification.started',
        'verification.delivery',
        'verification.approved',
        'verification.failed',
      ]),
    );
    const told = receiver.told
      .map(({ path, headers, body }) => `${path}\n${JSON.stringify(headers)}\n${body}`)
      .join('\n');
    expect(everything().in('webhooks', told)).toEqual([]);
    expect(codesIn('webhooks', codes, told)).toEqual([]);
  });

  test('are in no row of the database; the text of a Ding is in the table dings only', async () => {
    const { tables } = await dumpPostgres(world.database.ownerUrl);
    expect(tables.size).toBeGreaterThan(20);
    const [ofNumbers, ofAll] = [search(), everything()];
    for (const [table, rows] of tables) {
      expect((table === 'dings' ? ofNumbers : ofAll).in(table, rows)).toEqual([]);
      expect(codesIn(table, codes, rows.toString('latin1'))).toEqual([]);
    }
    for (const text of TEXTS)
      expect(new Search({ texts: [text] }).in('dings', tables.get('dings') as Buffer)).not.toEqual(
        [],
      );
  });

  test('are in nothing that the queue keeps', async () => {
    const { tables } = await dumpQueue(world.queue.url);
    expect(tables.size).toBeGreaterThan(2);
    const all = everything();
    for (const [table, rows] of tables) {
      expect(all.in(table, rows)).toEqual([]);
      expect(codesIn(table, codes, rows.toString('latin1'))).toEqual([]);
    }
  });

  test('are in no log line, and no line needed the scrubber', () => {
    const lines = world.logs.join('');
    expect(world.logs.length).toBeGreaterThan(200);
    expect(everything().in('log', lines)).toEqual([]);
    expect(codesIn('log', codes, lines)).toEqual([]);
    expect(lines).not.toContain('<scrubbed>');
  });

  test('are in no metric', async () => {
    const { text } = await formatMetrics();
    expect(text).toContain('dingline_handoffs_total{purpose="ding"');
    expect(everything().in('metrics', text)).toEqual([]);
    expect(codesIn('metrics', codes, text)).toEqual([]);
  });

  test('were opened as often as they were given to the carrier, and each opening stands in the ledger (D5b)', async () => {
    const ledger = await world.rows<{ index: string | null; count: number }>(
      `
        SELECT
          encode(n.number_index, 'hex') AS index,
          sum(CASE body::json->>'recipient' WHEN 'nobody' THEN -1 ELSE 1 END)::int AS count
        FROM ledger_readable
        LEFT JOIN numbers n ON n.id = (body::json->>'numberRef')::uuid
        WHERE body::json->>'basis' = 'D5b'
        GROUP BY 1
      `,
    );
    const openings = new Map(ledger.map((row) => [row.index, row.count]));
    const index = new NumberIndex(
      new Redacted(Buffer.from(world.env['NUMBER_INDEX_KEY'] ?? '', 'base64url')),
    );
    const indexOf = (e164: string): string =>
      index.compute(PhoneNumber.fromStored(Buffer.from(e164))).toString('hex');
    // One by one: no number was opened more often at another's cost. The place in the list stands for the number.
    const counts = numbers.map(({ e164 }, place) => ({
      place,
      requests: requestsByNumber.get(e164) ?? 0,
      openings: openings.get(indexOf(e164)) ?? 0,
      isCut: cut.has(e164),
    }));
    expect(
      counts.filter(({ isCut }) => !isCut).filter((one) => one.requests !== one.openings),
    ).toEqual([]);
    // A worker whose database goes away between the entry and the opening leaves an entry without
    // an opening, never the other way round.
    expect(
      counts.filter(({ isCut }) => isCut).filter((one) => one.requests > one.openings),
    ).toEqual([]);
    // No entry is of anyone else; one whose number was never opened has no index by which to tell.
    const known = new Set(numbers.map(({ e164 }) => indexOf(e164)));
    expect(ledger.filter((row) => row.index !== null && !known.has(row.index))).toEqual([]);
    expect(openings.get(null) ?? 0).toBeLessThanOrEqual(cut.size);
    expect(counts.reduce((sum, one) => sum + one.requests, 0)).toBeGreaterThan(30);
    const revealed = await world.rows(
      `
        SELECT 1
        FROM ledger_readable
        WHERE body::json->>'basis' = 'D5c'
          AND body::json->>'recipient' LIKE 'account:%'
          AND body::json->>'looks' IS NULL
      `,
    );
    expect(revealed).toHaveLength(new Set(shown.map(({ path }) => path)).size);
  });

  // Last: what is planted stays in the files.
  test("are in none of PostgreSQL's files, its write-ahead log and its own log included; what is planted there is found", async () => {
    const queueDatabase =
      queueBackend() === 'postgres' ? [new URL(world.queue.url).pathname.slice(1)] : [];
    const databases = [world.database.name, ...queueDatabase];
    const look = async () => {
      const found: string[] = [];
      const kinds = new Map<string, number>();
      const [ofNumbers, ofAll] = [search(), everything()];
      for await (const { name, bytes, kind } of rawFiles(
        world.database.ownerUrl,
        databases,
        firstSegment,
      )) {
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        // The table of Dings is in the main database's files and in the log of its changes.
        const mayHoldText = kind === 'wal' || name.startsWith(world.database.name);
        found.push(...(mayHoldText ? ofNumbers : ofAll).in(name, bytes));
      }
      return { found, kinds };
    };
    const before = await look();
    expect(before.found).toEqual([]);
    expect(before.kinds.get('wal')).toBeGreaterThan(0);
    expect(before.kinds.get('data')).toBeGreaterThan(200);
    expect(before.kinds.get('log')).toBeGreaterThan(0);

    const planted = next();
    await world.rows(`CREATE TABLE leak (number text)`);
    await world.rows(`INSERT INTO leak VALUES ($1)`, [planted.e164]);
    await world.rows(`DELETE FROM leak`); // gone for whoever asks, not gone from the disk
    await world.rows(`DO $$ BEGIN RAISE LOG 'planted: ${planted.e164}'; END $$`); // what a careless function would say
    const { found } = await look();
    expect(found.some((line) => line.startsWith('pg_wal/'))).toBe(true);
    expect(found.some((line) => line.startsWith(world.database.name))).toBe(true);
    expect(found.some((line) => /^\w+\.log:/.test(line))).toBe(true);
  });
});

describe('a leak is found by the same searches when it is planted', () => {
  test('in a job that fails', async () => {
    const planted = draw();
    const connection = new QueueConnections(new Redacted(world.queue.url));
    const queue = new Queue('planted', { connection });
    const worker = new Worker(
      'planted',
      () => Promise.reject(new Error(`no route to ${planted.e164}`)),
      { connection },
    );
    try {
      const failed = new Promise<void>((resolve) => {
        worker.on('failed', () => resolve());
      });
      await queue.add('call', { to: planted.e164 });
      await failed;
    } finally {
      await worker.close();
      await queue.close();
      connection.close();
    }
    const { tables } = await dumpQueue(world.queue.url);
    const [ofPlanted, all] = [new Search({ numbers: [planted] }), everything()];
    expect(
      [...tables].flatMap(([table, rows]) => ofPlanted.in(table, rows)).length,
    ).toBeGreaterThan(0);
    expect([...tables].flatMap(([table, rows]) => all.in(table, rows))).toEqual([]);
  });

  test('in a row, as text or as bytes, in each form', async () => {
    const planted = draw();
    const digits = planted.e164.slice(1);
    const client = new pg.Client({ connectionString: world.database.ownerUrl });
    await client.connect();
    try {
      await client.query('CREATE TABLE planted (form text, as_text text, as_bytes bytea)');
      const { createHash } = await import('node:crypto');
      const forms: [string, string | Buffer][] = [
        ['E.164', planted.e164],
        ['national', planted.national],
        ['digits', digits],
        ['percent', encodeURIComponent(`to=${planted.e164}`)],
        ['dashes', digits.slice(-10).replace(/(...)(...)(....)/, '$1-$2-$3')],
        ['base64 0', Buffer.from(planted.e164).toString('base64')],
        ['base64 1', Buffer.from(`x${planted.e164}yz`).toString('base64')],
        ['base64 2', Buffer.from(`xy${planted.e164}z`).toString('base64')],
        ['hex', Buffer.from(planted.e164).toString('hex')],
        ['UTF-16 LE', Buffer.from(planted.e164, 'utf16le')],
        ['UTF-16 BE', Buffer.from(planted.e164, 'utf16le').swap16()],
        ['md5', createHash('md5').update(planted.e164).digest('hex')],
        ['sha1', createHash('sha1').update(digits).digest()],
        ['sha256', createHash('sha256').update(planted.e164).digest('base64')],
        [
          'nibbles',
          Buffer.from(`${digits}${digits.length % 2 ? 'f' : ''}`, 'hex').map(
            (byte) => ((byte & 15) << 4) | (byte >> 4),
          ) as Buffer,
        ],
      ];
      for (const [form, value] of forms) {
        await client.query('TRUNCATE planted');
        await client.query('INSERT INTO planted VALUES ($1, $2, $3)', [
          form,
          typeof value === 'string' ? value : null,
          typeof value === 'string' ? null : value,
        ]);
        const { tables } = await dumpPostgres(world.database.ownerUrl);
        const isSearchable = form !== 'dashes' || digits.length === 11; // grouped as Americans do
        if (isSearchable)
          expect([
            form,
            new Search({ numbers: [planted] }).in('planted', tables.get('planted') as Buffer)
              .length,
          ]).not.toEqual([form, 0]);
      }
    } finally {
      await client.query('DROP TABLE IF EXISTS planted');
      await client.end();
    }
  });

  test('in a log line and in an answer', () => {
    const planted = draw();
    const line = world.logs[0]?.replace(/}\n$/, `,"to":"${planted.national}"}\n`) ?? '';
    expect(
      new Search({ numbers: [planted] }).in('log', [...world.logs, line].join('')),
    ).not.toEqual([]);
    expect(
      new Search({ numbers: [planted] }).in(
        'answer',
        `${world.answers[0]?.text ?? ''}${planted.e164}`,
      ),
    ).toHaveLength(1);
    expect(codesIn('log', ['482913'], `{"event":"sent","text":"code 482913"}`)).toHaveLength(1);
  });
});
