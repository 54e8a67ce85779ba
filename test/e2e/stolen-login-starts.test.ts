import { randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { hmacSha256 } from '../../src/kernel/digest.js';
import { sendLimitsFor } from '../../src/verification/verification-columns.js';
import { eventually } from '../support/eventually.js';
import { app as makeApp, type Client, type Person, verify } from '../support/make.js';
import { check, hex, start, startRequest } from '../support/forged-requests.js';
import { CODE_SMS, ProofThief, TEST_NUMBER } from '../support/proof-thief.js';
import { REFUSED, sha256 } from '../support/thief.js';
import { LIMITS } from '../support/verification-starts.js';
import type { World } from '../support/world.js';

// Real: all three roles, PostgreSQL by each role's login, the queue, the carrier's SDK over HTTP. Fake: the network.
// The thief has one role's login at the database; where it says so, a session of his own, too. He wants a number
// proved without its code, by the functions that `api` calls.

let crime: ProofThief;
let world: World;
let ann: Person;
let eve: Person;
let shop: Client;

beforeAll(async () => {
  crime = await ProofThief.start();
  ({ world, ann, eve, shop } = crime);
});
afterAll(() => crime.close());
beforeEach(() => world.pass(15 * 60_000));

/** What a start leaves behind. */
const written = () =>
  world.rows(
    'SELECT (SELECT count(*) FROM verifications) AS v, (SELECT count(*) FROM numbers) AS n, (SELECT count(*) FROM handoffs) AS h',
  );

describe("api's login alone", () => {
  let thief: pg.Client;
  beforeAll(async () => {
    thief = await crime.become('apiUrl');
  });

  test("starts, sends, checks and cancels nothing in a person's or an app's name, though it knew the code", async () => {
    const { id, code } = await crime.pending(ann);
    const other = await makeApp(world, `Other shop ${randomUUID().slice(0, 8)}`);
    const number = crime.draw().e164;
    const appStarted = await world.call<{ id: string }>(
      'POST',
      '/v1/verifications',
      { number },
      shop,
    );
    await world.phones.phone(number).expectSms(CODE_SMS);
    const before = await written();
    const made = sha256(randomBytes(32));
    expect(
      await start(
        thief,
        startRequest(made, world.clock.now()),
        startRequest(made, world.clock.now(), { account_id: ann.id, person_id: ann.id }),
        startRequest(made, world.clock.now(), { service_id: shop.serviceId }),
        startRequest(sha256(other.secret), world.clock.now(), { service_id: shop.serviceId }),
        startRequest(sha256(eve.token), world.clock.now(), { service_id: shop.serviceId }),
        startRequest(sha256(shop.secret), world.clock.now()),
      ),
    ).toEqual([null, null, null, null, null, null]);
    const guess = { id, submitted: hex(crime.submitted(code, id)), starter_ids: [ann.id] };
    expect(
      await check(
        thief,
        { ...guess, secret_digest: hex(made) },
        { ...guess, secret_digest: hex(sha256(eve.token)) },
        { ...guess, secret_digest: hex(sha256(shop.secret)) },
        {
          ...guess,
          id: appStarted.body.id,
          starter_ids: [shop.serviceId],
          secret_digest: hex(sha256(other.secret)),
        },
        guess,
      ),
    ).toEqual([null, null, null, null, null]);
    const sent = await thief.query(
      `SELECT send_verification($1, $2, $3, 'sms', '{}', $4, $5, now()) AS answer`,
      [id, made, [ann.id], randomUUID(), sendLimitsFor(LIMITS)],
    );
    expect(sent.rows).toEqual([{ answer: null }]);
    const canceled = await thief.query(`SELECT cancel_verification($1, $2, $3, now()) AS answer`, [
      id,
      sha256(eve.token),
      [ann.id],
    ]);
    expect(canceled.rows).toEqual([{ answer: false }]);
    expect(await written()).toEqual(before);
    expect(await crime.stateOf(id)).toBe('pending');
    // And whoever has the secret proves it.
    const right = await world.call<{ isCorrect: boolean }>(
      'POST',
      `/v1/verifications/${id}/check`,
      { code },
      ann,
    );
    expect(right.body.isCorrect).toBe(true);
    await world.call('POST', `/v1/verifications/${appStarted.body.id}/cancel`, undefined, shop);
    await verify(world, ann);
  });

  test('makes, renames and shortens no service, but by the secret of its app', async () => {
    const other = await makeApp(world, `Third shop ${randomUUID().slice(0, 8)}`);
    const nameOf = () =>
      world.rows<{ name: string }>('SELECT name, code_length FROM verify_services WHERE id = $1', [
        shop.serviceId,
      ]);
    const before = await nameOf();
    const identified = async (app: Client, secret: string) => {
      const appId = (
        await world.rows<{ id: string }>('SELECT app_id AS id FROM verify_services WHERE id = $1', [
          app.serviceId,
        ])
      )[0]?.id;
      const { rows } = await thief.query<{ is: boolean }>(
        'SELECT identify_by_app_secret($1, $2) AS is',
        [appId, sha256(secret)],
      );
      return rows[0]?.is;
    };
    const change = () =>
      thief.query('UPDATE verify_services SET name = $2, code_length = 4 WHERE id = $1', [
        shop.serviceId,
        'Bank',
      ]);
    const make = () =>
      thief.query(
        `
          INSERT INTO verify_services (id, app_id, is_default, name, created_at)
          SELECT gen_random_uuid(), app_id, false, 'Bank', now() FROM verify_services WHERE id = $1
        `,
        [shop.serviceId],
      );
    // Without a secret; by another app's; by the right one in a transaction that is over.
    const ways = [
      () => Promise.resolve(undefined),
      () => identified(other, other.secret),
      () => identified(shop, other.secret),
    ];
    const answers = [];
    for (const show of ways) {
      await thief.query('BEGIN');
      answers.push(await show());
      expect((await change()).rowCount).toBe(0);
      await expect(make()).rejects.toThrow(REFUSED);
      await thief.query('ROLLBACK');
    }
    expect(answers).toEqual([undefined, true, false]);
    expect(await identified(shop, shop.secret)).toBe(true);
    expect((await change()).rowCount).toBe(0);
    expect(await nameOf()).toEqual(before);
  });

  test('with a session of its own starts in its own name only, for a number row of its own', async () => {
    const [row] = await world.rows<{ number_ref: string }>(
      'SELECT number_ref FROM account_numbers WHERE account_id = $1',
      [ann.id],
    );
    await expect(
      start(
        thief,
        startRequest(sha256(eve.token), world.clock.now(), { number_ref: row?.number_ref }),
      ),
    ).rejects.toThrow(/duplicate key/);
    const id = randomUUID();
    const request = startRequest(sha256(eve.token), world.clock.now(), {
      id,
      account_id: ann.id,
      person_id: ann.id,
    });
    expect(await start(thief, request)).toMatchObject([{ isNew: true }]);
    expect(await world.rows('SELECT account_id FROM verifications WHERE id = $1', [id]))
      .toEqual([{ account_id: eve.id }]); // prettier-ignore
    await eventually('the worker finds that nothing can be opened', async () => {
      const [handoff] = await world.rows<{ state: string }>(
        'SELECT state FROM handoffs WHERE subject_id = $1',
        [id],
      );
      return handoff?.state === 'queued' || handoff?.state === 'sending';
    });
    await world.rows('DELETE FROM handoffs WHERE subject_id = $1', [id]);
    await crime.cancel(eve, id);
  });

  test('says nothing in the next transaction by what it showed in the one before', async () => {
    await thief.query('BEGIN');
    await thief.query('SELECT identify_by_session($1)', [sha256(eve.token)]);
    // Neither in it: each request of a statement shows a secret of its own.
    expect(await start(thief, startRequest(randomBytes(32), world.clock.now()))).toEqual([null]);
    await thief.query('COMMIT');
    expect(await start(thief, startRequest(randomBytes(32), world.clock.now()))).toEqual([null]);
    await expect(thief.query('SELECT secret_hash FROM app_secrets')).rejects.toThrow(REFUSED);
    await expect(thief.query('SELECT token_hash FROM sessions')).rejects.toThrow(REFUSED);
  });

  test('with a session of its own guesses no more often than the settings let it, whatever time it says it is', async () => {
    const { id } = await crime.pending(eve);
    const wrong = {
      id,
      secret_digest: hex(sha256(eve.token)),
      starter_ids: [eve.id],
      submitted: hex(randomBytes(32)),
      at: '2020-01-01T00:00:00Z',
      rules: { checks: 1_000 },
    };
    const answers = await check(thief, ...Array.from({ length: 12 }, () => wrong));
    expect(answers.filter((answer) => answer?.['isCorrect'] === false)).toHaveLength(5);
    expect(answers.filter((answer) => answer?.['refused'] === 'finished')).toHaveLength(7);
    expect(await crime.stateOf(id)).toBe('max_attempts');
  });

  test('with a session of its own proves no number by a test number that the worker does not know', async () => {
    const digest = sha256(eve.token);
    const pepper = Buffer.from(world.env['CODE_PEPPER'] ?? '', 'base64url');
    const [own] = await world.rows<{ number_index: Buffer }>(
      'SELECT number_index FROM account_numbers WHERE account_id = $1',
      [ann.id],
    );
    const before = await written();
    for (const index of [randomBytes(32), own?.number_index as Buffer])
      expect(
        await start(thief, startRequest(digest, world.clock.now(), { test_index: hex(index) })),
      ).toMatchObject([{ refused: 'test' }]);
    expect(await written()).toEqual(before);
    // By one that it knows it gets that number's row, not the one that it brought.
    const key = hmacSha256(pepper, 'dingline test numbers');
    const request = startRequest(digest, world.clock.now(), {
      test_index: hex(hmacSha256(key, TEST_NUMBER)),
    });
    const [answer] = await start(thief, request);
    const [test] = await world.rows<{ number_ref: string }>('SELECT number_ref FROM test_numbers');
    expect(
      await world.rows('SELECT number_ref, is_test FROM verifications WHERE id = $1', [
        answer?.['id'],
      ]),
    ).toEqual([{ number_ref: test?.number_ref, is_test: true }]);
    await crime.cancel(eve, answer?.['id'] as string);
  });
});
