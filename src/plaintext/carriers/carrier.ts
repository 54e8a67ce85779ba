import type { CallLine } from '../../calls/outage-script.js';
import type { Outcome } from '../../handoff/handoff.js';
import type { PhoneNumber } from '../phone-number.js';

/**
 * Who takes an SMS or a call to a phone. What a carrier answers is a value: nothing here throws for what a network or a
 * carrier does, and no answer holds a number. There is no retry in a carrier: whoever calls it decides.
 */
export interface Carrier {
  /** For the ledger and the row: which carrier had it. */
  readonly name: string;
  sendSms(message: OutgoingSms): Promise<Outcome>;
  placeCall(call: OutgoingCall): Promise<Outcome>;
  /** Ends a call, whatever its state; a call that has ended already counts as accepted. */
  hangUp(carrierRef: string): Promise<Outcome>;
  /** Closes or opens the microphone of a call that is in a room; one that has left it already counts as accepted. */
  setMuted(roomRef: string, carrierRef: string, isMuted: boolean): Promise<Outcome>;
  close(): Promise<void>;
}

export interface OutgoingSms {
  to: PhoneNumber;
  text: string;
  /** Base of our callback addresses for this hand-off; holds its capability. */
  callbackUrl: string;
  /** After this the carrier is to give up. */
  validitySeconds: number;
}

export interface OutgoingCall {
  to: PhoneNumber;
  callbackUrl: string;
  /** Stands in our address for the call's instructions: what must be known while nothing can be looked up. */
  line: CallLine;
  ringSeconds: number;
  timeLimitSeconds: number;
}
