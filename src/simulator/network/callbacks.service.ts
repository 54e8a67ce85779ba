import { newIdempotencyToken, type Errand, type Outbound } from './outbound.service.js';
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
 * Sends callbacks: those of one call or message one after the other, so that without trouble they arrive in order; and
 * breaks just that on demand. Neither a call nor a message waits for its callbacks.
 */
export class Callbacks {
  private readonly lines = new Map<string, Promise<unknown>>();
  private readonly heldBack = new Map<string, Errand[]>();

  constructor(private readonly outbound: Outbound, private readonly scheduler: Scheduler, private readonly troubles: Troubles) {}

  send(callback: Callback): void {
    const { webhook, fields, purpose, sid, event } = callback;
    const errand: Errand = { webhook, fields, purpose, sid, event, token: newIdempotencyToken() };
    const held = this.heldBack.get(sid);
    if (held !== undefined) held.push(errand);
    else this.trouble(callback, errand);
    if (callback.isLast) {
      for (const late of this.heldBack.get(sid)?.reverse() ?? []) this.inLine(late);
      this.heldBack.delete(sid);
    }
  }

  /** Resolves when nothing is on its way or waiting in line. Those that a trouble delays don't count. */
  async settled(): Promise<void> {
    while (this.lines.size > 0) await Promise.all(this.lines.values());
  }

  private trouble(callback: Callback, errand: Errand): void {
    const trouble = this.troubles.take(CALLBACK_KINDS, {
      channel: callback.channel, event: callback.event, ...(callback.number === undefined ? {} : { number: callback.number }),
    });
    switch (trouble?.kind) {
      case undefined:
        return this.inLine(errand);
      case 'callbacks-lost':
        return;
      case 'callbacks-duplicated':
        this.inLine(errand);
        return this.inLine(trouble.sameToken ? errand : { ...errand, token: newIdempotencyToken() });
      case 'callbacks-late':
        // Out of the line: what comes after may overtake it.
        this.scheduler.after(trouble.ms, errand.sid, 'callback', () => void this.outbound.run(errand));
        return;
      case 'callbacks-reordered':
        this.heldBack.set(errand.sid, [errand]);
        return;
      case 'callbacks-forged':
        this.inLine({ ...errand, isForged: true, token: newIdempotencyToken() });
        if (trouble.extra) this.inLine(errand);
        return;
    }
  }

  private inLine(errand: Errand): void {
    const before = this.lines.get(errand.sid) ?? Promise.resolve();
    // Outbound answers failures as values; what it may still throw is the network closing, and ends the line.
    const run = before.then(() => this.outbound.run(errand)).catch(() => undefined).finally(() => {
      if (this.lines.get(errand.sid) === run) this.lines.delete(errand.sid);
    });
    this.lines.set(errand.sid, run);
  }
}
