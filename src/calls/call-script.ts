import type { Language } from '../texts/catalogue.js';

/**
 * What a call says and asks, as pure data. Each carrier renders it in its own language
 * (plaintext/carriers). Steps run in order; `ask` and `goOn` come last, since what follows depends
 * on the answer.
 */
export type CallScript = CallStep[];

export type CallStep =
  | { say: string; language: Language }
  | { pauseSeconds: number }
  /** Speaks the call's code, digit by digit. The script doesn't have it: who renders the script does (plaintext/). */
  | { sayCode: true; language: Language }
  /**
   * Speaks `ask` and takes one key from its beginning on; comes back with the key, or with none
   * after `timeoutSeconds`.
   */
  | {
      ask: Extract<CallStep, { say: string }>[];
      timeoutSeconds: number;
      turn: number;
      wrongKeys?: string;
    }
  /** Puts the call into a room until it leaves it; what follows is said then. Names that tell the carrier nothing. */
  | { joinRoom: { room: string; label: string; isMuted: boolean; endsRoom: boolean } }
  /** Asks again for the same moment: what it meant could not be written. */
  | { goOn: CallMoment; retry: number }
  | { hangUp: true };

/**
 * Why a script is wanted: the call was answered, or a key was pressed (none: the time ran out) at a
 * turn. `wrongKeys` are those that the turn was told of.
 */
export type CallMoment =
  | { kind: 'answered' }
  | { kind: 'key'; digit: string | undefined; turn: number; wrongKeys?: string };

/**
 * A menu that was left without a key is spoken again, for call screeners and those who pick up
 * late: with 10 s of waiting each, the fourth ends at least 45 s after the call was answered.
 */
export const MENU_SECONDS = 10;
export const LAST_TURN = 4;

export const HANG_UP: CallScript = [{ hangUp: true }];
