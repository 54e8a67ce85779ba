import { sql } from 'kysely';
import type { NumberRef } from '../../src/kernel/ids.js';
import { Receipt } from '../../src/ledger/ledger.repository.js';
import { PhoneNumber } from '../../src/plaintext/phone-number.js';
import { NumbersRepository } from '../../src/plaintext/vault/numbers.repository.js';
import { EPOCH_MS } from '../../src/plaintext/vault/epoch.js';
import { derivePublicKey } from '../../src/plaintext/vault/keyring.js';
import type { SubmittedCode } from '../../src/plaintext/gate.js';
import { Room } from '../support/room.js';
import { numberPool } from '../support/numbers.js';

// Real here: PostgreSQL, each side on its own login; the vault, the gate's parts, the ledger. Not here: Nest and HTTP.

let room: Room;
const draw = numberPool(Date.now());
beforeEach(async () => {
  room = await Room.open();
});
afterEach(() => room.close());

const epochs = async (): Promise<number> => (await room.rows('SELECT id FROM epochs')).length;

describe('a number that api took in', () => {
  test('is opened by the worker, with a receipt', async () => {
    const { e164, national } = draw();
    const ref = await room.store(room.sealer(), e164);
    const number = await room.vault().open(ref, await room.receipt(ref));
    expect(number.forCarrier()).toBe(e164);
    const dump = JSON.stringify(
      await room.rows(`SELECT n.*, encode(n.sealed, 'escape') AS text FROM numbers n`),
    );
    for (const form of [e164, e164.slice(1), national]) expect(dump).not.toContain(form);
  });

  test('gets its permanent index when it is first opened, the same as any other row with that number', async () => {
    const [sealer, rows] = [room.sealer(), new NumbersRepository()];
    const { e164 } = draw();
    const [one, same, other] = [
      await room.store(sealer, e164),
      await room.store(sealer, e164),
      await room.store(sealer, draw().e164),
    ];
    expect(await rows.findIndex(room.api.sql, one)).toBeUndefined();
    const vault = room.vault();
    for (const ref of [one, same, other]) await vault.open(ref, await room.receipt(ref));
    const index = await rows.findIndex(room.api.sql, one);
    expect(index).toEqual(PhoneNumber.parse(e164)?.indexUnder(room.keys.index));
    expect(await rows.findIndex(room.api.sql, same)).toEqual(index);
    expect(await rows.findIndex(room.api.sql, other)).not.toEqual(index);
    // The second opening leaves it as it is, and whoever writes another is refused.
    await vault.open(one, await room.receipt(one));
    await rows.setIndex(room.owner.sql, one, Buffer.of(1));
    expect(await rows.findIndex(room.api.sql, one)).toEqual(index);
    await expect(
      room.rows(`UPDATE numbers SET number_index = '\\x01' WHERE id = '${one}'`),
    ).rejects.toThrow(/only move forward/);
  });

  test('does not open when any byte of its row is changed', async () => {
    const [sealer, vault] = [room.sealer(), room.vault()];
    const ref = await room.store(sealer, draw().e164);
    const [row] = await room.rows<{ sealed: Buffer }>('SELECT sealed FROM numbers');
    const sealed = row?.sealed ?? Buffer.alloc(0);
    for (let i = 0; i < sealed.length; i += 1) {
      const altered = Buffer.from(sealed);
      altered[i] = (altered[i] as number) ^ (1 << (i % 8));
      await sql`UPDATE numbers SET sealed = ${altered}`.execute(room.owner.sql);
      await expect(vault.open(ref, await room.receipt(ref))).rejects.toThrow();
    }
    await sql`UPDATE numbers SET sealed = ${sealed}`.execute(room.owner.sql);
    await vault.open(ref, await room.receipt(ref));
  });

  test("does not open in another person's row, though both are of one epoch", async () => {
    const [sealer, vault] = [room.sealer(), room.vault()];
    const refs = [await room.store(sealer, draw().e164), await room.store(sealer, draw().e164)];
    for (const ref of refs) await vault.open(ref, await room.receipt(ref));
    await room.rows('UPDATE numbers a SET sealed = b.sealed FROM numbers b WHERE a.id <> b.id');
    for (const ref of refs)
      await expect(vault.open(ref, await room.receipt(ref))).rejects.toThrow();
  });

  test('does not open as a code, nor a code as a number', async () => {
    const sealer = room.sealer();
    const ref = await room.store(sealer, draw().e164);
    const verification = await room.verification(ref);
    await room.storeCode(sealer, verification);
    const asNumber = verification as NumberRef; // the same id, so that the purpose alone is wrong
    await room.rows(`INSERT INTO numbers SELECT verification_id, sealed, NULL, now() FROM codes`);
    await expect(room.vault().open(asNumber, await room.receipt(asNumber))).rejects.toThrow(
      /authenticate/,
    );
    const sealed = await sealer.seal(verification, 'number', Buffer.from('123456'));
    await sql`UPDATE codes SET sealed = ${sealed}`.execute(room.owner.sql);
    await expect(room.vault().openCode(verification)).rejects.toThrow(/authenticate/);
  });

  test('can be erased, and is then gone', async () => {
    const sealer = room.sealer();
    const ref = await room.store(sealer, draw().e164);
    room.clock.advance(3_600_000);
    await sql`DELETE FROM numbers WHERE id = ${ref}`.execute(room.worker.sql);
    await expect(room.vault().open(ref, await room.receipt(ref))).rejects.toThrow(/no such number/);
  });
});

