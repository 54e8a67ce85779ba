import { sql } from 'kysely';
import { erasePresentation } from '../../src/calls/shown-numbers.repository.js';
import type { NumberRef } from '../../src/kernel/ids.js';
import type { Receipt } from '../../src/ledger/ledger.repository.js';
import { PhoneNumber } from '../../src/plaintext/phone-number.js';
import type { Presentations } from '../../src/plaintext/presentation.js';
import { eventually } from '../support/eventually.js';
import { numberPool } from '../support/numbers.js';
import { Room } from '../support/room.js';

// Real here: PostgreSQL, the worker and api each on its own login. Not here: who may see a number,
// which is the caller's to decide (test/e2e), and HTTP.

const HOUR_MS = 3_600_000;
const draw = numberPool(Date.now());
let room: Room;
let presentations: Presentations;
let ann: string;
let bob: string;
let callId: string;
let participants: string[];
let initiator: string;
let e164: string;
let numberRef: NumberRef;

beforeEach(async () => {
  room = await Room.open();
  presentations = room.presentations();
  [ann, bob] = [await room.account(), await room.account()];
  ({ callId, participants } = await room.call(ann, bob));
  initiator = participants[0] as string;
  e164 = draw().e164;
  numberRef = await room.store(room.sealer(), e164);
  for (const account of [ann, bob]) await room.giveNumber(account, numberRef);
});
afterEach(() => room.close());

const present = (
  expiresAt = new Date(room.clock.now().getTime() + HOUR_MS),
  participantId = initiator,
  text = e164,
  ref = numberRef,
): Promise<boolean> =>
  room.presenter().present(room.worker.sql, {
    callId,
    participantId,
    numberRef: ref,
    number: PhoneNumber.parse(text) as PhoneNumber,
    expiresAt,
  });
const showing = async (): Promise<Receipt> => (await room.look(bob, callId, initiator)) as Receipt;
const revealWith = (
  receipt: Receipt,
  by = presentations,
  participantId = initiator,
): Promise<PhoneNumber | undefined> =>
  room.api.transaction((trx) => by.reveal(trx, callId, participantId, receipt));
const reveal = async (
  by = presentations,
  participantId = initiator,
): Promise<string | undefined> => {
  const receipt = await room.look(bob, callId, participantId);
  if (receipt === undefined) return undefined;
  return (await revealWith(receipt, by, participantId))?.forParticipant();
};

describe('a caller ID', () => {
  test('that the worker presents is revealed by api, until it expires', async () => {
    await presentations.onModuleInit();
    expect(await present()).toBe(true);
    expect(await reveal()).toBe(e164);
    room.clock.advance(HOUR_MS - 1);
    expect(await reveal()).toBe(e164);
    room.clock.advance(1);
    expect(await reveal()).toBeUndefined();
  });

  test('is revealed by another process of api too, and after a restart', async () => {
    await presentations.onModuleInit();
    await present();
    expect(await reveal(room.presentations())).toBe(e164);
  });

  test('is no more once it is erased', async () => {
    await presentations.onModuleInit();
    await present();
    await room.api.transaction((trx) => erasePresentation(trx, callId, initiator));
    expect(await reveal()).toBeUndefined();
  });

  test('is not revealed with a receipt for another call, another number or another kind of opening, nor twice with one', async () => {
    await presentations.onModuleInit();
    await present();
    const first = callId;
    const other = await room.call(ann, bob);
    [callId, initiator] = [other.callId, other.participants[0] as string];
    await present();
    const wrong = [
      await showing(),
      await room.receipt(numberRef),
      await room.receipt(numberRef, { kind: 'present', purpose: 'ding', subjectId: first }),
    ];
    [callId, initiator] = [first, participants[0] as string];
    for (const receipt of wrong)
      await expect(revealWith(receipt)).rejects.toThrow(/another opening/);
    const before = await showing();
    await room.rows('UPDATE presentations SET number_ref = gen_random_uuid()');
    await expect(revealWith(before)).rejects.toThrow(/another opening/);
    await room.rows(`UPDATE presentations SET number_ref = '${numberRef}'`);
    const receipt = await showing();
    await revealWith(receipt);
    await expect(revealWith(receipt)).rejects.toThrow(/spent/);
  });

  test('that was presented twice is one row', async () => {
    await presentations.onModuleInit();
    await present();
    expect(await present()).toBe(true);
    expect(await room.rows('SELECT FROM presentations')).toHaveLength(1);
    expect(await reveal()).toBe(e164);
  });

  test('is not kept of a number that its person has no more, or is about to lose', async () => {
    await presentations.onModuleInit();
    await present(undefined, undefined, draw().e164, await room.store(room.sealer(), draw().e164));
    expect(await room.rows('SELECT FROM presentations')).toEqual([]);
    let presenting: Promise<boolean> | undefined;
    await room.owner.transaction(async (trx) => {
      await sql`SELECT 1 FROM account_numbers WHERE account_id = ${ann} FOR UPDATE`.execute(trx);
      presenting = present();
      await eventually(
        'the worker waits',
        async () =>
          (
            await room.rows(
              `
                SELECT
                FROM pg_stat_activity
                WHERE datname = current_database()
                  AND usename = 'dingline_worker'
                  AND wait_event_type = 'Lock'
              `,
            )
          ).length > 0,
      );
      await sql`DELETE FROM account_numbers WHERE account_id = ${ann}`.execute(trx);
    });
    await presenting;
    expect(await room.rows('SELECT FROM presentations')).toEqual([]);
  });

  test("can't be moved to another participant or another call, nor altered", async () => {
    await presentations.onModuleInit();
    await present();
    await present(undefined, participants[1], draw().e164);
    const second = participants[1] as string;
    const rows = await room.rows<{ participant_id: string; enc: Buffer; sealed: Buffer }>(
      'SELECT participant_id, enc, sealed FROM presentations',
    );
    const original = rows.find((row) => row.participant_id === initiator);
    const other = rows.find((row) => row.participant_id === second);
    if (original === undefined || other === undefined) throw new Error('two rows expected');
    const write = async (enc: Buffer, sealed: Buffer): Promise<void> => {
      await sql`
        UPDATE presentations
        SET enc = ${enc}, sealed = ${sealed}
        WHERE participant_id = ${initiator}
      `.execute(room.owner.sql);
    };
    for (const [enc, sealed] of [
      [other.enc, other.sealed],
      [original.enc, other.sealed],
      [other.enc, original.sealed],
    ] as const) {
      await write(enc, sealed);
      await expect(reveal()).rejects.toThrow();
    }
    for (const field of ['enc', 'sealed'] as const)
      for (let i = 0; i < original[field].length; i += 1) {
        const altered = Buffer.from(original[field]);
        altered[i] = (altered[i] as number) ^ (1 << (i % 8));
        await write(
          field === 'enc' ? altered : original.enc,
          field === 'sealed' ? altered : original.sealed,
        );
        // The highest bit of an X25519 point is not read (RFC 7748); HPKE binds it all the same.
        await expect(reveal()).rejects.toThrow();
      }
    await write(original.enc, original.sealed);
    expect(await reveal()).toBe(e164);
  });
});
