import { Injectable } from '@nestjs/common';
import type { Executor, Transaction } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import type { CarrierEvent, EndReason, Handoff, Purpose } from './handoff.js';

/** How a hand-off ended its way to the carrier. */
export type Settled =
  | { state: 'accepted'; hasWaited?: boolean }
  | {
      state: 'rejected' | 'failed' | 'unknown' | 'expired' | 'canceled';
      reason: EndReason;
      /** The carrier's own, where it gave one. */
      carrierCode?: number;
    };

/**
 * A feature's ear: called inside the transaction that writes the news, in whichever role hears it
 * first.
 */
export interface OutcomeListener {
  settled(trx: Transaction, handoff: Handoff, settled: Settled, now: Date): Promise<void>;
  /** In `ingress`; the capability in the callback's address was shown in this transaction. */
  carrierEvent(trx: Transaction, handoff: Handoff, event: CarrierEvent, now: Date): Promise<void>;
  /**
   * Whose number a hand-off of the kind `present` is about, if it isn't sealed for the participants
   * yet (D5c).
   */
  toPresent?(trx: Transaction, handoff: Handoff): Promise<ToPresent | undefined>;
  /** It is sealed by now. */
  presented?(trx: Transaction, handoff: Handoff, now: Date): Promise<void>;
  /**
   * Is it still wanted? Asked when a worker claims it, in that transaction. A feature that can be
   * taken back locks what it is taken back by: then whoever takes it back either finds it claimed,
   * or it is never claimed.
   */
  isWanted?(trx: Transaction, handoff: Handoff, now: Date): Promise<boolean>;
  /**
   * The carrier has none of it, and it is still wanted: sends it once more, as the hand-off with this
   * id, and counts it. False: not any more. Left out: it is handed off as it was.
   */
  sendAgain?(trx: Transaction, first: Handoff, id: string, now: Date): Promise<boolean>;
  /** It has to wait before it goes out. Of a feature that isn't told no call waits for `ingress`. */
  waits?(trx: Transaction, handoff: Handoff, wait: Wait, now: Date): Promise<void>;
  /** What an SMS of this feature's says; undefined: nothing any more. */
  smsText?(trx: Transaction, handoff: Handoff, now: Date): Promise<string | undefined>;
  /** The carrier's id of the room that this hand-off's call is in. */
  roomRef?(trx: Executor, handoff: Handoff): Promise<string | undefined>;
}

/**
 * Hears the news of every purpose, in the same transaction and before the feature: whoever locks a
 * call comes after.
 */
export type Observer = (
  trx: Transaction,
  handoff: Handoff,
  news: Settled | CarrierEvent,
  now: Date,
) => Promise<void>;

/**
 * ring_limit: its number was reached too often. late: the carrier, or we, can't do it now.
 * calls_away: no call can be made for now, since the carrier would not find us.
 */
export interface Wait {
  because: 'ring_limit' | 'late' | 'calls_away';
  until: Date;
}

/** A wait that is over before anybody has read of it is published to nobody. */
export const isWorthSaying = ({ until }: Wait, now: Date): boolean =>
  until.getTime() - now.getTime() >= 2_000;

export interface ToPresent {
  callId: string;
  participantId: string;
  accountId: string;
  numberRef: NumberRef;
  expiresAt: Date;
}

/**
 * News of hand-offs flows back to the features without an import: each registers itself for its
 * purpose.
 */
@Injectable()
export class Outcomes {
  private readonly listeners = new Map<Purpose, OutcomeListener>();
  private readonly observers: Observer[] = [];

  on(purpose: Purpose, listener: OutcomeListener): void {
    if (this.listeners.has(purpose)) throw new Error(`two listeners for ${purpose}`);
    this.listeners.set(purpose, listener);
  }

  observe(listener: Observer): void {
    this.observers.push(listener);
  }

  /** Notifies observers before the feature; whoever has the news from the carrier calls this. */
  async notifyObservers(
    trx: Transaction,
    handoff: Handoff,
    news: Settled | CarrierEvent,
    now: Date,
  ): Promise<void> {
    for (const listener of this.observers) await listener(trx, handoff, news, now);
  }

  listenerFor(purpose: Purpose): OutcomeListener {
    const listener = this.listeners.get(purpose);
    if (listener === undefined) throw new Error(`no listener for ${purpose} in this role`);
    return listener;
  }
}