/** Of somebody who is shown it in a call. */
async function lookedAt(ref: NumberRef): Promise<Receipt> {
  const [ann, bob] = [await room.account(), await room.account()];
  const { callId, participants } = await room.call(ann, bob);
  await room.rows(`
    INSERT INTO account_numbers (account_id, number_ref, number_index, verified_at)
    VALUES ('${ann}', '${ref}', '\\x00', now());
    INSERT INTO presentations (call_id, participant_id, number_ref, day, enc, sealed, expires_at)
    VALUES ('${callId}', '${participants[0]}', '${ref}', now(), '', '', now() + interval '10 years')
  `);
  return (await room.look(bob, callId, participants[0] as string)) as Receipt;
}

describe('the vault opens nothing', () => {
  let ref: NumberRef;
  beforeEach(async () => {
    ref = await room.store(room.sealer(), draw().e164);
  });

  test('with a receipt for another number', async () => {
    const other = await room.store(room.sealer(), draw().e164);
    await expect(room.vault().open(ref, await room.receipt(other))).rejects.toThrow(
      /another opening/,
    );
  });

  test('twice with one receipt', async () => {
    const [vault, receipt] = [room.vault(), await room.receipt(ref)];
    const both = await Promise.allSettled([vault.open(ref, receipt), vault.open(ref, receipt)]);
    expect(both.map((one) => one.status)).toEqual(['fulfilled', 'rejected']);
  });

  test('for a carrier with a receipt for showing it to an account', async () => {
    await expect(room.vault().open(ref, await lookedAt(ref))).rejects.toThrow(/another opening/);
  });

  test('before the ledger entry is committed, nor after it was rolled back', async () => {
    let kept: Receipt | undefined;
    const { id } = await room.claimed(ref);
    const rolledBack = room.worker.transaction(async (trx) => {
      const receipt = await room.ledger.recordOpening(trx, id, 'carrier:twilio');
      await expect(room.vault().open(ref, receipt)).rejects.toThrow(/not committed/);
      kept = await room.ledger.recordOpening(trx, id, 'carrier:twilio');
      throw new Error('roll back');
    });
    await expect(rolledBack).rejects.toThrow('roll back');
    await expect(room.vault().open(ref, kept as Receipt)).rejects.toThrow(/not committed/);
  });

  test('with something that looks like a receipt', async () => {
    const real = await room.receipt(ref);
    const alike = Object.assign(Object.create(Receipt.prototype) as Receipt, {
      entryId: real.entryId,
      entry: { numberRef: ref, recipient: 'carrier:twilio' },
    });
    await expect(room.vault().open(ref, alike)).rejects.toThrow(TypeError);
  });

  test('without the key of its epoch', async () => {
    const stranger = Buffer.alloc(32, 9);
    await expect(room.vault([stranger]).open(ref, await room.receipt(ref))).rejects.toThrow(
      /VAULT_PRIVATE_KEYS/,
    );
  });
});

