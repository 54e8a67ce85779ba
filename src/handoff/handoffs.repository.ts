import { Injectable, Optional } from '@nestjs/common';
import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import { Logger } from '../kernel/logger.js';
import type { Caller } from './callers.repository.js';
import { CHANNELS } from './channels.js';
import { capabilityDigest, type Handoff, type Tried } from './handoff.js';
import {
  COLUMNS,
  type HandoffRow,
  type NewHandoff,
  type SettledHow,
  toHandoff,
} from './handoff-rows.repository.js';
import { mayClaim } from './leases.repository.js';
import { logMove } from './move-log.js';
import { listOrigins, type MoveCause } from './moves.js';
import type { Settled } from './outcomes.service.js';
import { IS_HELD } from './stops.repository.js';

/** What a worker that has claimed a hand-off needs of it. */
export interface Claimed extends Handoff {
  numberRef: NumberRef | null;
  targetId: string | null;
  /** The hand-off whose place it takes, of which the carrier had none. */
  firstId: string | null;
  attempts: number;
  callSeconds: number;
  isAskedFor: boolean;
  /** Do its number, its person and what it is for belong together? Asked of the rows, whoever wrote them. */
  belongsTogether: boolean;
  /** Does its person still agree to be reached by whoever began this, and still share a team with them? */
  isWilling: boolean;
  /** In whose name a phone is reached; undefined for a code, and for what reaches none. */
  caller: Caller | undefined;
}

/** Tells the workers of a hand-off that was written by a role without a queue. */
export const WAKE_CHANNEL = 'dingline_handoffs';

/**
 * What a newer build hands off by a channel that this one doesn't know is left to that build's
 * workers.
 */
export const IS_KNOWN = sql`channel = ANY (${CHANNELS}::text[])`;

/** Shows whose worker says so: by it PostgreSQL takes what becomes of what is on its way. */
const isShown = (capability: string) =>
  sql`AND id = (SELECT show_capability(${capabilityDigest(capability)}))`;

@Injectable()
export class HandoffsRepository {
  constructor(@Optional() private readonly logger?: Logger) {}

  async insert(trx: Transaction, handoff: NewHandoff, now: Date): Promise<void> {
    await sql`
      INSERT INTO handoffs (
        id,
        purpose,
        channel,
        kind,
        subject_id,
        account_id,
        number_ref,
        target_id,
        language,
        state,
        not_before,
        not_after,
        created_at,
        call_seconds,
        is_asked_for
      )
      VALUES (
        ${handoff.id},
        ${handoff.purpose},
        ${handoff.channel},
        ${handoff.kind},
        ${handoff.subjectId},
        ${handoff.accountId},
        ${handoff.numberRef},
        ${handoff.targetId},
        ${handoff.language},
        'queued',
        ${handoff.notBefore},
        ${handoff.notAfter},
        ${now},
        ${handoff.callSeconds ?? 600},
        ${handoff.isAskedFor ?? false}
      )
    `.execute(trx);
  }

  /**
   * Inserts where the queue is not at hand: once it commits, a worker is notified and adds the job.
   * If none is, the sweeper does.
   */
  async insertAndWake(trx: Transaction, handoff: NewHandoff, now: Date): Promise<void> {
    await this.insert(trx, handoff, now);
    await sql`
      SELECT pg_notify(${WAKE_CHANNEL}, ${`${handoff.id} ${handoff.channel} ${handoff.purpose}`})
    `.execute(trx);
  }

  /**
   * `queued` -> `sending`, once: of all workers that try, one gets the row. None gets one that an
   * operator holds back, nor any under a lease that this database doesn't know.
   */
  async claim(
    trx: Transaction,
    id: string,
    lease: number,
    capability: { digest: Buffer; expiresAt: Date; salt: Buffer },
    now: Date,
  ): Promise<Claimed | undefined> {
    const { rows } = await sql<HandoffRow & Omit<Claimed, keyof Handoff>>`
      UPDATE handoffs
      SET
        state = 'sending',
        worker = ${lease},
        attempts = attempts + 1,
        capability_hash = sha256(${capability.digest}::bytea),
        capability_expires_at = ${capability.expiresAt},
        capability_salt = ${capability.salt}
      WHERE id = ${id}
        AND state = 'queued'
        AND not_before <= ${now}
        AND not_after > ${now}
        AND NOT ${IS_HELD}
        AND ${mayClaim(lease)}
      RETURNING ${COLUMNS}, number_ref AS "numberRef", target_id AS "targetId",
        again_of AS "firstId", attempts,
        call_seconds AS "callSeconds", is_asked_for AS "isAskedFor",
        belongs_together(purpose, kind, channel, subject_id, account_id, number_ref, target_id)
          AS "belongsTogether",
        is_willing(purpose, kind, channel, subject_id, account_id, is_asked_for) AS "isWilling",
        (
          SELECT json_build_object('initiatorId', c.initiator, 'teamId', c.team)
          FROM find_caller(channel, subject_id, account_id) c
          WHERE purpose <> 'verification' AND kind = 'deliver'
        ) AS caller
    `.execute(trx);
    const row = rows[0];
    if (row !== undefined)
      logMove(trx, this.logger, { ...toHandoff(row), state: 'queued' }, 'sending', 'claimed');
    return (
      row && {
        ...toHandoff(row),
        numberRef: row.numberRef,
        targetId: row.targetId,
        firstId: row.firstId,
        attempts: row.attempts,
        callSeconds: row.callSeconds,
        isAskedFor: row.isAskedFor,
        belongsTogether: row.belongsTogether,
        isWilling: row.isWilling,
        caller: row.caller ?? undefined,
      }
    );
  }

