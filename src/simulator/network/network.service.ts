import { Callbacks } from './callbacks.service.js';
import { Handsets } from '../handsets/handset.js';
import { Journal } from './journal.js';
import { Outbound } from './outbound.service.js';
import { Scheduler } from './scheduler.service.js';
import { Troubles } from './trouble.js';
import { Underway } from './underway.js';

export interface NetworkOptions {
  accountSid: string;
  authToken: string;
  /** A key of the account: it signs in as the account does, and signs no webhooks. */
  apiKey?: { sid: string; secret: string } | undefined;
  /** The account owns these numbers; only they may stand in From. */
  numbers: readonly string[];
  /** A spoken character takes this long; 0 speaks at once, and still in order. */
  speechMsPerChar: number;
  /** This factor scales every wait of the network; 0.01 makes a minute 0.6 s. */
  timeScale: number;
  /**
   * The second try of a request waits this long, the third twice as long, and so on. Twilio doesn't
   * say how long it waits; it tries again shortly.
   */
  retryAfterMs: number;
  /** One step of a call or message to the next takes this long, e.g. from sent to delivered. */
  stepMs: number;
  /**
   * This many calls created by request are dialled in a second; the others wait. 0 means no limit.
   * With Twilio an account begins with 1.
   */
  callsPerSecond: number;
}

/** Holds what all parts of the network share. */
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
  readonly apiKey: NetworkOptions['apiKey'];
  speechMsPerChar: number;
  stepMs: number;
  callsPerSecond: number;
  private readonly underway = new Underway();

  constructor(options: NetworkOptions) {
    this.accountSid = options.accountSid;
    this.authToken = options.authToken;
    this.apiKey = options.apiKey;
    this.ownNumbers = new Set(options.numbers);
    this.speechMsPerChar = options.speechMsPerChar;
    this.stepMs = options.stepMs;
    this.callsPerSecond = options.callsPerSecond;
    this.scheduler = new Scheduler(options.timeScale, this.underway);
    this.outbound = new Outbound(
      options.authToken,
      this.journal,
      this.scheduler,
      options.retryAfterMs,
      this.underway,
    );
    this.callbacks = new Callbacks(this.outbound, this.scheduler, this.troubles);
    this.journal.subscribe((entry) => this.handsets.apply(entry));
  }

  /**
   * Resolves when nothing goes on by itself: every request of the network is answered, and no step of
   * a call or message is due at once, be it a word, a hang-up or what a callback tells. What a person,
   * a pause or a time-out must end doesn't count, nor does a callback that a trouble delays.
   */
  waitUntilSettled(): Promise<void> {
    return this.underway.waitUntilNone();
  }

  async close(): Promise<void> {
    this.scheduler.close();
    await this.outbound.close();
  }
}
