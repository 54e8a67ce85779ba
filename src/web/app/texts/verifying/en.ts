/** What is said while a number is verified, in the app and by <dingline-verify> on others' pages. */
export const verifying = {
  common: { optional: 'optional' },

  number: {
    country: 'Country',
    number: 'Phone number',
    numberHint: 'You can paste it, with or without the country’s code.',
    bySms: 'Send me a code by SMS',
    byCall: 'Call me instead',
    callHint: 'The call asks you for one digit, which it names. Press it, and it speaks the code.',
    sentTo: (number: string) => `The code goes to ${number}.`,
    code: 'Code',
    codeHint: 'The digits from the SMS or the call.',
    check: 'Check the code',
    wrong: (left: number) =>
      left === 1
        ? 'This code is wrong. One try is left.'
        : `This code is wrong. ${left} tries are left.`,
    resend: 'Send it again',
    callMe: 'Call me with the code',
    waitFor: (what: string, time: string) => `${what} (in ${time})`,
    cancel: 'Use another number',
    over: {
      expired: 'The code has expired. Start again.',
      max_attempts: 'That was one wrong code too many. Start again.',
      canceled: 'This verification was stopped.',
      undeliverable: 'No code could be brought to this number.',
      blocked: 'This number can’t be verified here.',
    },
    delivery: {
      smsOnItsWay: 'The SMS is on its way.',
      smsDelivered: 'The SMS has arrived.',
      callOnItsWay: 'Your phone will ring in a moment.',
      ringing: 'Your phone is ringing.',
      answered: 'You have answered. Press the digit that the call names.',
      spoken: 'The call has spoken the code.',
      held: 'Codes are held back by your operator for now. Yours goes out later.',
      unknown: 'We don’t know whether the code went out. Wait a moment before you ask again.',
      busy: 'Your phone was busy, or you declined.',
      no_answer: 'Nobody answered the call.',
      hung_up: 'The call ended before the code was spoken.',
      machine: 'Voicemail answered, and was told nothing.',
      bad_number: 'The phone company says that there is no such number.',
      no_sms: 'This number takes no SMS. You can be called instead.',
      opted_out: 'This number has answered STOP to our SMS. You can be called instead.',
      calls_away: 'No call can be made right now. Have the code sent by SMS, or try a call later.',
      failed: 'The code could not be brought to you. Try the other way, or again later.',
    },
    verified: 'Your number is verified.',
  },

  problems: {
    INVALID_INPUT: 'Something here isn’t filled in as it must be. Check the fields.',
    INVALID_NUMBER:
      'This isn’t a phone number that can be reached. Check the country and the digits.',
    NUMBER_TYPE_REFUSED:
      'No codes are sent to this kind of number. Use a mobile or ordinary number.',
    COUNTRY_REFUSED: 'No codes are sent to this country from here.',
    PREFIX_REFUSED: 'No codes are sent to numbers that begin like this.',
    NOT_FOUND: 'This isn’t there, or it isn’t for you.',
    VERIFICATION_FINISHED: 'This verification is over. Start again to get a new code.',
    VOICE_ONLY: 'No SMS reaches this number. It can be called instead.',
    CHANNEL_OFF: 'Codes aren’t sent in this way here. Choose the other one.',
    TOO_MANY_REQUESTS: 'That was a lot in a short time. Wait a moment.',
    SEND_TOO_SOON: 'A code went out a moment ago. Give it time to arrive.',
    SEND_LIMIT: 'No more codes for this number for now.',
    CALL_LIMIT: 'No more calls with this code.',
    SENDS_BLOCKED: 'For now no codes are sent to numbers like this one.',
    GUESS_LIMIT: 'Too many wrong codes for this number.',
    SENDER_LIMIT: 'You have begun as many of these as you may for now.',
    INTERNAL: 'Something went wrong on our side. Try again.',
    UNAVAILABLE: 'This doesn’t work right now. Try again in a moment.',
    STORAGE_FULL: 'The server is full. Try again later, and tell your operator.',
  },

  trouble: {
    noAnswer: 'No answer came. Check your connection, and try again: nothing is done twice.',
    retryIn: (time: string) => `Try again in ${time}.`,
  },
};

/** All that is said of it in one language. English sets what there is. */
export type Verifying = typeof verifying;