  /** Why a hand-off could not be claimed: is it due later, too late, or somebody else's? */
  async findWaiting(
    db: Executor,
    id: string,
  ): Promise<{ notBefore: Date; notAfter: Date; callSeconds: number } | undefined> {
    const { rows } = await sql<{ notBefore: Date; notAfter: Date; callSeconds: number }>`
      SELECT not_before AS "notBefore", not_after AS "notAfter", call_seconds AS "callSeconds"
      FROM handoffs
      WHERE id = ${id} AND state = 'queued' AND ${IS_KNOWN}
    `.execute(db);
    return rows[0];
  }

  /**
   * The request provably did not leave: back to the queue, for later; false if it was not in hand
   * any more. Whoever claimed it says so: PostgreSQL wants the capability that they gave it, of what
   * reaches a phone.
   */
  async putBack(
    trx: Transaction,
    { handoff, capability }: { handoff: Handoff; capability: string },
    notBefore: Date,
    tried?: Tried & { at: Date },
  ): Promise<boolean> {
    const { rows } = await sql<{ isTheirs: boolean }>`
      SELECT show_capability(${capabilityDigest(capability)}) IS NOT DISTINCT FROM ${handoff.id}::uuid
        AS "isTheirs"
    `.execute(trx);
    return rows[0]?.isTheirs === true && this.requeue(trx, handoff, notBefore, 'waits', tried);
  }

  /** For what reaches nobody, whoever claimed it; false if it was not in hand any more. */
  async requeue(
    trx: Transaction,
    handoff: Handoff,
    notBefore: Date,
    cause: MoveCause,
    tried?: Tried & { at: Date },
  ): Promise<boolean> {
    const { rows } = await sql`
      UPDATE handoffs
      SET
        state = 'queued',
        worker = NULL,
        not_before = ${notBefore},
        turn = NULL,
        tried_at = coalesce(${tried?.at ?? null}::timestamptz, tried_at),
        outcome = coalesce(${tried?.outcome ?? null}, outcome),
        carrier_code = coalesce(${tried?.carrierCode ?? null}::int, carrier_code)
      WHERE id = ${handoff.id} AND state = 'sending'
      RETURNING id
    `.execute(trx);
    if (rows.length > 0)
      logMove(trx, this.logger, { ...handoff, state: 'sending' }, 'queued', cause);
    return rows.length > 0;
  }

  /**
   * Writes how the sending ended; false if it had been settled already (a callback may be quicker
   * than the answer). What a callback has said of why it came to nothing stays.
   */
  async settle(
    trx: Transaction,
    handoff: Handoff,
    state: Settled['state'],
    more: SettledHow,
    now: Date,
  ): Promise<boolean> {
    // As it was when it was read, it mostly still is.
    for (const from of listOrigins(state, more.cause, handoff.state)) {
      const { rows } = await sql`
        UPDATE handoffs
        SET
          state = ${state},
          reason = coalesce(${more.reason ?? null}, nullif(reason, 'unknown')),
          carrier_code = coalesce(${more.carrierCode ?? null}, carrier_code),
          settled_at = ${now},
          carrier = coalesce(${more.carrier ?? null}, carrier),
          carrier_ref = coalesce(${more.carrierRef ?? null}, carrier_ref),
          tried_at = CASE WHEN ${more.tried !== undefined} THEN ${now}::timestamptz ELSE tried_at END,
          outcome = coalesce(${more.tried?.outcome ?? null}, outcome)
        WHERE id = ${handoff.id}
          AND state = ${from}
          ${more.capability === undefined ? sql`` : isShown(more.capability)}
        RETURNING id
      `.execute(trx);
      if (rows.length === 0) continue;
      logMove(trx, this.logger, { ...handoff, state: from }, state, more.cause);
      return true;
    }
    return false;
  }

  /**
   * Finds those of these subjects whose delivery has not been claimed. Under their call's lock it
   * stays so: see Outcomes.isWanted.
   */
  async stillQueued(trx: Transaction, subjectIds: string[]): Promise<string[]> {
    const { rows } = await sql<{ subject_id: string }>`
      SELECT subject_id
      FROM handoffs
      WHERE subject_id = ANY (${subjectIds}::uuid[]) AND kind = 'deliver' AND state = 'queued'
    `.execute(trx);
    return rows.map((row) => row.subject_id);
  }

  /** Is this number about to be sealed for the same people? Asked under their call's lock. */
  async isBeingPresented(
    trx: Transaction,
    subjectId: string,
    numberRef: NumberRef,
  ): Promise<boolean> {
    const { rows } = await sql`
      SELECT 1
      FROM handoffs
      WHERE subject_id = ${subjectId}
        AND kind = 'present'
        AND number_ref = ${numberRef}
        AND state IN ('queued', 'sending')
    `.execute(trx);
    return rows.length > 0;
  }

  /**
   * Was it to be hung up while it was on the wire? Then it isn't tried again: the number may be
   * another's by now. Asked under the call's lock (Outcomes.isWanted), under which a hang-up is
   * written.
   */
  async isHungUp(db: Executor, id: string): Promise<boolean> {
    const { rows } = await sql`
        SELECT 1
        FROM handoffs
        WHERE target_id = ${id} AND kind = 'hang_up'
        LIMIT 1
      `.execute(db);
    return rows.length > 0;
  }
}
