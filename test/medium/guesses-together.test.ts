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

test('of checks in one statement each sees what those before it did', async () => {
  const hex = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`;
  const statement = async (checks: { of: One; hash?: Buffer; address?: Buffer; max?: number }[]) =>
    (
      await room.api.run<{ answer: { isCorrect?: boolean; refused?: string }[] }>(
        { name: 'several', text: 'SELECT check_verifications($1::json) AS answer' },
        [
          JSON.stringify(
            checks.map(
              ({ of: { id, account }, hash = WRONG, address = randomBytes(32), max = 30 }) => ({
                id,
                secret_digest: hex(secretOf(account)),
                starter_ids: [account],
                submitted: hex(hash),
                wrong_keys: [hex(address)],
                is_by_address: true,
                wrong_rules: { maxes: [max], windows: [3600] },
                at: room.clock.now(),
              }),
            ),
          ),
        ],
      )
    )[0]?.answer.map((answer) => answer?.refused ?? answer?.isCorrect);
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
  // A right code lets the number's guesses begin anew, for those behind it.
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
  ).toEqual([{ hits: 1, in_a_row: 1 }]);
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
