import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { Logger } from '../../src/kernel/logger.js';
import type { NumberRef } from '../../src/kernel/ids.js';
import { readSigningKey, signDayKey } from '../../src/plaintext/day-key-signature.js';
import { PhoneNumber } from '../../src/plaintext/phone-number.js';
import type { Presentations } from '../../src/plaintext/presentation.js';
import { derivePublicKey } from '../../src/plaintext/vault/keyring.js';
import { numberPool } from '../support/numbers.js';
import { Room } from '../support/room.js';

// Real here: PostgreSQL, the worker and api each on its own login. How a number is sealed and shown:
// presentation.test.ts.

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const draw = numberPool(Date.now());
let room: Room;
let presentations: Presentations;
let ann: string;
let bob: string;
let callId: string;
let initiator: string;
let e164: string;
let numberRef: NumberRef;

beforeEach(async () => {
  room = await Room.open();
  presentations = room.presentations();
  [ann, bob] = [await room.account(), await room.account()];
  const call = await room.call(ann, bob);
  [callId, initiator] = [call.callId, call.participants[0] as string];
  await room.rows(`UPDATE calls SET ends_at = now() + interval '10 years'`);
  e164 = draw().e164;
  numberRef = await room.store(room.sealer(), e164);
  await room.giveNumber(ann, numberRef);
});
afterEach(() => room.close());

const present = (
  expiresAt = new Date(room.clock.now().getTime() + HOUR_MS),
  presenter = room.presenter(),
): Promise<boolean> =>
  presenter.present(room.worker.sql, {
    callId,
    participantId: initiator,
    numberRef,
    number: PhoneNumber.parse(e164) as PhoneNumber,
    expiresAt,
  });
const reveal = async (by = presentations): Promise<string | undefined> => {
  const receipt = await room.look(bob, callId, initiator);
  if (receipt === undefined) return undefined;
  const number = await room.api.transaction((trx) => by.reveal(trx, callId, initiator, receipt));
  return number?.forParticipant();
};

describe('the daily keys of caller IDs', () => {
  const days = async (): Promise<string[]> =>
    (await room.rows<{ day: string }>('SELECT day::text FROM presentation_keys ORDER BY day')).map(
      (row) => row.day,
    );

  test('are made ahead, shared by all processes, and destroyed when no call of their day can be live', async () => {
    await Promise.all([
      presentations.onModuleInit(),
      room.presentations().onModuleInit(),
      room.presentations().onModuleInit(),
    ]);
    expect(await days()).toEqual(['2026-03-01', '2026-03-02']);
    room.clock.advance(12 * HOUR_MS - 1); // a call that begins at the very end of the day
    await present(new Date(room.clock.now().getTime() + DAY_MS));
    room.clock.advance(DAY_MS - 1);
    await presentations.refresh();
    expect(await days()).toEqual(['2026-03-01', '2026-03-02', '2026-03-03']);
    expect(await reveal()).toBe(e164);
    room.clock.advance(1 + 1);
    await presentations.refresh();
    expect(await days()).toEqual(['2026-03-02', '2026-03-03', '2026-03-04']);
  });

  test('once destroyed leave a row that outlived its time unreadable to everyone', async () => {
    await presentations.onModuleInit();
    await present(new Date(room.clock.now().getTime() + 30 * DAY_MS));
    room.clock.advance(2 * DAY_MS);
    await presentations.refresh();
    expect(await reveal()).toBeUndefined();
    expect(await reveal(room.presentations())).toBeUndefined();
  });

  test('that are missing are no reason not to ring: there is nothing to show, and no old key serves instead', async () => {
    expect(await present()).toBe(false);
    await presentations.onModuleInit();
    room.clock.advance(2 * DAY_MS); // api has been away since
    expect(await present()).toBe(false);
    await presentations.refresh();
    expect(await present()).toBe(true);
  });

  test('whoever exchanges one has nothing sealed to it: it lacks a signature, or has that of another day, key or deployment', async () => {
    await presentations.onModuleInit();
    const lines: string[] = [];
    const presenter = room.presenter(new Logger('error', 'worker', (line) => lines.push(line)));
    const attempt = async (publicKey: Buffer, signature: Buffer | null): Promise<boolean> => {
      await sql`
        UPDATE presentation_keys
        SET public_key = ${publicKey}, signature = ${signature}
        WHERE day = '2026-03-01'
      `.execute(room.owner.sql);
      return present(undefined, presenter);
    };
    const [today, tomorrow] = await room.rows<{ public_key: Buffer; signature: Buffer }>(
      'SELECT public_key, signature FROM presentation_keys ORDER BY day',
    );
    if (today === undefined || tomorrow === undefined) throw new Error('two keys expected');
    const thiefs = derivePublicKey(randomBytes(32));
    const strangers = readSigningKey(randomBytes(32));
    expect(await attempt(thiefs, null)).toBe(false);
    expect(await attempt(thiefs, today.signature)).toBe(false);
    expect(await attempt(tomorrow.public_key, tomorrow.signature)).toBe(false); // a replay
    expect(await attempt(thiefs, signDayKey(strangers, '2026-03-01', thiefs))).toBe(false);
    expect(await room.rows('SELECT FROM presentations')).toEqual([]);
    expect(lines).toHaveLength(4);
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ level: 'error', event: 'presentation_key_refused' });
    expect(await attempt(today.public_key, today.signature)).toBe(true);
  });

  test('are signed again under a new PRESENTATION_SIGNING_KEY, but for those that are not ours', async () => {
    await presentations.onModuleInit();
    await room.rows('UPDATE presentation_keys SET signature = NULL'); // as they were before
    await room.presentations().onModuleInit();
    expect(await present()).toBe(true);
    await room.presentations({ signing: randomBytes(32) }).onModuleInit();
    expect(await present()).toBe(false); // the worker has the old one's public half
    await room.presentations().onModuleInit();
    expect(await present()).toBe(true);
    await room.rows(
      `UPDATE presentation_keys a SET public_key = b.public_key FROM presentation_keys b WHERE a.day <> b.day`,
    );
    await expect(room.presentations().onModuleInit()).rejects.toThrow(/somebody else wrote there/);
    expect(await present()).toBe(false);
  });

  test("can't be unwrapped by another PRESENTATION_KEY, nor moved to another day", async () => {
    await presentations.onModuleInit();
    await expect(
      room.presentations({ presentation: Buffer.alloc(32, 1) }).onModuleInit(),
    ).rejects.toThrow(/^PRESENTATION_KEY /);
    await room.rows(
      `UPDATE presentation_keys a SET wrapped = b.wrapped FROM presentation_keys b WHERE a.day <> b.day`,
    );
    await expect(room.presentations().onModuleInit()).rejects.toThrow(/^PRESENTATION_KEY /);
  });
});