describe('a code', () => {
  test('is opened by the worker, matches once it is submitted, and is gone when it is erased', async () => {
    const sealer = room.sealer();
    const [intake, vault] = [room.intake(sealer), room.vault()];
    const ref = await room.store(sealer, draw().e164);
    const [id, other] = [await room.verification(ref), await room.verification(ref)];
    const hash = await room.storeCode(sealer, id);
    const code = (await vault.openCode(id))?.forCarrier() ?? '';
    expect(code).toMatch(/^\d{6}$/);
    const submit = (text: string): SubmittedCode => intake.takeCode(text) as SubmittedCode;
    expect(submit(code).boundTo(id)).toEqual(hash);
    expect(submit(code).boundTo(other)).not.toEqual(hash);
    expect(submit(String((Number(code) + 1) % 1_000_000).padStart(6, '0')).boundTo(id)).not.toEqual(
      hash,
    );
    await room.rows(`UPDATE verifications SET state = 'canceled' WHERE id = '${id}'`);
    await sql`SELECT take_back_codes(ARRAY[${id}::uuid], ${room.clock.now()}::timestamptz)`.execute(
      room.worker.sql,
    );
    expect(await vault.openCode(id)).toBeUndefined();
  });
});

describe('epochs', () => {
  test('one is stored ahead of the one in use, so that nobody waits at its end', async () => {
    const sealer = room.sealer();
    await sealer.onModuleInit();
    const until = async (count: number): Promise<void> => {
      while ((await epochs()) < count) await new Promise(setImmediate);
    };
    await until(2);
    const first = await room.submit(sealer, draw().e164);
    room.clock.advance(EPOCH_MS - 1);
    const second = await room.submit(sealer, draw().e164);
    expect(second.sealed.subarray(1, 17)).toEqual(first.sealed.subarray(1, 17));
    room.clock.advance(1);
    const third = await room.submit(sealer, draw().e164);
    expect(third.sealed.subarray(1, 17)).not.toEqual(first.sealed.subarray(1, 17));
    await until(3); // the third of them waits
    expect(await epochs()).toBe(3);
  });

  test('that end while a thousand requests seal lose none of them', async () => {
    const intake = room.intake(room.sealer());
    const vault = room.vault();
    const numbers = Array.from({ length: 1_000 }, () => draw().e164);
    const submitted = await Promise.all(
      numbers.map(async (e164, i) => {
        if (i % 250 === 249) room.clock.advance(EPOCH_MS);
        return intake.takeNumber(e164);
      }),
    );
    await room.owner.transaction(async (trx) => {
      for (const one of submitted) await room.storeSubmitted(trx, one);
    });
    for (const [i, one] of submitted.entries()) {
      if (i % 50 !== 0) continue;
      expect((await vault.open(one.ref, await room.receipt(one.ref))).forCarrier()).toBe(
        numbers[i],
      );
    }
  });

  test('are not lost with the transaction that first used one', async () => {
    const sealer = room.sealer();
    await expect(
      room.owner.transaction(async (trx) => {
        await room.storeSubmitted(trx, await room.submit(sealer, draw().e164));
        throw new Error('roll back');
      }),
    ).rejects.toThrow('roll back');
    const ref = await room.store(sealer, draw().e164);
    await room.vault().open(ref, await room.receipt(ref));
  });

  test('of a key that is no longer the first one still open, until it is taken off the ring', async () => {
    const older = await room.store(room.sealer(), draw().e164);
    const newKey = Buffer.alloc(32, 5);
    const newer = await room.store(room.sealer(derivePublicKey(newKey)), draw().e164);
    const both = room.vault([newKey, room.privateKey]);
    for (const ref of [older, newer]) await both.open(ref, await room.receipt(ref));
    const one = room.vault([newKey]);
    await one.open(newer, await room.receipt(newer));
    await expect(one.open(older, await room.receipt(older))).rejects.toThrow(/VAULT_PRIVATE_KEYS/);
  });

  test("can't be stored while the database is away, and then nothing is sealed; later ones can", async () => {
    const sealer = room.sealer();
    await room.rows('REVOKE INSERT ON epochs FROM dingline_api');
    await expect(room.submit(sealer, draw().e164)).rejects.toThrow(/permission denied/);
    await room.rows('GRANT INSERT ON epochs TO dingline_api');
    const ref = await room.store(sealer, draw().e164);
    await room.vault().open(ref, await room.receipt(ref));
  });
});
