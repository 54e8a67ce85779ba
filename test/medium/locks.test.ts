import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { CallsRepository } from '../../src/calls/calls.repository.js';
import { CallbacksRepository } from '../../src/handoff/callbacks.repository.js';
import { HandoffsRepository } from '../../src/handoff/handoffs.repository.js';
import { newId } from '../../src/kernel/ids.js';
import { Room } from '../support/room.js';

// Real: PostgreSQL, each role on its own login. Not here: the queue, HTTP, the carrier.

const handoffs = new HandoffsRepository();
const calls = new CallsRepository();
let room: Room;
beforeEach(async () => {
  room = await Room.open();
});
afterEach(() => room.close());

test('news of a call and its hang-up come one after the other, and never wait for one another', async () => {
  const now = room.clock.now();
  const soon = new Date(now.getTime() + 600_000);
  const [callId, ringing, digest] = [newId(), newId(), randomBytes(32)];
  const common = {
    purpose: 'conference',
    channel: 'voice',
    subjectId: newId(),
    accountId: newId(),
    numberRef: null,
    language: 'en',
    notBefore: now,
    notAfter: soon,
  } as const;
  const participantId = newId();
  const accountId = await room.account();
  await room.owner.transaction(async (trx) => {
    await calls.insertCall(trx, { id: callId, purpose: 'conference', endsAt: soon }, now);
    await sql`
      INSERT INTO participants (id, call_id, account_id, role)
      VALUES (${participantId}, ${callId}, ${accountId}, 'invitee')
    `.execute(trx);
    await sql`
      INSERT INTO legs (id, call_id, participant_id, state, created_at)
      VALUES (${common.subjectId}, ${callId}, ${participantId}, 'ringing', ${now})
    `.execute(trx);
    await handoffs.insert(trx, { ...common, id: ringing, kind: 'deliver', targetId: null }, now);
  });
  await room.rows('INSERT INTO leases (number) VALUES (1)'); // under which it is claimed
  await room.worker.transaction((trx) =>
    handoffs.claim(trx, ringing, 1, { digest, expiresAt: soon, salt: randomBytes(16) }, now),
  );

  // As they meet: the carrier's news has the hand-off and wants the call; whoever hangs up has the
  // call and names the hand-off.
  await room.ingress.transaction(async (news) => {
    expect(await new CallbacksRepository().findByCapability(news, digest)).toMatchObject({
      id: ringing,
    });
    await room.api.transaction(async (hangUp) => {
      await calls.lockCall(hangUp, callId);
      await handoffs.insertAndWake(
        hangUp,
        { ...common, id: newId(), kind: 'hang_up', targetId: ringing },
        now,
      );
    });
    expect(await calls.lockCall(news, callId)).toBeDefined();
  });
});
