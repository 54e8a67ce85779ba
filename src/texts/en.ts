import { standings } from './standings/en.js';
import type { Texts } from './texts.js';

export const en = {
  voice: { voice: 'Polly.Joanna', language: 'en-US' },
  space: ' ',
  codeSms: [
    (code, minutes) =>
      `${code} is your Dingline code. It is valid for ${minutes} min. Never tell it to anyone.`,
    (code) => `${code} is your Dingline code. Never tell it to anyone.`,
  ],
  appCodeSms: [
    (name, code, minutes) =>
      `${name}: ${code} is your code. It is valid for ${minutes} min. Never tell it to anyone.`,
    (name, code) => `${name}: ${code} is your code. Never tell it to anyone.`,
    (name, code) => `${name}: ${code} is your code.`,
    (name, code) => `${name}: ${code}`,
    (_name, code) => `${code} is your code. Never tell it to anyone.`,
  ],
  dingSms: { from: (name) => `Urgent, from ${name} by Dingline: `, confirm: '\nConfirm: ' },
  ding: {
    from: (name) => `Hello. This is an urgent message from ${name}, by Dingline.`,
    menu:
      'To confirm that you have heard it, press 1. To hear it again, press star. To get no more ' +
      'calls for this message, press 9.',
    otherKey: 'Sorry, that key does nothing here.',
    confirmed: 'Thank you. You have confirmed. Goodbye.',
    already:
      'You have confirmed this message already, thank you. There is nothing more to do. Goodbye.',
    stopped: 'You will get no more calls for this message. Goodbye.',
    recalled: 'This message has been taken back. Goodbye.',
    ended: 'This message is over. Goodbye.',
    goodbye: 'We have heard no key. Goodbye.',
  },
  conference: {
    invited: (name) => `Hello. ${name} invites you to a conference call, by Dingline.`,
    called: 'Hello. This is your conference call, by Dingline.',
    menu: 'To join, press 1. The others will then see your number while you are in the call. Not to join, hang up.',
    otherKey: 'Sorry, that key does nothing here.',
    joining: 'You are joining.',
    ended: 'This conference is over. Goodbye.',
    goodbye: 'We have heard no key. Goodbye.',
  },
  code: {
    from:
      'Hello. This is Dingline. Somebody, probably you, asked for a code to verify this phone ' +
      'number. If it was not you, just hang up.',
    fromApp: (name) =>
      `Hello. This is ${name}. Somebody, probably you, asked for a code to verify this phone ` +
      'number. If it was not you, just hang up.',
    press: (digit) => `To hear the code, press ${digit}.`,
    otherKey: 'Sorry, that was another key.',
    code: 'Your code is:',
    again: 'Once more:',
    heard: 'Never tell it to anyone. Goodbye.',
    wrongKeys:
      'Sorry, that was another key again. To hear the code, please ask for another call. Goodbye.',
    goodbye: 'We have heard no key. To hear the code, please ask for another call. Goodbye.',
    over: 'This code is no longer needed, or its time is over. Goodbye.',
  },
  outage: {
    moment: 'One moment, please.',
    sorry: 'We are sorry: something is wrong on our side.',
    about: {
      ding: 'This message was not confirmed.',
      verification: 'Please ask for your code again, a little later.',
      conference: 'You could not be connected.',
    },
    goodbye: 'Goodbye.',
  },
  standings,
  riskNotice: {
    title: 'What a code to your phone proves',
    proves:
      'A code that comes by SMS or call shows that you can be reached at this phone number ' +
      'now. It does not show who you are.',
    risks:
      'SMS and calls can be read or redirected on their way, and can be seen on a locked ' +
      'screen. Somebody may take your number over at the provider, with a new SIM card or by ' +
      'moving it to another provider. A number that you give up may be given to somebody ' +
      'else.',
    alternative:
      'Do not rely on your number alone. Also use a strong password, and a passkey or an ' +
      'authenticator app where you are offered one.',
    lost:
      'If your phone loses its network for no reason, or you change your number, tell your ' +
      'provider and us at once. Nobody who works for us asks you for a code: never tell it to ' +
      'anyone.',
  },
  confirmPage: {
    title: 'Confirm an urgent message',
    from: 'Urgent, from {name}:',
    sent: 'Sent by Dingline on {time}',
    team: 'For the team: {team}',
    confirm: 'I have read it: confirm',
    wait: 'One moment…',
    confirmed: 'Thank you. You have confirmed.',
    already_confirmed:
      'This message has been confirmed already, thank you. There is nothing more to do.',
    recalled: 'This message has been taken back. There is nothing more to do.',
    ended: 'This message is over. There is nothing more to do.',
    no_token: 'Open the link in the SMS again.',
    unknown: 'This link is not valid any more.',
    trouble: 'We could not be reached just now. Please try again.',
    offline: 'You are offline. Please try again once you are connected.',
    retry: 'Try again',
    noScript: 'To confirm, this page needs JavaScript.',
  },
} as const satisfies Texts;
