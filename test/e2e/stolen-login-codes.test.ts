import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Client, Person } from '../support/make.js';
import { hex } from '../support/forged-requests.js';
import { CODE_SMS, ProofThief } from '../support/proof-thief.js';
import { REFUSED, sha256 } from '../support/thief.js';
import type { World } from '../support/world.js';

// Real: all three roles, PostgreSQL by each role's login, the queue, the carrier's SDK over HTTP. Fake: the network.
// The thief has one role's login at the database; where it says so, a session of his own, too. He wants a number
// proved without its code.

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

describe.each(['apiUrl', 'ingressUrl', 'workerUrl'] as const)('by the login %s alone', (login) => {
  let thief: pg.Client;
  beforeAll(async () => {
    thief = await crime.become(login);
  });

  test('nothing is approved, redirected or given to another, and what has finished is not pending again', async () => {
    const { id } = await crime.pending(ann);
    for (const set of [
      `state = 'approved'`,
      'number_ref = (SELECT number_ref FROM account_numbers LIMIT 1)',
      `account_id = '${eve.id}'`,
      `service_id = '${shop.serviceId}', account_id = NULL`,
      `expires_at = 'infinity'`,
      'attempts = 0',
      'is_test = true',
    ])
      await expect(
        thief.query(`UPDATE verifications SET ${set} WHERE id = $1`, [id]),
      ).rejects.toThrow(REFUSED);
    await crime.cancel(ann, id);
    for (const state of ['pending', 'approved'])
      await expect(
        thief.query('UPDATE verifications SET state = $2 WHERE id = $1', [id, state]),
      ).rejects.toThrow(REFUSED);
    expect(await crime.stateOf(id)).toBe('canceled');
  });

  test("no code's digest is read, and none is put in another's place", async () => {
    const { id } = await crime.pending(ann);
    const mine = sha256(crime.submitted('000000', id));
    for (const statement of [
      'SELECT hash FROM codes',
      'SELECT * FROM codes',
      'DELETE FROM codes WHERE hash IS NOT NULL',
      `UPDATE codes SET hash = '${hex(mine)}'`,
      `INSERT INTO codes (verification_id, sealed, hash) VALUES ('${id}', '${hex(randomBytes(61))}', '${hex(mine)}')`,
      'SELECT inner_key FROM test_numbers',
      `INSERT INTO test_numbers VALUES ('x', gen_random_uuid(), '', '')`,
    ])
      await expect(thief.query(statement)).rejects.toThrow(REFUSED);
    const store = thief.query('SELECT store_code($1, $2, $3, 6) AS stored', [
      id,
      randomBytes(61),
      mine,
    ]);
    if (login === 'workerUrl')
      expect((await store).rows).toEqual([{ stored: false }]); // it has one
    else await expect(store).rejects.toThrow(REFUSED);
    await crime.cancel(ann, id);
  });

  test("nobody's number becomes another's", async () => {
    for (const statement of [
      `UPDATE account_numbers SET number_ref = (SELECT number_ref FROM verifications LIMIT 1)`,
      `UPDATE account_numbers SET account_id = '${eve.id}'`,
      `UPDATE account_numbers SET verified_at = 'infinity'`,
      `
        INSERT INTO account_numbers (account_id, number_ref, number_index, verified_at)
        SELECT '${eve.id}', number_ref, number_index, now()
        FROM account_numbers
      `,
      'DELETE FROM account_numbers',
      `SELECT move_number('${eve.id}', number_ref, number_index, now()) FROM account_numbers`,
    ])
      await expect(thief.query(statement)).rejects.toThrow(REFUSED);
    expect(await world.rows('SELECT account_id FROM account_numbers')).toEqual([
      { account_id: ann.id },
    ]);
  });

  test('what bounds guesses is not lifted', async () => {
    for (const statement of [
      `UPDATE secret_bounds SET most = 1000000`,
      `INSERT INTO secret_bounds VALUES ('code', 1000000, '1 year')`,
      `UPDATE number_guesses SET hits = '{}', in_a_row = 0`,
      `INSERT INTO number_proofs VALUES ('x', now())`,
    ])
      await expect(thief.query(statement)).rejects.toThrow(REFUSED);
    if (login !== 'workerUrl')
      // The worker erases what is old: a day's guesses are worth less than what it holds.
      await expect(thief.query('DELETE FROM number_guesses')).rejects.toThrow(REFUSED);
  });
});

test('there is no code before a worker has the hand-off, and an early guess is a wrong one', async () => {
  await world.stop('worker');
  const number = crime.draw().e164;
  const { body } = await world.call<{ id: string }>('POST', '/v1/verifications', { number }, eve);
  expect(await world.rows('SELECT FROM codes WHERE verification_id = $1', [body.id])).toEqual([]);
  const guess = (code: string) =>
    world.call<{ isCorrect: boolean; next: { checksLeft: number } }>(
      'POST',
      `/v1/verifications/${body.id}/check`,
      { code },
      eve,
    );
  expect((await guess('123456')).body).toMatchObject({ isCorrect: false, next: { checksLeft: 4 } });
  await world.boot('worker');
  const [, code = ''] = await world.phones.phone(number).expectSms(CODE_SMS);
  expect((await guess(code)).body).toMatchObject({ isCorrect: true });
});
