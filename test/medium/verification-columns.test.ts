import { randomBytes } from 'node:crypto';
import { newId, type NumberRef } from '../../src/kernel/ids.js';
import { FIELDS } from '../../src/verification/verification-row.js';
import {
  type CodeGuess,
  type NewVerificationRow,
  VerificationsRepository,
} from '../../src/verification/verifications.repository.js';
import { Room } from '../support/room.js';

// Real: the functions' types, as PostgreSQL has them. What it is told and what it answers is compared
// with what TypeScript writes and reads, since JSON drops what the other side doesn't know.

let room: Room;
beforeAll(async () => {
  room = await Room.open();
});
afterAll(() => room.close());

const columnsOf = async (type: string): Promise<string[]> =>
  (
    await room.rows<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = '${type}'::regclass AND attnum > 0`,
    )
  )
    .map(({ name }) => name)
    .sort();

/** The columns of the one request that a statement would be run with. */
async function columnsAsked(
  ask: (verifications: VerificationsRepository) => Promise<unknown>,
): Promise<string[]> {
  let asked: object[] = [];
  const database = {
    run: (_: unknown, [requests]: [string]) => {
      asked = JSON.parse(requests) as object[];
      return Promise.resolve([{ answer: [null] }]);
    },
  };
  await ask(new VerificationsRepository(database as never));
  return Object.keys(asked[0] ?? {}).sort();
}

const starter = {
  secretDigest: randomBytes(32),
  accountId: newId(),
  serviceId: newId(),
  personId: newId(),
  starterIds: [newId()],
};
const key = randomBytes(32);
const limits = {
  smsWaitsMs: [1],
  callAfterSmsMs: 1,
  callWaitsMs: [1],
  calls: 1,
  inTenMinutes: 1,
  aDay: 1,
  keptForKnown: 0,
  perAddressAMinute: 1,
  autoAfterMs: 1,
};

it('a start has each column of the type that the database reads it by, and no other', async () => {
  const row: Required<Omit<NewVerificationRow, 'event'>> = {
    id: newId(),
    starter,
    numberRef: newId() as NumberRef,
    sealedNumber: key,
    testIndex: key,
    numberKeys: [key],
    country: 'DE',
    prefixKey: key,
    proofs: [key],
    blockedUntil: new Date(),
    addressKeys: [key],
    channel: 'sms',
    channels: ['sms'],
    isAuto: false,
    language: 'en',
    handoffId: newId(),
    wrongKeys: [key],
  };
  expect(
    await columnsAsked((verifications) => verifications.start(row, limits, new Date())),
  ).toEqual(await columnsOf('verification_start'));
});

it('and so does a code that is noted', async () => {
  const guess: CodeGuess = {
    id: newId(),
    starter,
    hash: key,
    digits: 6,
    isByAddress: true,
    wrongKeys: [key],
    wrongRule: { max: 1, windowMs: 1 },
    addressRule: { max: 1, windowMs: 1 },
  };
  expect(await columnsAsked((verifications) => verifications.guess(guess))).toEqual(
    await columnsOf('code_guess'),
  );
});

it('an answer shows of a verification what is read of it, and nothing else', async () => {
  const [row] = await room.rows<{ fields: string[] }>(
    `
      SELECT array_agg(field) AS fields
      FROM jsonb_object_keys(verification_shown(NULL::verifications, '{}', NULL, 5)) field
    `,
  );
  expect(row?.fields.sort()).toEqual(Object.keys(FIELDS).sort());
});
