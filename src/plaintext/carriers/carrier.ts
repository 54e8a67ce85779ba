import type { CallScript } from '../../calls/call-script.js';
import type { CallContext } from '../../calls/outage-script.js';
import type { Form } from '../../handoff/channels.js';
import type { CarrierEvent, Outcome, Purpose } from '../../handoff/handoff.js';
import type { IngressSettings, WorkerSettings } from '../../settings.js';
import type { Code } from '../code.js';
import type { PhoneNumber } from '../phone-number.js';

/**
 * Who takes an SMS or a call to a phone. All that is a carrier's own lies in one folder beside this
 * file: its API and its ids, its signature, its words for what became of a call, the language in
 * which a call is told what to say. The rest of the project knows the two halves below. `worker`
 * makes the one that places calls, `ingress` the one that is called back, each from its own
 * settings, so that neither holds the other's secret.
 *
 * What is not in this contract:
 * - a decision: whether something is sent, when, how often, and by which carrier. A carrier makes
 *   one request and says what came of it; the worker decides what follows.
 * - a retry or a wait. `unavailable` says that the same may be tried again, and for how long the
 *   network asks to be left alone.
 * - the ledger, the database, the clock and the log. A carrier is told all that it needs, and keeps
 *   nothing.
 * - what a call says. That is a call script, which a carrier renders and never words.
 * - the price of a send: it is the operator's, by country and channel.
 * - which of the listed messages and calls is ours: a carrier lists, and we compare.
 * - a message from a phone. It belongs into the half of `ingress` once something takes it in.
 */
export interface Carrier {
  /** Stands in the rows of hand-offs and in the ledger: it is never renamed. */
  readonly name: string;
  readonly can: CarrierAbilities;
  /** The one content type of its callbacks; every other is refused with 415. */
  readonly contentType: string;
  /** `onNoAnswer`: a request came to no answer; the error's message may quote what was sent. */
  makeClient(settings: ClientSettings, onNoAnswer?: (error: unknown) => void): CarrierClient;
  makeCallbacks(settings: CallbackSettings): CarrierCallbacks;
}

/** What the worker's half may know: the account and how it sends, and no key of the vault. */
export type ClientSettings = Pick<
  WorkerSettings,
  Extract<keyof WorkerSettings, `carrier${string}`>
>;
/** What the half of `ingress` may know: how a callback is signed, and by which address it came. */
export type CallbackSettings = Pick<IngressSettings, 'carrierWebhookTokens' | 'ingressPublicUrl'>;

/**
 * What a carrier can't do it refuses as a value, at the place that says so; nothing here throws for
 * it.
 */
export interface CarrierAbilities {
  /**
   * It tells whether a machine answered. Without this only a key press tells a person from a
   * machine.
   */
  readonly machineDetection: boolean;
  /**
   * Calls meet in its rooms. Without them `setMuted` is `misconfigured`, and a script that joins
   * one hangs up.
   */
  readonly rooms: boolean;
  /**
   * It tells that a call rings and that it was answered. Without this it tells only that the call
   * ended.
   */
  readonly callEvents: boolean;
  /**
   * It gives a message up by itself after `validitySeconds`. Without this a late message may still
   * arrive.
   */
  readonly validity: boolean;
  /**
   * It lists what it was given for a number. Without this, what may have left without an id stays
   * unknown.
   */
  readonly lists: boolean;
}

/**
 * The half of `worker`. What a carrier answers is a value: nothing here throws for what a network
 * or a carrier does, and no answer holds a number.
 *
 * Holds plaintext: from `sendSms`, `placeCall` or a list until it settles.
 */
export abstract class CarrierClient {
  abstract readonly name: string;
  abstract sendSms(message: OutgoingSms): Promise<Outcome>;
  abstract placeCall(call: OutgoingCall): Promise<Outcome>;
  /** Ends a call, whatever its state; a call that has ended already counts as accepted. */
  abstract hangUp(carrierRef: string): Promise<Outcome>;
  /**
   * Closes or opens the microphone of a call that is in a room; one that has left it already counts
   * as accepted.
   */
  abstract setMuted(roomRef: string, carrierRef: string, isMuted: boolean): Promise<Outcome>;
  /** What became of a message. */
  abstract lookUpSms(carrierRef: string): Promise<Found>;
  /** What became of a call. */
  abstract lookUpCall(carrierRef: string): Promise<Found>;
  /**
   * The ids of the calls that are in a room: of none where it is over. Undefined: it didn't say, or
   * has no rooms.
   */
  abstract listRoom(roomRef: string): Promise<ReadonlySet<string> | undefined>;
  /** Whether what it was given of this form is found by its number. */
  abstract canList(form: Form): boolean;
  /**
   * The messages that it was given for a number since then, and others, too, as it likes: a filter
   * is only asked for. Undefined: it didn't say, or can't, or there were more than we read. The
   * number stands in the address of the question, and in no other.
   */
  abstract listSms(to: PhoneNumber, since: Date): Promise<readonly Listed[] | undefined>;
  /** The same of calls, also of those that haven't begun. */
  abstract listCalls(to: PhoneNumber, since: Date): Promise<readonly Listed[] | undefined>;
  abstract close(): Promise<void>;
}

