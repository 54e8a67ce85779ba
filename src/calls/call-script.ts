/**
 * What a call says and asks, as pure data. TwiML is one rendering of it (plaintext/carriers/twiml.ts); a second
 * carrier's is another. Steps run in order; `ask` and `goOn` come last, since what follows depends on the answer.
 */
export type CallScript = CallStep[];

export type CallStep =
  | { say: string; language: SpokenLanguage }
  | { pauseSeconds: number }
  /** Speaks `prompt` and takes one key from then on; comes back with the key, or with none after `timeoutSeconds`. */
  | { ask: Extract<CallStep, { say: string }>[]; timeoutSeconds: number; turn: number }
  /** Puts the call into a room until it leaves it; what follows is said then. Names that tell the carrier nothing. */
  | { joinRoom: { room: string; label: string; isMuted: boolean; endsRoom: boolean } }
  | { hangUp: true };

export type SpokenLanguage = 'en' | 'zh';

/** Why a script is wanted: the call was answered, or a key was pressed (none: the time ran out) at a turn. */
export type CallMoment = { kind: 'answered' } | { kind: 'key'; digit: string | undefined; turn: number };

export const HANG_UP: CallScript = [{ hangUp: true }];
