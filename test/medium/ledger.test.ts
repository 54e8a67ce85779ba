import { sql } from 'kysely';
import type { Executor } from '../../src/kernel/database.js';
import { newId, type NumberRef } from '../../src/kernel/ids.js';
import { isCommittedTo, type LedgerBody } from '../../src/ledger/ledger.js';
import { entry, Room } from '../support/room.js';

// Real here: PostgreSQL, by each role's login and by the owner's.

let room: Room;
beforeAll(async () => {
  room = await Room.open();
});
afterAll(() => room.close());

describe('the ledger', () => {
  test('commits to what was opened, when, why and to whom, and a person reads only their own', async () => {
    const [ann, bob] = [newId(), newId()];
    const refs = [newId(), newId(), newId()] as NumberRef[];
    const [first, second, other] = refs as [NumberRef, NumberRef, NumberRef];
    const handoffId = newId();
    await room.receipt(first, { subjectId: ann, handoffId });
    await room.receipt(other, { subjectId: bob });
    room.clock.advance(1_000);
    const callId = newId();
    await room.api.transaction((trx) =>
      room.ledger.record(
        trx,
        entry(second, {
          subjectId: ann,
          recipient: `account:${bob}`,
          basis: 'D5c',
          purpose: 'ding',
          callId,
        }),
      ),
    );
    const own = await room.ledger.listEntries(room.api.sql, ann);
    const bodies = own.map(({ body }) => JSON.parse(body) as LedgerBody);
    expect(bodies).toEqual([
      {
        id: expect.any(String) as string,
        at: room.clock.now().toISOString(),
        subjectId: ann,
        recipient: `account:${bob}`,
        basis: 'D5c',
        purpose: 'ding',
        fields: ['number'],
        numberRef: second,
        callId,
      },
      {
        id: expect.any(String) as string,
        at: expect.any(String) as string,
        subjectId: ann,
        recipient: 'carrier:twilio',
        basis: 'D5b',
        purpose: 'verification',
        fields: ['number'],
        numberRef: first,
        handoffId,
      },
    ]);
    for (const { commitment, salt, body } of own)
      expect(isCommittedTo(commitment, salt, body)).toBe(true);
    expect(new Set(own.map(({ salt }) => salt.toString('hex'))).size).toBe(2);
    expect(await room.ledger.listEntries(room.api.sql, ann, 1)).toEqual(own.slice(0, 1));
  });

  test('keeps nothing of a transaction that was rolled back', async () => {
    const subjectId = newId();
    await expect(
      room.worker.transaction(async (trx) => {
        await room.ledger.record(trx, entry(newId() as NumberRef, { subjectId }));
        throw new Error('roll back');
      }),
    ).rejects.toThrow('roll back');
    expect(await room.ledger.listEntries(room.api.sql, subjectId)).toEqual([]);
    expect(
      await room.rows(
        `
          SELECT
          FROM ledger_entries e
          WHERE NOT EXISTS (SELECT FROM ledger_readable r WHERE r.entry_id = e.id)
        `,
      ),
    ).toEqual([]);
  });

  const CHANGES = [
    `UPDATE ledger_entries SET at = now()`,
    `UPDATE ledger_entries SET commitment = decode(repeat('00', 32), 'hex')`,
    `DELETE FROM ledger_entries`,
    `TRUNCATE ledger_entries CASCADE`,
    `UPDATE ledger_readable SET body = '{}'`,
    `UPDATE ledger_readable SET subject_id = gen_random_uuid()`,
  ];
  test.each(CHANGES)('refuses %s to every role and to the owner', async (change) => {
    await room.receipt(newId() as NumberRef);
    const before = await room.rows(
      'SELECT * FROM ledger_entries JOIN ledger_readable ON entry_id = id ORDER BY seq',
    );
    const [ours, owner]: [Executor[], Executor] = [
      [room.api.sql, room.worker.sql, room.ingress.sql],
      room.owner.sql,
    ];
    for (const login of ours)
      await expect(sql.raw(change).execute(login)).rejects.toThrow(/permission denied/);
    await expect(sql.raw(change).execute(owner)).rejects.toThrow(/append-only/);
    expect(
      await room.rows(
        'SELECT * FROM ledger_entries JOIN ledger_readable ON entry_id = id ORDER BY seq',
      ),
    ).toEqual(before);
  });

  test('is read by nobody but api, and written by nobody but api and worker', async () => {
    for (const login of [room.worker.sql, room.ingress.sql])
      await expect(room.ledger.listEntries(login, newId())).rejects.toThrow(/permission denied/);
    await expect(
      room.ingress.transaction((trx) => room.ledger.record(trx, entry(newId() as NumberRef))),
    ).rejects.toThrow(/permission denied/);
  });

  test('whose readable part is erased still says that something was recorded, and cannot be filled in with something else', async () => {
    const subjectId = newId();
    await room.receipt(newId() as NumberRef, { subjectId });
    const [own] = await room.ledger.listEntries(room.api.sql, subjectId);
    if (own === undefined) throw new Error('an entry expected');
    await sql`DELETE FROM ledger_readable WHERE subject_id = ${subjectId}`.execute(room.owner.sql);
    const [left] = await room.rows<{ commitment: Buffer }>(
      `SELECT commitment FROM ledger_entries WHERE seq = ${own.seq}`,
    );
    expect(left?.commitment).toEqual(own.commitment);
    const forged = own.body.replace(subjectId, newId());
    expect(isCommittedTo(own.commitment, own.salt, forged)).toBe(false);
  });
});
