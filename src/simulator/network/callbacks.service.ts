import { makeIdempotencyToken, type OutboundRequest, type Outbound } from './outbound.service.js';
import type { Scheduler } from './scheduler.service.js';
import type { FormFields } from './signature.js';
import { CALLBACK_KINDS, type Troubles } from './trouble.js';
import type { Webhook } from './webhook.js';

export interface Callback {
  webhook: Webhook;
  fields: FormFields;
  /** `action`: the last request of a Dial whose call has ended. */
  purpose: 'status' | 'detection' | 'conference' | 'action';
  sid: string;
  /** Of the phone that it is about; a conference's start and end are about none. */
  number: string | undefined;
  channel: 'sms' | 'call';
  event: string;
  /** No callback of this call or message follows. */
  isLast: boolean;
}

/**
 * Sends callbacks: those of one call or message one after the other, so that without trouble they
 * arrive in order; and breaks just that on demand. Neither a call nor a message waits for its
 * callbacks.
 */
export class Callbacks {
  private readonly queues = new Map<string, Promise<unknown>>();
  private readonly heldBack = new Map<string, OutboundRequest[]>();

  constructor(
    private readonly outbound: Outbound,
    private readonly scheduler: Scheduler,
    private readonly troubles: Troubles,
  ) {}

  send(callback: Callback): void {
    const { webhook, fields, purpose, sid, event } = callback;
    const errand: OutboundRequest = {
      webhook,
      fields,
      purpose,
      sid,
      event,
      token: makeIdempotencyToken(),
    };
    const held = this.heldBack.get(sid);
    if (held !== undefined) held.push(errand);
    else this.sendInTrouble(callback, errand);
    if (callback.isLast) {
      for (const late of this.heldBack.get(sid)?.reverse() ?? []) this.enqueue(late);
      this.heldBack.delete(sid);
    }
  }

  /**
   * Resolves when nothing is on its way or waiting in line. Those that a trouble delays don't
   * count.
   */
  async waitUntilSettled(): Promise<void> {
    while (this.queues.size > 0) await Promise.all(this.queues.values());
  }

  private sendInTrouble(callback: Callback, errand: OutboundRequest): void {
    const trouble = this.troubles.take(CALLBACK_KINDS, {
      channel: callback.channel,
      event: callback.event,
      ...(callback.number === undefined ? {} : { number: callback.number }),
    });
    switch (trouble?.kind) {
      case undefined:
        return this.enqueue(errand);
      case 'callbacks-lost':
        return;
      case 'callbacks-duplicated':
        this.enqueue(errand);
        return this.enqueue(
          trouble.sameToken ? errand : { ...errand, token: makeIdempotencyToken() },
        );
      case 'callbacks-late':
        // Out of the line: what comes after may overtake it.
        this.scheduler.schedule(
          trouble.ms,
          errand.sid,
          'callback',
          () => void this.outbound.send(errand),
        );
        return;
      case 'callbacks-reordered':
        this.heldBack.set(errand.sid, [errand]);
        return;
      case 'callbacks-forged':
        this.enqueue({ ...errand, isForged: true, token: makeIdempotencyToken() });
        if (trouble.extra) this.enqueue(errand);
        return;
    }
  }

  private enqueue(errand: OutboundRequest): void {
    const before = this.queues.get(errand.sid) ?? Promise.resolve();
    // Outbound answers failures as values; what it may still throw is the network closing, and ends
    // the line.
    const run = before
      .then(() => this.outbound.send(errand))
      .catch(() => undefined)
      .finally(() => {
        if (this.queues.get(errand.sid) === run) this.queues.delete(errand.sid);
      });
    this.queues.set(errand.sid, run);
  }
}
