import type { Standings } from './standing.js';

/**
 * All that Dingline says in one language, by SMS, on the phone and on the page behind an SMS's
 * link. To add a language: write its file beside this one, and its line in catalogue.ts; the
 * compiler asks for what is missing, and the tests hold each text to its length.
 *
 * Names and Ding texts come in as they were written. What is spoken is heard once, perhaps at night
 * and half asleep: short sentences, and first what a key is for, then the key.
 */
export interface Texts {
  /**
   * The carrier's names for the voice and for the language that it speaks
   * (twilio.com/docs/voice/twiml/say/text-speech).
   */
  voice: { voice: string; language: string };
  /** Between two sentences. */
  space: ' ' | '';
  /**
   * What stands above the line `@host #code`; the fullest wording first. The first that leaves the
   * SMS within one segment is sent, so the last must do so with the longest code, an app's hash and
   * a host of 40 characters. That last one may leave the code to the line below it: where an SMS
   * has 70 characters, nothing else fits then.
   */
  codeSms: readonly [CodeWording, ...CodeWording[]];
  /**
   * The code SMS with the name of the service whose code it is, and no word of Dingline. The last
   * ones must do without the name: one in other letters leaves the whole SMS 70 characters.
   */
  appCodeSms: readonly [AppCodeWording, ...AppCodeWording[]];
  dingSms: { from: (name: string) => string; confirm: string };
  /** Around a Ding's text, which is spoken as it was written. */
  ding: {
    from: (name: string) => string;
    menu: string;
    otherKey: string;
    confirmed: string;
    already: string;
    stopped: string;
    /** It was taken back. */
    recalled: string;
    /** It is over for another reason. */
    ended: string;
    goodbye: string;
  };
  conference: {
    invited: (name: string) => string;
    called: string;
    menu: string;
    otherKey: string;
    joining: string;
    ended: string;
    goodbye: string;
  };
  /** A code by voice. */
  code: {
    from: string;
    /** In place of `from`, for an app's own service. */
    fromApp: (name: string) => string;
    press: (digit: string) => string;
    otherKey: string;
    code: string;
    again: string;
    heard: string;
    wrongKeys: string;
    goodbye: string;
    over: string;
  };
  /** While nothing can be looked up: what did not happen, by what the call was about. */
  outage: {
    moment: string;
    sorry: string;
    about: { ding: string; verification: string; conference: string };
    goodbye: string;
  };
  /** Where a way to somebody stands. */
  standings: Standings;
  /**
   * What whoever relies on a code by SMS or call is to show its people (NIST SP 800-63B-4, section
   * 3.2.9): what such a code proves, what can go wrong, what to use beside it, what to do.
   * docs/verification.md says when.
   */
  riskNotice: { title: string; proves: string; risks: string; alternative: string; lost: string };
  /**
   * The page behind the link in a Ding's SMS. `{name}` stands for who sent it, `{time}` for when,
   * with its day, `{team}` for the names of the teams in which the reader agreed to be reached.
   */
  confirmPage: {
    title: string;
    from: string;
    sent: string;
    team: string;
    confirm: string;
    wait: string;
    confirmed: string;
    already_confirmed: string;
    recalled: string;
    ended: string;
    /** The page was opened again without the link: the secret in it is gone. */
    no_token: string;
    unknown: string;
    trouble: string;
    offline: string;
    retry: string;
    noScript: string;
  };
}

/** `minutes`: for so long it is still valid. */
export type CodeWording = (code: string, minutes: string) => string;
export type AppCodeWording = (name: string, code: string, minutes: string) => string;
