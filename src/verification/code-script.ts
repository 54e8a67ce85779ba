import type { CallMoment, CallScript } from '../calls/call-script.js';
import { type Language, TEXTS } from '../texts/catalogue.js';

export interface CodeOnPhone {
  language: Language;
  /**
   * The verification is approved, canceled, expired or out of checks, and the code is worth nothing
   * any more.
   */
  isOver: boolean;
  /** The code was erased for this call: the carrier heard a machine. */
  isSilenced: boolean;
  /** The call is in the name of this app; null stands for ours. */
  appName?: string | null;
}

export interface CodeAnswer {
  script: CallScript;
  /** The code is about to be spoken: as far as we can know it is delivered. */
  effect?: 'spoken';
}

/**
 * With 10 s of waiting in each turn, the fifth ends at least 45 s after the call was answered, for
 * those who pick up late and for call screeners.
 */
const TURN_SECONDS = 10;
const LAST_TURN = 5;
const MOST_WRONG_KEYS = 2;

/**
 * Decides what the phone says next. Voicemail, call screeners and silence never hear the code: it
 * takes the one key that was asked for, another at each turn, and that key is named before the call
 * listens, so that tones which a greeting plays while we speak are lost. Two wrong keys end the
 * call. Once a machine was heard there is no code to speak.
 */
export function codeScript(
  call: CodeOnPhone,
  moment: CallMoment,
  digitAt: (turn: number, wrongKeys?: string) => string,
): CodeAnswer {
  const { language } = call;
  const phrases = TEXTS[language].code;
  const say = (text: string) => ({ say: text, language });
  const farewell = (text: string): CallScript => [say(text), { hangUp: true }];
  /** The key is named outside of the question, so that no key is taken until it was named. */
  const question = (turn: number, wrongKeys: string): CallScript => [
    say(phrases.press(digitAt(turn, wrongKeys))),
    { ask: [], timeoutSeconds: TURN_SECONDS, turn, wrongKeys },
  ];
  const whole = (turn: number, wrongKeys: string): CallScript => [
    say(typeof call.appName === 'string' ? phrases.fromApp(call.appName) : phrases.from),
    { pauseSeconds: 1 },
    ...question(turn, wrongKeys),
  ];

  if (call.isOver) return { script: farewell(phrases.over) };
  if (call.isSilenced) return { script: [{ hangUp: true }] };
  if (moment.kind === 'answered') return { script: whole(1, '') };
  const { digit, turn, wrongKeys = '' } = moment;
  if (digit === undefined)
    return { script: turn >= LAST_TURN ? farewell(phrases.goodbye) : whole(turn + 1, wrongKeys) };
  if (wrongKeys.length < MOST_WRONG_KEYS && digit === digitAt(turn, wrongKeys)) {
    const code: CallScript = [{ sayCode: true, language }];
    return {
      script: [
        say(phrases.code),
        ...code,
        { pauseSeconds: 1 },
        say(phrases.again),
        ...code,
        ...farewell(phrases.heard),
      ],
      effect: 'spoken',
    };
  }
  const wrong = wrongKeys + digit;
  if (wrong.length >= MOST_WRONG_KEYS) return { script: farewell(phrases.wrongKeys) };
  return { script: [say(phrases.otherKey), ...question(turn + 1, wrong)] };
}
