import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { AccountsRepository } from '../../src/accounts/accounts.repository.js';
import { ProofRules, assessProof } from '../../src/accounts/proof.js';
import { ProofsRepository } from '../../src/accounts/proofs.repository.js';
import { Reachability } from '../../src/accounts/reachability.service.js';
import type { CarrierEvent, Handoff, Purpose } from '../../src/handoff/handoff.js';
import { HandoffsRepository } from '../../src/handoff/handoffs.repository.js';
import { Outcomes, type Settled } from '../../src/handoff/outcomes.service.js';
import { sha256 } from '../../src/kernel/digest.js';
import { newId, type NumberRef } from '../../src/kernel/ids.js';
import { moveNumber } from '../support/number-moves.js';
import { Room } from '../support/room.js';
import { signUp } from '../support/sign-up.js';

// Real: PostgreSQL, each role on its own login. Fake: the sealed numbers, which are never opened
// here; the carrier's words.

const rules = new ProofRules(365 * 86_400_000);
const accounts = new AccountsRepository(rules);
const handoffs = new HandoffsRepository();
const outcomes = new Outcomes();
new Reachability(outcomes, new ProofsRepository());
const NO_SUCH_NUMBER: Settled = { state: 'rejected', reason: 'bad_number' };
const NO_SUCH_PHONE: CarrierEvent = {
  kind: 'message',
  delivery: 'undelivered',
  reason: 'bad_number',
};

let room: Room;
let ann: string;
beforeAll(async () => {
  room = await Room.open();
});
afterAll(() => room.close());
beforeEach(async () => {
  ann = await signUp(room.api.sql);
  await prove();
});

async function prove(numberIndex = randomBytes(32)): Promise<void> {
  const numberRef = newId() as NumberRef;
  await sql`
    INSERT INTO numbers (id, sealed, created_at)
    VALUES (${numberRef}, ${randomBytes(61)}, ${room.clock.now()})
  `.execute(room.owner.sql);
  await moveNumber(room.owner, { accountId: ann, numberRef, numberIndex, now: room.clock.now() });
}
/** Of the capability by which its carrier calls, and its worker says what became of it. */
const digestOf = ({ id }: { id: string }): Buffer => sha256(id);
/** To the number that Ann has now. */
async function handOff(purpose: Purpose = 'ding'): Promise<Handoff> {
  const now = room.clock.now();
  const numberRef = (await accounts.findNumber(room.api.sql, ann))?.numberRef as NumberRef;
  const handoff = {
    id: newId(),
    purpose,
    channel: 'sms',
    kind: 'deliver',
    subjectId: newId(),
    accountId: ann,
    language: 'en',
    callId: undefined,
    notAfter: now,
  } as const;
  await room.owner.transaction((trx) =>
    handoffs.insert(trx, { ...handoff, numberRef, targetId: null, notBefore: now }, now),
  );
  await sql`
    UPDATE handoffs
    SET state = 'sending', capability_hash = sha256(${digestOf(handoff)}::bytea), capability_expires_at = '2100-01-01'
    WHERE id = ${handoff.id}
  `.execute(room.owner.sql);
  return { ...handoff, state: 'sending' };
}
const hear = (
  handoff: Handoff,
  news: Settled | CarrierEvent,
  role: 'worker' | 'ingress' = 'worker',
) =>
  room[role].transaction(async (trx) => {
    await sql`SELECT show_capability(${digestOf(handoff)})`.execute(trx);
    await outcomes.notifyObservers(trx, handoff, news, room.clock.now());
  });
const mustProve = async () => {
  const proof = (await accounts.find(room.api.sql, ann))?.proof;
  return proof && assessProof(proof, rules, room.clock.now()).mustProve;
};
const noticeKinds = async () =>
  (await accounts.listNewestNotices(room.api.sql, ann, 10)).map((notice) => notice.kind);

test('three in a row, told to the worker or to ingress, have the number proved again; its person is told once', async () => {
  await hear(await handOff(), NO_SUCH_NUMBER);
  await hear(await handOff('conference'), NO_SUCH_PHONE, 'ingress');
  expect([await mustProve(), await noticeKinds()]).toEqual([null, []]);
  await hear(await handOff(), NO_SUCH_PHONE, 'ingress');
  const since = room.clock.now();
  expect(await mustProve()).toEqual({ since, because: 'unreachable' });
  room.clock.advance(60_000);
  await hear(await handOff(), NO_SUCH_NUMBER);
  expect(await mustProve()).toEqual({ since, because: 'unreachable' });
  expect(await noticeKinds()).toEqual(['number_to_prove_again']);
  await prove();
  expect(await mustProve()).toBeNull();
});

test('a success between begins the count anew, but proves nothing once it was too many', async () => {
  for (const _ of [1, 2]) await hear(await handOff(), NO_SUCH_NUMBER);
  await hear(await handOff(), { kind: 'call', state: 'ringing' }, 'ingress');
  for (const _ of [1, 2]) await hear(await handOff(), NO_SUCH_NUMBER);
  expect(await mustProve()).toBeNull();
  await hear(await handOff(), NO_SUCH_NUMBER);
  await hear(await handOff(), { kind: 'message', delivery: 'delivered' }, 'ingress');
  expect(await mustProve()).toMatchObject({ because: 'unreachable' });
});

test('late news of a number that its person has exchanged for another is not held against the new one', async () => {
  const late = [await handOff(), await handOff(), await handOff()];
  await prove();
  for (const handoff of late) await hear(handoff, NO_SUCH_PHONE, 'ingress');
  expect(await mustProve()).toBeNull();
});

test('verifications do not count, nor does the same news told again', async () => {
  for (const _ of [1, 2, 3]) await hear(await handOff('verification'), NO_SUCH_NUMBER);
  const one = await handOff();
  for (const _ of [1, 2, 3]) await hear(one, NO_SUCH_PHONE, 'ingress');
  expect([await mustProve(), await noticeKinds()]).toEqual([null, []]);
});

test('of twelve that tell it at the same moment three are enough, and one notice comes', async () => {
  const many = await Promise.all(Array.from({ length: 12 }, () => handOff()));
  await Promise.all(
    many.map((handoff, i) => hear(handoff, NO_SUCH_NUMBER, i % 2 === 0 ? 'worker' : 'ingress')),
  );
  expect(
    await room.rows(
      `SELECT cardinality(unreachable_for) AS count FROM account_numbers WHERE account_id = '${ann}'`,
    ),
  ).toEqual([{ count: 3 }]);
  expect(await noticeKinds()).toEqual(['number_to_prove_again']);
});
