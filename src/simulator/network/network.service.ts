import { Callbacks } from './callbacks.service.js';
import { Handsets } from '../handsets/handset.js';
import { Journal } from './journal.js';
import { Outbound } from './outbound.service.js';
import { Scheduler } from './scheduler.service.js';
import { Troubles } from './trouble.js';

export interface NetworkOptions {
  accountSid: string;
  authToken: string;
  /** Numbers that the account owns: only these may stand in From. */
  numbers: readonly string[];
  /** How long a spoken character takes; 0 speaks at once, and still in order. */
  speechMsPerChar: number;
  /** Factor on every wait of the network; 0.01 makes a minute 0.6 s. */
  timeScale: number;
  /**
   * Before the second try of a request, twice as long before the third and so on. Twilio doesn't
   * say; it does so shortly.
   */
  retryAfterMs: number;
  /** From one step of a call or message to the next, e.g. from sent to delivered. */
  stepMs: number;
  /**
   * Calls created by request that are dialled in a second; the others wait, as with Twilio, where
   * an account begins with 1. 0: no limit.
   */
  callsPerSecond: number;
}

/** What all parts of the network share. */
export class Network {
  readonly journal = new Journal();
  readonly handsets = new Handsets();
  readonly troubles = new Troubles();
  readonly scheduler: Scheduler;
  readonly outbound: Outbound;
  readonly callbacks: Callbacks;
  readonly ownNumbers: ReadonlySet<string>;
  readonly accountSid: string;
  readonly authToken: string;
  speechMsPerChar: number;
  stepMs: number;
  callsPerSecond: number;

  constructor(options: NetworkOptions) {
    this.accountSid = options.accountSid;
    this.authToken = options.authToken;
    this.ownNumbers = new Set(options.numbers);
    this.speechMsPerChar = options.speechMsPerChar;
    this.stepMs = options.stepMs;
    this.callsPerSecond = options.callsPerSecond;
    this.scheduler = new Scheduler(options.timeScale);
    this.outbound = new Outbound(
      options.authToken,
      this.journal,
      this.scheduler,
      options.retryAfterMs,
    );
    this.callbacks = new Callbacks(this.outbound, this.scheduler, this.troubles);
    this.journal.subscribe((entry) => this.handsets.apply(entry));
  }

  async close(): Promise<void> {
    this.scheduler.close();
    await this.outbound.close();
  }
}
