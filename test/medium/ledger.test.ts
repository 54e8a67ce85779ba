import { sql } from 'kysely';
import type { Executor } from '../../src/kernel/database.js';
import { newId, type NumberRef } from '../../src/kernel/ids.js';
import { canonicalJson, isCommittedTo, type LedgerBody } from '../../src/ledger/ledger.js';
import type { OwnEntry } from '../../src/ledger/ledger.repository.js';
import { Room } from '../support/room.js';

// Real here: PostgreSQL, by each role's login and by the owner's.

let room: Room;
beforeAll(async () => {
  room = await Room.open();
});
afterAll(() => room.close());

const own = (accountId: string, page = {}): Promise<OwnEntry[]> =>
  room.ledger.listEntries(room.api.sql, accountId, page);
const bodies = async (accountId: string): Promise<LedgerBody[]> =>
  (await own(accountId)).map(({ body }) => JSON.parse(body) as LedgerBody);

/** Ann rings Bob, who has got it in his app and may see her number. */
async function shown() {
  const [ann, bob, eve] = [await room.account(), await room.account(), await room.account()];
  const { callId, participants } = await room.call(ann, bob);
  const numberRef = newId() as NumberRef;
  await room.rows(`
    INSERT INTO numbers (id, sealed, created_at) VALUES ('${numberRef}', decode(repeat('00', 45), 'hex'), now());
    INSERT INTO account_numbers (account_id, number_ref, number_index, verified_at)
    VALUES ('${ann}', '${numberRef}', uuid_send('${numberRef}'), now());
    INSERT INTO presentations (call_id, participant_id, number_ref, day, enc, sealed, expires_at)
    VALUES ('${callId}', '${participants[0]}', '${numberRef}', now(), '', '', now() + interval '10 years')
  `);
  const [anns, bobs] = participants as [string, string];
  return { ann, bob, eve, callId, anns, bobs, numberRef };
}

