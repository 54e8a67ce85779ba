import { randomBytes } from 'node:crypto';
import { newId } from '../../src/kernel/ids.js';
import { type One, RIGHT, startGuessed, WRONG } from '../support/guesses.js';
import { Room, secretOf } from '../support/room.js';

// Real: PostgreSQL, `api` on its own login.

let room: Room;
let index: Buffer;
beforeEach(async () => {
  room = await Room.open();
  index = randomBytes(32);
});
afterEach(() => room.close());

const start = (accountId?: string, of = index): Promise<One> => startGuessed(room, of, accountId);

const hex = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`;

interface Answer {
  guess?: string;
  isCorrect?: boolean;
  refused?: string;
}
async function run(name: string, requests: object[]): Promise<(Answer | null)[]> {
  const statement = { name, text: `SELECT ${name}($1::json) AS answer` };
  const [row] = await room.api.run<{ answer: (Answer | null)[] }>(statement, [
    JSON.stringify(requests),
  ]);
  return row?.answer ?? [];
}

test('of checks in one statement each sees what those before it did', async () => {
  const statement = async (
    checks: { of: One; hash?: Buffer; address?: Buffer; max?: number }[],
  ) => {
    const guesses = await run(
      'guess_codes',
      checks.map(({ of: { id, account }, hash = WRONG, address = randomBytes(32), max = 30 }) => ({
        id,
        secret_digest: hex(secretOf(account)),
        starter_ids: [account],
        submitted: hex(hash),
        wrong_keys: [hex(address)],
        is_by_address: true,
        wrong_rules: { maxes: [max], windows: [3600] },
      })),
    );
    const answers = await run(
      'compare_codes',
      guesses.map((one) => ({ guess: one?.guess })),
    );
    return guesses.map((one, i) => one?.refused ?? answers[i]?.refused ?? answers[i]?.isCorrect);
  };
  const [one, two] = [await start(), await start()];
  // Five in one verification, seven of a number.
  expect(
    await statement([
      ...Array<{ of: One }>(6).fill({ of: one }),
      ...Array<{ of: One }>(3).fill({ of: two }),
      { of: two, hash: RIGHT },
    ]),
  ).toEqual([false, false, false, false, false, 'finished', false, false, 'guesses', 'guesses']);
  expect(await room.rows('SELECT cardinality(hits) AS hits, in_a_row FROM number_guesses')).toEqual(
    [{ hits: 7, in_a_row: 7 }],
  );
  // A right code has the number's guesses begin anew, those that were noted beside it among them.
  const other = randomBytes(32);
  const [three, four] = [await start(undefined, other), await start(undefined, other)];
  expect(await statement([{ of: three }, { of: four, hash: RIGHT }, { of: three }])).toEqual([
    false,
    true,
    false,
  ]);
  expect(
    await room.rows(
      `SELECT cardinality(hits) AS hits, in_a_row FROM number_guesses WHERE number_index = '${hex(other)}'`,
    ),
  ).toEqual([]);
  // So many by an address, over all numbers.
  const address = randomBytes(32);
  const many = await Promise.all(
    Array.from({ length: 4 }, () => start(undefined, randomBytes(32))),
  );
  expect(await statement(many.map((of) => ({ of, address, max: 2 })))).toEqual([
    false,
    false,
    'wrong',
    'wrong',
  ]);
  expect(
    await statement([
      { of: { ...(await start()), account: newId() } },
      { of: { id: newId(), account: newId() } },
    ]),
  ).toEqual([undefined, undefined]);
});

test('what is noted before its number was opened, and so not counted by it, is never right', async () => {
  const { id, account } = await startGuessed(room, null);
  const guess = {
    id,
    secret_digest: hex(secretOf(account)),
    starter_ids: [account],
    submitted: hex(RIGHT),
    wrong_keys: [hex(randomBytes(32))],
    is_by_address: true,
    wrong_rules: { maxes: [30], windows: [3600] },
  };
  const [early] = await run('guess_codes', [guess]);
  // As the worker does when it opens the number.
  await room.rows(
    `UPDATE numbers SET number_index = '${hex(index)}'
     WHERE id = (SELECT number_ref FROM verifications WHERE id = '${id}')`,
  );
  expect(await run('compare_codes', [{ guess: early?.guess }])).toMatchObject([
    { isCorrect: false },
  ]);
  const [late] = await run('guess_codes', [guess]);
  expect(await run('compare_codes', [{ guess: late?.guess }])).toMatchObject([{ isCorrect: true }]);
});
