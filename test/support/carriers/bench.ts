import type { CarrierEvent, Outcome } from '../../../src/handoff/handoff.js';
import type {
  Carrier,
  CallbackKind,
  CarrierCallbacks,
  CarrierClient,
  CarrierRequest,
} from '../../../src/plaintext/carriers/carrier.js';

/**
 * What the contract suite asks of a carrier's network, real protocol and all. One for each carrier.
 */
export interface CarrierBench {
  readonly carrier: Carrier;
  /** The number that everything comes from. */
  readonly sender: string;
  /** Destinations that are refused, and our own mistakes, with what an SMS and a call come to. */
  readonly refusals: readonly Refusal[];
  readonly mistakes: readonly Mistake[];
  /**
   * An account of which the network takes nothing just now, and a trouble that says the same of any
   * request.
   */
  readonly busy: { account: Partial<Account>; sms: Outcome };
  readonly rateLimit: { trouble: { kind: string } & Record<string, unknown>; outcome: Outcome };
  /** As that, and the network asks to be left alone for 20 s. */
  readonly pause: { trouble: { kind: string } & Record<string, unknown>; outcome: Outcome };
  /** A trouble that refuses whatever number it is for. */
  readonly refusalTrouble: { kind: string } & Record<string, unknown>;
  /** An id in the carrier's form that it never gave. */
  readonly unknownRef: string;
  /** A room's and a call's, in the carrier's form. */
  readonly strangeRoom: { roomRef: string; carrierRef: string };
  readonly told: readonly Told[];
  /** What tells of nothing that we follow. */
  readonly noEvents: readonly Pick<Told, 'kind' | 'fields'>[];
  readonly secrets: readonly string[];

  open(): Promise<void>;
  close(): Promise<void>;
  client(more?: Partial<Account>): CarrierClient;
  callbacks(): CarrierCallbacks;
  /** A request as the network makes it. `eventId` is by what it is known again. */
  request(
    path: string,
    fields: Record<string, string>,
    how?: { secret?: string; eventId?: string },
  ): CarrierRequest;

  phone(number: string): BenchPhone;
  trouble(trouble: { kind: string } & Record<string, unknown>): Promise<unknown>;
  clearTroubles(): Promise<void>;
  /** How many messages and calls to a number were taken. */
  countCreated(number: string): Promise<number>;
  countRequests(): Promise<number>;
  /** What a rendered script does, in the words of the suite. */
  parseScript(body: string): ScriptDone[];
}

export interface Account {
  baseUrl: string;
  account: string;
  secret: string;
  sender: string;
}

export interface Refusal {
  to: string;
  sms: Outcome;
  call?: Outcome;
}

export interface Mistake {
  account: Partial<Account>;
  /** Anybody, if it is left out. */
  to?: string;
  sms: Outcome;
  call?: Outcome;
}

/** A callback: its fields as the network sends them, and what is to be read in them. */
export interface Told {
  what: string;
  kind: CallbackKind;
  fields: Record<string, string>;
  carrierRef: string | undefined;
  event?: CarrierEvent;
  pressedKey?: string;
}

export interface BenchPhone {
  readonly number: string;
  expectSms(text: RegExp): Promise<unknown>;
  countMessages(): number;
  expectRing(): Promise<BenchRing>;
}

export interface BenchRing {
  /** The network's own id for it. */
  readonly ref: string;
  answer(): Promise<unknown>;
  expectEnded(how: 'completed' | 'canceled'): Promise<unknown>;
}

export type ScriptDone =
  | { does: 'say'; text: string }
  | { does: 'ask'; texts: string[]; comesBackTo: string }
  | { does: 'again'; comesBackTo: string }
  | { does: 'pause' | 'join' | 'hang up' };
