import { type CallMoment, type CallScript, LAST_TURN, MENU_SECONDS } from '../calls/call-script.js';
import { type Language, TEXTS } from '../texts/catalogue.js';

export interface DingOnPhone {
  language: Language;
  senderName: string;
  text: string;
  /** Recalled, or over for another reason. */
  hasEnded: boolean;
  isRecalled: boolean;
  /** The carrier heard an answering machine. */
  isMachine: boolean;
  /** By this call or in another way, perhaps while this phone rang. */
  isConfirmed: boolean;
}

export interface DingAnswer {
  script: CallScript;
  /** What the key means for the Ding, to be written before the script is spoken. */
  effect?: 'confirm' | 'stop';
}

/**
 * What the phone says next, and what a key does. 1 confirms, * repeats, 9 stops the calls, anything
 * else is answered kindly. Keys are taken once the text has been spoken: only the menu after it
 * listens, so a greeting's tones are lost. Once a machine was heard no key means anything:
 * voicemail confirms nothing.
 */
export function dingScript(ding: DingOnPhone, moment: CallMoment): DingAnswer {
  const phrases = TEXTS[ding.language].ding;
  const say = (text: string) => ({ say: text, language: ding.language });
  const farewell = (text: string): CallScript => [say(text), { hangUp: true }];
  const menu = (turn: number) => ({ ask: [say(phrases.menu)], timeoutSeconds: MENU_SECONDS, turn });
  const message = (turn: number): CallScript => [
    say(phrases.from(ding.senderName)),
    { pauseSeconds: 1 },
    say(ding.text),
    { pauseSeconds: 1 },
    menu(turn),
  ];

  // Said kindly rather than as a mistake; also when the carrier asks twice what key 1 meant.
  if (ding.isConfirmed)
    return {
      script: farewell(
        moment.kind === 'key' && moment.digit === '1' ? phrases.confirmed : phrases.already,
      ),
    };
  if (ding.hasEnded)
    return { script: farewell(ding.isRecalled ? phrases.recalled : phrases.ended) };
  if (moment.kind === 'answered') return { script: message(1) };
  if (ding.isMachine) return { script: [{ hangUp: true }] };
  switch (moment.digit) {
    case '1':
      return { script: farewell(phrases.confirmed), effect: 'confirm' };
    case '9':
      return { script: farewell(phrases.stopped), effect: 'stop' };
    case '*':
      return { script: message(moment.turn) };
    case undefined:
      return {
        script: moment.turn >= LAST_TURN ? farewell(phrases.goodbye) : message(moment.turn + 1),
      };
    default:
      return { script: [say(phrases.otherKey), menu(moment.turn)] };
  }
}