/**
 * A message or call as a carrier lists it.
 *
 * Holds plaintext: until its number has been compared.
 */
export interface Listed {
  readonly carrierRef: string;
  /** Undefined where none can be read, such as one that was blurred. */
  readonly to: PhoneNumber | undefined;
  /** Undefined where it doesn't say who sent it. */
  readonly isFromUs: boolean | undefined;
  readonly createdAt: Date | undefined;
  /** What a callback would have told, if anything has happened by now. */
  readonly event: CarrierEvent | undefined;
}

/**
 * What a carrier says of something that it took. found: what a callback would have told, if anything
 * has happened by now. gone: it has none by that id. silent: it didn't say, so nothing is known.
 */
export type Found =
  { kind: 'found'; event: CarrierEvent | undefined } | { kind: 'gone' | 'silent' };

export interface OutgoingSms {
  to: PhoneNumber;
  text: string;
  /** Base of our callback addresses for this hand-off; holds its capability. */
  callbackUrl: string;
  /** A carrier's guard against pumping looks at codes; it would drop a Ding that says the same again. */
  purpose: Purpose;
  /** After this the carrier is to give up. */
  validitySeconds: number;
}

export interface OutgoingCall {
  to: PhoneNumber;
  callbackUrl: string;
  /**
   * Stands in our address for the call's instructions: what must be known while nothing can be
   * looked up.
   */
  context: CallContext;
  ringSeconds: number;
  timeLimitSeconds: number;
}

/**
 * What the addresses below `callbackUrl` are for. At the last two a call asks what it is to say.
 */
export const CALLBACK_KINDS = ['message', 'call', 'machine', 'room', 'answer', 'keys'] as const;
export type CallbackKind = (typeof CALLBACK_KINDS)[number];

/** A request to us, whoever sent it. */
export interface CarrierRequest {
  /** Path and query, as they came. */
  path: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The bytes, since a carrier may sign just these. */
  body: Uint8Array;
}

/**
 * A request whose signature held, taken apart. Only `authenticate` makes one, so nothing is read of
 * any other.
 */
export interface SignedRequest {
  readonly headers: CarrierRequest['headers'];
  /** All that the body says, numbers among it. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What is kept of a callback: nothing in it is a number. */
export interface CarrierNews {
  /** The carrier's id of the message or call that it speaks of, where it names one. */
  readonly carrierRef: string | undefined;
  /** By what the request is known again when the carrier repeats it. At most 200 characters. */
  readonly eventKey: string;
  /**
   * What happened; undefined where it is nothing that we follow, and where a call asks for its
   * script.
   */
  readonly event: CarrierEvent | undefined;
  /** The key that was pressed, as it was told: whoever reads it decides whether it is one. */
  readonly pressedKey: unknown;
}

export interface RenderedScript {
  readonly contentType: string;
  readonly body: string;
}

/**
 * The half of `ingress`. It answers at once and by what it is given, since a signature is checked
 * before anything is looked up.
 *
 * Holds plaintext: a callback's fields, with numbers in them, while `authenticate` and `read` run;
 * a code, while `renderScript` runs, and in what that answers.
 */
export abstract class CarrierCallbacks {
  abstract readonly name: string;
  /** Undefined: this carrier did not sign it. */
  abstract authenticate(request: CarrierRequest): SignedRequest | undefined;
  abstract read(kind: CallbackKind, request: SignedRequest): CarrierNews;
  /**
   * Says a script in the carrier's own language. Addresses in it are relative to the request's own,
   * so that they carry the same capability, and say `context` again. A script that speaks a code and
   * comes without one only hangs up.
   */
  abstract renderScript(script: CallScript, context: CallContext, code?: Code): RenderedScript;
}
