import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { CarrierThief } from './carrier-thief.js';
import { REFUSED } from './thief.js';
import type { World } from './world.js';

/** A leg or an SMS, with the hand-off that delivers it and for whom it is. */
export interface Step {
  id: string;
  handoff: string;
  participant: string;
  account: string;
}

export const listLegs = (world: World, callId: string): Promise<Step[]> =>
  world.rows<Step>(
    `
      SELECT l.id, h.id AS handoff, l.participant_id AS participant, h.account_id AS account
      FROM legs l
      JOIN handoffs h ON h.subject_id = l.id AND h.kind = 'deliver'
      WHERE l.call_id = $1
    `,
    [callId],
  );

export async function findSms(world: World, callId: string): Promise<Step> {
  const rows = await world.rows<Step>(
    `
      SELECT n.id, h.id AS handoff, n.participant_id AS participant, h.account_id AS account
      FROM notifications n
      JOIN handoffs h ON h.subject_id = n.id AND h.kind = 'deliver'
      WHERE n.call_id = $1 AND n.channel = 'sms'
    `,
    [callId],
  );
  return rows[0] as Step;
}

/** A Ding of Ann's, by which Bob's phone rings. */
export async function ringBob(thief: CarrierThief) {
  const callId = await thief.ding('voice');
  const ring = await thief.bob.phone.expectRing();
  await thief.world.phones.settled();
  return { callId, ring, leg: (await listLegs(thief.world, callId))[0] as Step };
}

/** As the owner, whom no rule binds. */
export async function asOwner(
  world: World,
  table: string,
  text: string,
  values: unknown[],
): Promise<void> {
  await world.rows(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  await world.rows(text, values);
  await world.rows(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
}

/** Does a login write it? It is taken back. `before` runs in the same transaction. */
export async function isDone(
  login: pg.Client,
  text: string,
  values: unknown[],
  before?: () => Promise<unknown>,
): Promise<boolean> {
  await login.query('BEGIN');
  try {
    await before?.();
    return (await login.query(text, values)).rowCount !== 0;
  } catch (error) {
    expect((error as Error).message).toMatch(REFUSED);
    return false;
  } finally {
    await login.query('ROLLBACK');
  }
}

/** Those of these changes of a row that a login makes, and that are taken back. */
export async function findDone(
  login: pg.Client,
  table: string,
  id: string,
  changes: readonly string[],
): Promise<string[]> {
  const done: string[] = [];
  for (const set of changes)
    if (await isDone(login, `UPDATE ${table} SET ${set} WHERE id = $1`, [id])) done.push(set);
  return done;
}

/** A hang-up, or a closed or opened microphone, of a call that is out. */
export const makeControl = (
  kind: string,
  targetId: string,
  id = randomUUID(),
): [string, unknown[]] => [
  `
    INSERT INTO handoffs (
      id, purpose, channel, kind, subject_id, account_id, target_id, language, state, not_before, not_after, created_at
    )
    SELECT $3, purpose, 'voice', $2, subject_id, account_id, id, 'en', 'queued', now(), now(), now()
    FROM handoffs
    WHERE id = $1
  `,
  [targetId, kind, id],
];
