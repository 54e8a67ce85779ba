import { randomBytes } from 'node:crypto';
import {
  type NewVerificationRow,
  VerificationsRepository,
} from '../../src/verification/verifications.repository.js';
import { Room } from '../support/room.js';
import { LIMITS, SECOND, someStart, startBy } from '../support/verification-starts.js';

// Real: PostgreSQL, `api` on its own login. A start of whom nothing is known is written without a decision; one under
// whose key something was counted once, and no more, is decided as any other, and nothing is in its way.

let room: Room;
let verifications: VerificationsRepository;
beforeAll(async () => {
  room = await Room.open();
  verifications = new VerificationsRepository(room.api);
});
afterAll(() => room.close());

const hex = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`;
const OWN = new Set([
  'id', 'account_id', 'starter_id', 'number_ref', 'limiter_index', 'index_before', 'index_after', 'subject_id', 'key',
]); // prettier-ignore

/** All that a start wrote, but whose it is. */
async function written(start: NewVerificationRow): Promise<unknown[]> {
  const { id, handoffId, numberRef, numberKeys, addressKeys } = start;
  const keys = [...numberKeys.slice(0, 1), ...addressKeys].map((key) => `'${hex(key)}'`).join(', ');
  const rows: Record<string, unknown>[] = [];
  for (const from of [
    `verifications t WHERE id = '${id}'`,
    `handoffs t WHERE id = '${handoffId}'`,
    `numbers t WHERE id = '${numberRef}'`,
    `limits t WHERE key IN (${keys}) ORDER BY expires_at`,
  ])
    rows.push(
      ...(
        await room.rows<{ row: Record<string, unknown> }>(`SELECT to_jsonb(t) AS row FROM ${from}`)
      ).map(({ row }) => row),
    );
  return rows.map((row) => Object.entries(row).filter(([name]) => !OWN.has(name)));
}

test.each<[string, Partial<NewVerificationRow>]>([
  ['by SMS', {}],
  ['by SMS, then a call', { isAuto: true }],
  ['by SMS alone', { isAuto: true, channels: ['sms'] }],
  ['with a language and a prefix', { language: 'de', prefixKey: randomBytes(32) }],
  [
    'with proofs that prove nothing, and keys of wrong codes',
    { proofs: [randomBytes(32)], wrongKeys: [randomBytes(32)] },
  ],
  ['without an address', { addressKeys: [] }],
  ['by a call', { channel: 'voice' }],
])('a fresh start %s leaves what a decided one leaves', async (_, how) => {
  const account = await room.account();
  const [fresh, decided] = [someStart(account, how), someStart(account, how)];
  await room.rows(
    `INSERT INTO limits (key, hits, expires_at)
     VALUES ('${hex(decided.numberKeys[0] as Buffer)}', '{}', '${room.clock.now().toISOString()}')`,
  );
  const answers = [];
  for (const start of [fresh, decided]) {
    const answer = await startBy(verifications, start, LIMITS, room.clock.now());
    answers.push({ ...answer, view: { ...answer.view, id: undefined } });
  }
  expect(answers[0]).toEqual(answers[1]);
  expect(await written(fresh)).toHaveLength(how.addressKeys ? 4 : 5);
  expect(await written(fresh)).toEqual(await written(decided));
});

test('what is known of a start is not overlooked, also among fresh ones', async () => {
  const account = await room.account();
  const limits = { ...LIMITS, inTenMinutes: 1, perAddressAMinute: 1 };
  const first = someStart(account);
  expect(await startBy(verifications, first, limits, room.clock.now())).toMatchObject({
    isNew: true,
  });
  room.clock.advance(SECOND);
  const other = await room.account();
  const starts: NewVerificationRow[] = [
    someStart(other),
    someStart(account, { numberKeys: first.numberKeys }),
    someStart(other, { numberKeys: first.numberKeys }),
    someStart(other, { numberKeys: [randomBytes(32), first.numberKeys[0] as Buffer] }),
    someStart(other, { addressKeys: first.addressKeys }),
    someStart(other, { blockedUntil: new Date(room.clock.now().getTime() + SECOND) }),
    someStart(other, { channels: ['voice'] }),
    someStart(other),
  ];
  const answers = await Promise.all(
    starts.map((start) => startBy(verifications, start, limits, room.clock.now())),
  );
  expect(answers.map((one) => one.refused ?? ('isNew' in one && one.isNew))).toEqual([
    true, false, 'number', 'number', 'address', 'blocked', 'channel', true,
  ]); // prettier-ignore
});