describe('the ledger', () => {
  test('commits to what was opened, when, why and to whom, and a person reads only their own', async () => {
    const [ann, bob] = [newId(), newId()];
    const refs = [newId(), newId(), newId()] as NumberRef[];
    const [first, second, other] = refs as [NumberRef, NumberRef, NumberRef];
    const handoffId = newId();
    await room.receipt(first, { accountId: ann, id: handoffId });
    await room.receipt(other, { accountId: bob });
    room.clock.advance(1_000);
    const [presentId, callId] = [newId(), newId()];
    await room.receipt(second, {
      id: presentId,
      accountId: ann,
      kind: 'present',
      purpose: 'ding',
      subjectId: callId,
    });
    const entries = await own(ann);
    const about = { subjectId: ann, fields: ['number'], id: expect.any(String) as string };
    expect(entries.map(({ body }) => JSON.parse(body) as LedgerBody)).toEqual([
      {
        ...about,
        at: room.clock.now().toISOString(),
        recipient: `participants:${callId}`,
        basis: 'D5c',
        purpose: 'ding',
        numberRef: second,
        handoffId: presentId,
      },
      {
        ...about,
        at: new Date(room.clock.now().getTime() - 1_000).toISOString(),
        recipient: 'carrier:twilio',
        basis: 'D5b',
        purpose: 'verification',
        numberRef: first,
        handoffId,
      },
    ]);
    for (const { commitment, salt, body, at } of entries) {
      expect(isCommittedTo(commitment, salt, body)).toBe(true);
      const parsed = JSON.parse(body) as LedgerBody;
      expect(canonicalJson(parsed)).toBe(body);
      expect(parsed.at).toBe(at.toISOString());
    }
    expect(new Set(entries.map(({ salt }) => salt.toString('hex'))).size).toBe(2);
  });

  test('is read in pages, each before the last entry of the one before it', async () => {
    const accountId = newId();
    for (let i = 0; i < 5; i += 1) await room.receipt(newId() as NumberRef, { accountId });
    const all = await own(accountId);
    expect(all).toHaveLength(5);
    const first = await own(accountId, { limit: 2 });
    const second = await own(accountId, { limit: 2, before: first.at(-1)?.seq });
    const third = await own(accountId, { limit: 2, before: second.at(-1)?.seq });
    expect([...first, ...second, ...third]).toEqual(all);
    expect(await own(accountId, { before: all.at(-1)?.seq })).toEqual([]);
  });

  test('has one entry of the first look in a call, and another of how many there were when it ends, whoever ends it', async () => {
    const { ann, bob, callId, anns, numberRef } = await shown();
    for (let i = 0; i < 300; i += 1) expect(await room.look(bob, callId, anns)).toBeDefined();
    expect(await bodies(ann)).toHaveLength(1);
    for (const table of ['legs', 'notifications'])
      await room.rows(`UPDATE ${table} SET state = 'ended'`);
    await sql`
      UPDATE calls SET ended_at = now(), end_reason = 'finished' WHERE id = ${callId}
    `.execute(room.worker.sql);
    const about = { recipient: `account:${bob}`, basis: 'D5c', purpose: 'ding', callId, numberRef };
    const [last, first, ...more] = await bodies(ann);
    expect(last).toMatchObject({ ...about, looks: 300 });
    expect(first).toMatchObject(about);
    expect(first).not.toHaveProperty('looks');
    expect(more).toEqual([]);
    expect(await room.rows('SELECT FROM caller_id_looks')).toEqual([]);
    for (const { body } of await own(ann))
      expect(canonicalJson(JSON.parse(body) as LedgerBody)).toBe(body);
    expect(await room.look(bob, callId, anns)).toBeUndefined();
  });

  test('records no look of anybody to whom the rule shows nothing, nor of nobody', async () => {
    const { ann, bob, eve, callId, anns, bobs } = await shown();
    expect(await room.look(eve, callId, anns)).toBeUndefined(); // not in it
    expect(await room.look(ann, callId, anns)).toBeUndefined(); // oneself
    expect(await room.look(ann, callId, bobs)).toBeUndefined(); // a recipient
    expect(await room.look(bob, newId(), anns)).toBeUndefined();
    const nobody = await room.api.transaction((trx) => room.ledger.recordLook(trx, callId, anns));
    expect(nobody).toBeUndefined();
    await room.rows(`DELETE FROM notifications WHERE call_id = '${callId}'`);
    expect(await room.look(bob, callId, anns)).toBeUndefined(); // not reached yet
    expect(await bodies(ann)).toEqual([]);
  });

  test('keeps nothing of a transaction that was rolled back', async () => {
    const { id, accountId } = await room.claimed(newId() as NumberRef);
    await expect(
      room.worker.transaction(async (trx) => {
        await room.ledger.recordOpening(trx, id, 'carrier:twilio');
        throw new Error('roll back');
      }),
    ).rejects.toThrow('roll back');
    expect(await own(accountId)).toEqual([]);
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

  test('is read by nobody but api, and written by no role: openings by what a worker has claimed, looks by who has a session', async () => {
    const entry = `INSERT INTO ledger_entries (id, commitment, at) SELECT gen_random_uuid(), sha256(''), now()`;
    const readable = `INSERT INTO ledger_readable SELECT id, gen_random_uuid(), '', '{}' FROM ledger_entries LIMIT 1`;
    for (const login of [room.api, room.worker, room.ingress]) {
      for (const write of [entry, readable, `SELECT write_ledger('{}')`])
        await expect(sql.raw(write).execute(login.sql)).rejects.toThrow(/permission denied/);
    }
    for (const login of [room.worker.sql, room.ingress.sql])
      await expect(room.ledger.listEntries(login, newId())).rejects.toThrow(/permission denied/);
    const { id, accountId } = await room.claimed(newId() as NumberRef);
    for (const login of [room.api, room.ingress])
      await expect(
        login.transaction((trx) => room.ledger.recordOpening(trx, id, 'carrier:twilio')),
      ).rejects.toThrow(/permission denied/);
    for (const login of [room.worker, room.ingress])
      await expect(
        login.transaction((trx) => room.ledger.recordLook(trx, newId(), newId())),
      ).rejects.toThrow(/permission denied/);
    // Nor does the worker have one of a hand-off that it has not claimed, or to a made-up recipient.
    const record = (givenTo: 'carrier:twilio' | 'participants' | `carrier:${string}`) =>
      room.worker.transaction((trx) => room.ledger.recordOpening(trx, id, givenTo));
    await expect(record('participants')).rejects.toThrow(/has claimed it/);
    await expect(record('carrier:"}')).rejects.toThrow(/has claimed it/);
    await room.rows(`UPDATE handoffs SET state = 'accepted' WHERE id = '${id}'`);
    await expect(record('carrier:twilio')).rejects.toThrow(/has claimed it/);
    expect(await own(accountId)).toEqual([]);
  });

  test('whose readable part is erased still says that something was recorded, and cannot be filled in with something else', async () => {
    const subjectId = newId();
    await room.receipt(newId() as NumberRef, { accountId: subjectId });
    const [entry] = await own(subjectId);
    if (entry === undefined) throw new Error('an entry expected');
    await sql`DELETE FROM ledger_readable WHERE subject_id = ${subjectId}`.execute(room.owner.sql);
    const [left] = await room.rows<{ commitment: Buffer }>(
      `SELECT commitment FROM ledger_entries WHERE seq = ${entry.seq}`,
    );
    expect(left?.commitment).toEqual(entry.commitment);
    const forged = entry.body.replace(subjectId, newId());
    expect(isCommittedTo(entry.commitment, entry.salt, forged)).toBe(false);
  });
});
