import { type Language, TEXTS } from '../texts/catalogue.js';
import type { CallMoment, CallScript } from './call-script.js';

/** Asked for so often again before the call is given up. */
export const RETRIES = 3;
/**
 * An outage that answers at once ("connection refused") must not use up all tries within a second.
 */
const BREATH_SECONDS = 4;

/** What the call is about; it tells what its person should make of a call that was given up. */
export type CallAbout = 'ding' | 'verification' | 'conference';

/** What a call's own addresses say of it, for the time when nothing can be looked up. */
export interface CallContext {
  language: Language;
  about: CallAbout | undefined;
}

/**
 * What the phone says while we can't look anything up: a word, a breath, and the same question once
 * more, which carries the key that was pressed. After three of them an apology that says what did
 * not happen. It needs nothing but what stands in the call's own address.
 */
export function outageScript(call: CallContext, moment: CallMoment, retry: number): CallScript {
  const { outage: phrases, space } = TEXTS[call.language];
  const say = (text: string) => ({ say: text, language: call.language });
  if (retry < RETRIES)
    return [
      say(phrases.moment),
      { pauseSeconds: BREATH_SECONDS },
      { goOn: moment, retry: retry + 1 },
    ];
  return [
    say(
      [
        phrases.sorry,
        ...(call.about === undefined ? [] : [phrases.about[call.about]]),
        phrases.goodbye,
      ].join(space),
    ),
    { hangUp: true },
  ];
}
