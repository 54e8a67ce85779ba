import type { CallEvent, RoomEvent } from '../network/status-events.js';
import type { Method } from '../network/webhook.js';

/** What a call can be told. Left out so far: Play, Record and the rest of Twilio's verbs. */
export type Verb =
  | {
      verb: 'say';
      text: string;
      language: string;
      voice: string;
      /** 0 means for ever. */ loop: number;
    }
  | { verb: 'pause'; lengthS: number }
  | Gather
  | Dial
  | { verb: 'redirect'; url: string; method: Method }
  | { verb: 'hangup' }
  | { verb: 'reject' };

export interface Gather {
  verb: 'gather';
  numDigits?: number;
  /** Empty: no key finishes. */
  finishOnKey: string;
  timeoutS: number;
  /** Absent: the URL of this very document. */
  action?: string;
  method: Method;
  actionOnEmptyResult: boolean;
  nested: Verb[];
}

export interface Dial {
  verb: 'dial';
  /** Absent: what comes after this verb. */
  action?: string;
  method: Method;
  /** How long a number rings. */
  timeoutS: number;
  timeLimitS: number;
  hangupOnStar: boolean;
  /** Absent: the number that this call came from. */
  callerId?: string;
  to: RoomNoun | NumberNoun[];
}

/** A URL of the document, not yet made absolute. */
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
  /** What the one called hears before the two are connected. */
  script?: Address;
  statusCallback?: Address;
  events: ReadonlySet<CallEvent>;
}
