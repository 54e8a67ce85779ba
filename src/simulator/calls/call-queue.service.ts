import type { Call } from './call.js';
import type { Network } from '../network/network.service.js';
import type { Timer } from '../network/scheduler.service.js';

/**
 * Limits the account's calls per second: what exceeds the limit isn't refused, but stays queued
 * until its turn comes.
 * The limit holds for calls made by request, also those into a conference, and not for what a Dial
 * calls. Source: Twilio, "Call resource", queue_time.
 */
export class CallQueue {
  private readonly waiting: { call: Call; dial: () => void; hasWaited: boolean }[] = [];
  /** No further call goes out while this timer runs. */
  private pace: Timer | undefined;

  constructor(private readonly network: Network) {}

  /** Answers how long a call that is created now would wait. */
  estimateWaitMs(): number {
    const { callsPerSecond } = this.network;
    return callsPerSecond === 0
      ? 0
      : Math.round(
          ((this.waiting.length + (this.pace === undefined ? 0 : 1)) * 1_000) / callsPerSecond,
        );
  }

  add(call: Call, dial: () => void): void {
    if (this.network.callsPerSecond === 0) return dial();
    const hasToWait = this.pace !== undefined;
    this.waiting.push({ call, dial, hasWaited: hasToWait });
    if (hasToWait)
      this.network.journal.add({
        type: 'queued',
        number: call.to,
        callSid: call.sid,
        queueMs: call.queueMs,
      });
    else this.releaseNext();
  }

  /**
   * Dials the call that has waited longest, and makes the others wait for one interval more.
   * Answers false where no call waits.
   */
  releaseNext(): boolean {
    this.pace?.cancel();
    this.pace = undefined;
    let first = this.waiting.shift();
    while (first !== undefined && first.call.status !== 'queued') first = this.waiting.shift();
    if (first === undefined) return false;
    const { callsPerSecond, scheduler, journal } = this.network;
    // If the limit was taken away meanwhile, the others follow at once.
    this.pace = scheduler.schedule(
      callsPerSecond === 0 ? 0 : 1_000 / callsPerSecond,
      'account',
      'turn',
      () => void this.releaseNext(),
    );
    const { call, dial, hasWaited } = first;
    if (hasWaited)
      journal.add({
        type: 'dialled',
        number: call.to,
        callSid: call.sid,
        waitedMs: Date.now() - call.createdAt.getTime(),
      });
    dial();
    return true;
  }
}
