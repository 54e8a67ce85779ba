import { makeIdempotencyToken, type OutboundRequest, type Outbound } from './outbound.service.js';
import type { Scheduler } from './scheduler.service.js';
import type { FormFields } from './signature.js';
import { CALLBACK_KINDS, type Troubles } from './trouble.js';
import type { Webhook } from './webhook.js';

export interface Callback {
  webhook: Webhook;
  fields: FormFields;
  /** `action` is the last request of a Dial whose call has ended. */
  purpose: 'status' | 'detection' | 'conference' | 'action';
  sid: string;
  /** The callback is about this phone. A conference's start and end are about none. */
  number: string | undefined;
  channel: 'sms' | 'call';
  event: string;
  /** This is true where no callback of this call or message follows. */
  isLast: boolean;
}

/**
 * Sends the callbacks of one call or message one after the other, so that without trouble they
 * arrive in order, and breaks just that on demand.
 * Neither a call nor a message waits for its callbacks.
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
    const request: OutboundRequest = {
      webhook,
      fields,
      purpose,
      sid,
      event,
      token: makeIdempotencyToken(),
    };
    const held = this.heldBack.get(sid);
    if (held !== undefined) held.push(request);
    else this.sendInTrouble(callback, request);
    if (callback.isLast) {
      for (const late of this.heldBack.get(sid)?.reverse() ?? []) this.enqueue(late);
      this.heldBack.delete(sid);
    }
  }

  private sendInTrouble(callback: Callback, request: OutboundRequest): void {
    const trouble = this.troubles.take(CALLBACK_KINDS, {
      channel: callback.channel,
      event: callback.event,
      ...(callback.number === undefined ? {} : { number: callback.number }),
    });
    switch (trouble?.kind) {
      case undefined:
        return this.enqueue(request);
      case 'callbacks-lost':
        return;
      case 'callbacks-duplicated':
        this.enqueue(request);
        return this.enqueue(
          trouble.sameToken ? request : { ...request, token: makeIdempotencyToken() },
        );
      case 'callbacks-late':
        // A late callback leaves the queue, so that what comes after it may overtake it.
        this.scheduler.schedule(
          trouble.ms,
          request.sid,
          'callback',
          () => void this.outbound.send(request),
        );
        return;
      case 'callbacks-reordered':
        this.heldBack.set(request.sid, [request]);
        return;
      case 'callbacks-forged':
        this.enqueue({ ...request, isForged: true, token: makeIdempotencyToken() });
        if (trouble.extra) this.enqueue(request);
        return;
    }
  }

  private enqueue(request: OutboundRequest): void {
    const before = this.queues.get(request.sid) ?? Promise.resolve();
    // Outbound answers failures as values. What it may still throw is the network closing, and that
    // ends the queue.
    const run = before
      .then(() => this.outbound.send(request))
      .catch(() => undefined)
      .finally(() => {
        if (this.queues.get(request.sid) === run) this.queues.delete(request.sid);
      });
    this.queues.set(request.sid, run);
  }
}
