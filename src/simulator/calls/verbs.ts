import type { CallEvent, RoomEvent } from '../network/status-events.js';
import type { Method } from '../network/webhook.js';

/** An instruction of a call. */
export type Verb =
  | {
      verb: 'say';
      text: string;
      language: string;
      voice: string;
      /** 0 means for ever. */ loop: number;
    }
  | { verb: 'pause'; lengthS: number }
  /** `what` would be heard; 0 rounds mean for ever. */
  | { verb: 'play'; what: string; loop: number }
  | Record
  | Gather
  | Dial
  | { verb: 'redirect'; url: string; method: Method }
  | Enqueue
  | PassedOver
  | { verb: 'hangup' }
  | { verb: 'reject' };

export interface Gather {
  verb: 'gather';
  numDigits?: number;
  /** No key finishes the Gather where this is empty. */
  finishOnKey: string;
  timeoutS: number;
  /** The document's own URL is the action where this is absent. */
  action?: string;
  method: Method;
  actionOnEmptyResult: boolean;
  nested: Verb[];
}

export interface Record {
  verb: 'record';
  /** Any of these keys ends it. */
  finishOnKey: string;
  timeoutS: number;
}

export interface Enqueue {
  verb: 'enqueue';
  /** The call goes on with the next verb where this is absent. */
  action?: string;
  method: Method;
}

/** What this network doesn't have: it makes an alert, and the call goes on. */
export interface PassedOver {
  verb: 'passed-over';
  why: string;
}

export interface Dial {
  verb: 'dial';
  /** The call goes on with the next verb where this is absent. */
  action?: string;
  method: Method;
  /** Each number rings this long. */
  timeoutS: number;
  timeLimitS: number;
  hangupOnStar: boolean;
  /** The number that this call came from is shown where this is absent. */
  callerId?: string;
  to: RoomNoun | NumberNoun[];
  /** Those whom this network doesn't have, such as Client. */
  absent: string[];
}

/** An address as the document has it, possibly relative. */
export interface Address {
  url: string;
  method: Method;
}

export interface RoomNoun {
  name: string;
  label?: string;
  isMuted: boolean;
  startsOnEnter: boolean;
  endsOnExit: boolean;
  maxParticipants: number;
  statusCallback?: Address;
  events: ReadonlySet<RoomEvent>;
}

export interface NumberNoun {
  number: string;
  /** The person called hears this before the two are connected. */
  script?: Address;
  statusCallback?: Address;
  events: ReadonlySet<CallEvent>;
}
