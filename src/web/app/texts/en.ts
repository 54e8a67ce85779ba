import { standings } from '../../../texts/standings/en.js';
import type { ProblemCode } from '../../client/generated/problem-codes.js';
import { conferences } from './conferences/en.js';
import { verifying } from './verifying/en.js';

/** What went wrong, and what to do: one sentence or two. The time to wait is added by whoever shows it. */
const problems: Record<ProblemCode, string> = {
  ...verifying.problems,
  INVALID_IDEMPOTENCY_KEY: 'The app made a mistake. Load the page again.',
  UNAUTHENTICATED: 'You have been signed out. Sign in again.',
  WRONG_CREDENTIALS: 'The login or the password is wrong.',
  ORIGIN_REFUSED: 'Open this page by the address that your operator gave you, and try again.',
  SIGNATURE_REFUSED: 'The app made a mistake. Load the page again.',
  NUMBER_NOT_VERIFIED: 'Verify your own number first.',
  NOT_YOURS: 'In this conference, that is somebody else’s to do.',
  NO_CONSENT: 'This person hasn’t agreed to be reached in this way by your team.',
  SIGN_UP_REFUSED: 'You need a valid invite to sign up here. Ask your operator for one.',
  WRONG_RESET_CODE: 'This code isn’t valid, or not any more. Ask your operator for a new one.',
  METHOD_NOT_ALLOWED: 'The app made a mistake. Load the page again.',
  LOGIN_TAKEN: 'Somebody has this login already. Choose another.',
  RECIPIENT_UNREACHABLE: 'This person has no verified number, so nobody can call or text them.',
  DING_ENDED: 'This Ding is over.',
  CONFERENCE_ENDED: 'This conference is over.',
  CONFERENCE_LIMIT: 'You have as many conferences going on as you may. End one first.',
  CONFERENCE_FULL: 'This conference is full.',
  SERVICE_LIMIT: 'There are as many services as there may be.',
  TEAM_LIMIT: 'You are in as many teams as one may be. Leave one first.',
  CONSENT_OUTDATED: 'This text has changed meanwhile. Read the new one, then decide.',
  PAYLOAD_TOO_LARGE: 'This is too much at once. Make it shorter.',
  UNSUPPORTED_MEDIA_TYPE: 'The app made a mistake. Load the page again.',
  IDEMPOTENCY_KEY_REUSED: 'The app made a mistake. Load the page again.',
  DING_LIMIT: 'This person has had many Dings; for now none reaches them by call or SMS.',
  RING_LIMIT: 'This person has been called too often for now.',
};

export const en = {
  nav: {
    label: 'Main',
    skip: 'Skip to the content',
    dings: 'Dings',
    conferences: 'Conferences',
    teams: 'Teams',
    number: 'Number',
    me: 'Me',
  },

  common: {
    ...verifying.common,
    loading: 'Loading …',
    retry: 'Try again',
    cancel: 'Cancel',
    close: 'Close',
    save: 'Save',
    saved: 'Saved.',
    required: 'Please fill this in.',
  },

  trouble: {
    ...verifying.trouble,
    offline: 'You are offline. What you see may be old.',
    away: 'The server can’t be reached just now. What you see may be old; we keep trying.',
    notFound: 'Nothing is here',
    notFoundText: 'Perhaps the address has a slip in it.',
  },
  problems,

  signIn: {
    title: 'Sign in',
    login: 'Login',
    password: 'Password',
    show: 'Show the password',
    hide: 'Hide the password',
    submit: 'Sign in',
    noAccount: 'No account yet?',
    signUp: 'Sign up',
    forgotten: 'Forgotten your password?',
  },

  signUp: {
    title: 'Sign up',
    name: 'Your name',
    nameHint: 'It is shown to your team and spoken on the phone.',
    loginHint: '3 to 64 letters, digits or . _ @ -, a letter first.',
    passwordHint: 'At least 15 characters. Four words that nobody would guess are good.',
    invite: 'Invite code',
    inviteHint: 'From your operator.',
    submit: 'Sign up',
    hasAccount: 'You have an account?',
    closed: 'Accounts are made by your operator here. Ask them for one.',
  },

  demo: {
    title: 'The demo',
    entering: 'Signing you in …',
    over: 'This address was used already, or is older than ten minutes. Start the demo again for a new one.',
    signIn: 'Sign in',
    goOn: 'You are signed in here: go on to the Dings',
  },

  me: {
    title: 'Me',
    name: 'Your name',
    login: 'Login',
    language: 'Language',
    languageHint: 'For this app, and for the texts and calls that you get.',
    signOut: 'Sign out',
    noNumber: 'You have no verified number, so nobody can call you.',
    verify: 'Verify your number',
    verifyAgain: 'Verify it again, or another',
    notices: 'Notices',
    allNotices: 'All notices',
    noNotices: 'There are no notices.',
    older: 'Show older ones',
    somebody: 'somebody who was there',
    see: { ding: 'See the Ding', conference: 'See the conference' },
    notice: {
      number_moved:
        'Somebody else has verified your number, and has it now. You have none here until you ' +
        'verify one.',
      number_changed:
        'Another number took the place of yours. If that wasn’t you, ask your operator to reset ' +
        'your password.',
      number_to_prove_again: 'Verify your number again. Until then nobody can call you.',
      number_shown: {
        ding: (who: string) =>
          `In a Ding of yours your number can be seen by ${who}, once it reaches them.`,
        conference: (who: string) =>
          `In a conference your number can be seen by ${who}, while you are both in it.`,
      },
      number_not_shown: {
        ding: (who: string) =>
          `In a Ding of yours your number was kept from ${who}: it had been shown unusually often.`,
        conference: (who: string) =>
          `In a conference your number was kept from ${who}: it had been shown unusually often.`,
      },
      ding_unreached: (who: string) => `A Ding of yours is over. It has not reached ${who}.`,
      password_changed:
        'Your password was changed. If that wasn’t you, ask your operator to reset it.',
      password_reset:
        'Your password was set anew by a reset code. If that wasn’t you, ask your operator to ' +
        'reset it again.',
      removed_from_team: 'You were removed from a team.',
    },
    ledger: {
      title: 'Who has had your number',
      what: 'Each time that your number was opened or shown is recorded here, the newest first.',
      none: 'Nobody has had it so far.',
      carrier: {
        verification: (carrier: string) =>
          `Given to the phone company ${carrier}, to bring you a code.`,
        ding: (carrier: string) =>
          `Given to the phone company ${carrier}, to reach you for a Ding.`,
        conference: (carrier: string) =>
          `Given to the phone company ${carrier}, to call you into a conference.`,
      },
      question: (carrier: string) =>
        `Given to the phone company ${carrier} once more, to ask what became of it.`,
      nobody: 'Opened to be given to the phone company, and then given to nobody.',
      participants: {
        ding: 'Made ready for those whom you sent a Ding, to be seen while it lasts.',
        conference: 'Made ready for those in a conference with you, to be seen while it lasts.',
      },
      shown: {
        ding: (who: string) => `Shown to ${who}, whom you sent a Ding.`,
        conference: (who: string) => `Shown to ${who}, in a conference with you.`,
      },
      looked: {
        ding: (who: string, times: number) =>
          `Shown ${times} times in all to ${who}, whom you sent a Ding.`,
        conference: (who: string, times: number) =>
          `Shown ${times} times in all to ${who}, in a conference with you.`,
      },
      operator: (reason: string) =>
        `An operator looked up what had been sent to your number, without seeing the number. Their reason: “${reason}”`,
      other: 'Opened for something that this page doesn’t know yet. Load the page again.',
    },
    sessions: {
      title: 'Where you are signed in',
      what: 'If you don’t know one of these, end it, and change your password.',
      kind: { cookie: 'A browser', bearer: 'An app or a program' },
      current: 'this one',
      since: (time: string) => `Signed in on ${time}`,
      used: (time: string) => `Last used on ${time}`,
      end: 'End it',
      endOthers: 'Sign out everywhere else',
      noOther: 'You are signed in nowhere else.',
    },
    password: {
      title: 'Change your password',
      what: 'You stay signed in here, and are signed out everywhere else.',
      old: 'Your password until now',
      next: 'New password',
      change: 'Change the password',
      changed: 'Your password is changed.',
      wrong: 'This isn’t your password. Try again.',
    },
    reset: {
      title: 'Set a new password',
      what:
        'Your operator can give you a reset code. With it you set a new password, and are ' +
        'signed out everywhere.',
      code: 'Reset code',
      codeHint: '16 letters and digits, from your operator.',
      submit: 'Set the password',
      done: 'Your new password is set. Sign in with it.',
    },
    close: {
      title: 'Close your account',
      cannotUndo: 'This can’t be undone.',
      what: [
        'What rings or waits for you ends at once.',
        'You are out of all your teams, and signed out everywhere.',
        'Your number, your notices and the record of who has had it are erased at once; your ' +
          'name and what you have sent, within hours.',
        'What stays: that others’ numbers were shown to you in calls is in their records, ' +
          'without your name.',
      ],
      passwordHint: 'To be sure that it’s you.',
      yes: 'Close my account for good',
      done: 'Your account is closed',
      doneText: 'What is still kept of you is erased within hours. Take care.',
    },
  },

  number: {
    ...verifying.number,
    title: 'Your number',
    why:
      'A code shows that you can be reached by this number. Dings and conferences call you by ' +
      'it.',
    proved: (since: string) => `Your number is verified, since ${since}.`,
    provedIs: (number: string) => `${number} is verified. It is your number now.`,
    yoursIsProved: 'The number that you gave is verified. It is your number now.',
    endsAt: (time: string) => `Verify it again before ${time}.`,
    mustProve: {
      age:
        'Your number was verified too long ago. Verify it again: until then nobody can call ' +
        'you.',
      unreachable:
        'Your phone company says that there is no such number any more. Verify it again, or ' +
        'another.',
    },
    again: 'Verify it again, or another number',
    yours: 'the number that you gave',
    risks: 'What a code to your phone proves',
  },

  people: {
    search: 'Search by name',
    nobodyFound: 'Nobody has a name like this.',
    chosen: (names: string) => `Chosen: ${names}`,
    inTheWay: 'This person can’t be called now.',
    obstacles: {
      no_consent: 'Hasn’t agreed to be called for this',
      unreachable: 'Has no verified number',
    },
  },

  standings,

  dings: {
    title: 'Dings',
    one: 'Ding',
    yours: 'Your Ding',
    toAll: 'All Dings',
    none: 'You have no Dings yet.',
    whatItIs:
      'A Ding is an urgent message. It reaches for people by call, SMS or app until they confirm it.',
    toConfirm: 'Confirm these now',
    which: 'Which Dings',
    sides: { all: 'All', initiator: 'From me', recipient: 'To me' },
    noneOfThese: 'There are none of these.',
    older: 'Show older ones',
    fromYou: 'From you',
    from: (name: string) => `From ${name}`,
    goesOn: 'It is still going on.',
    takenBack: 'It was taken back.',
    isOver: 'It is over.',
    allConfirmed: (count: number) => (count === 1 ? 'Confirmed.' : `All ${count} have confirmed.`),
    confirmedCount: (count: number, all: number) => `${count} of ${all} confirmed.`,
    noneReached: 'Nobody could be reached.',
    unreachedCount: (count: number) =>
      count === 1 ? 'One person could not be reached.' : `${count} people could not be reached.`,
    youHave: 'You have confirmed.',
    youHaveNot: 'You haven’t confirmed.',
    sentAt: (time: string) => `Sent: ${time}.`,
    sentBy: { voice: 'By call.', sms: 'By SMS.', app: 'By the app only.' },
    people: 'Who is to confirm',
    recall: 'Take it back',
    recallQuestion: 'Take this Ding back?',
    recallText: 'What rings stops ringing, and nothing more goes out. An SMS that went out stays.',
    confirmedBy: {
      voice: 'Confirmed by a key on the phone.',
      link: 'Confirmed by the link in the SMS.',
      app: 'Confirmed in the app.',
    },
    doubted: 'A key was pressed, but then a machine was heard. Perhaps nobody knows of it.',
    stopped: 'Wants no more calls for this, and hasn’t confirmed.',
    notConfirmed: 'Has not confirmed.',
    unreached: 'Could not be reached.',
    notYet: 'Hasn’t confirmed yet.',
    ways: { voice: 'Call', sms: 'SMS', app: 'App' },
    next: {
      sms: 'Next: if the call brings no confirmation, an SMS goes out at once.',
      wait: 'Next: nothing more goes out; they can still confirm.',
    },
    callerId: 'Their number:',
    urgentFrom: (name: string) => `Urgent, from ${name}`,
    confirm: 'I have read it: confirm',
    youConfirmed: (time: string) => `You have confirmed (${time}).`,
    toldSo: (name: string) => `${name} sees it.`,
    youDoubted: 'After the key a machine was heard. Confirm here, so that it is certain.',
    recalledForYou: 'This Ding was taken back. There is nothing to do.',
    overForYou: 'This Ding is over. You can still confirm it.',
    later: 'Later',
    compose: {
      title: 'New Ding',
      proveFirst: 'Verify your own number first: those whom you ring see who calls.',
      toNumber: 'Verify your number',
      nobody: 'You share no team with anybody yet. A Ding goes to people of your teams.',
      toTeams: 'Go to your teams',
      to: 'Whom do you want to reach?',
      tooMany: (most: number) => `One Ding goes to ${most} people at the most.`,
      chooseFirst: 'Choose first whom you want to reach.',
      way: 'By which way?',
      wayHints: {
        voice: 'Their phone rings. If that brings no confirmation, an SMS follows at once.',
        sms: 'They get a text with a link to confirm by.',
        app: 'Nothing rings. They see it when they look into the app, also without a number.',
      },
      text: 'What is it about?',
      textLeft: (left: number) =>
        left === 1 ? 'One character is left.' : `${left} characters are left.`,
      textWrong: 'No line may look like a link to confirm by, or like a code.',
      preview: 'What they get',
      theyHear: 'They hear',
      theyRead: 'They read',
      smsFollows: 'The SMS that may follow',
      makes: (count: number) => (count === 1 ? 'This is one SMS.' : `This makes ${count} SMS.`),
      makesUpTo: (most: number) => `In another language: up to ${most}.`,
      isCut: 'It is cut; the link leads to the whole text.',
      inTheirLanguage: 'The words around your text are in each one’s own language.',
      send: 'Send the Ding',
      sendTo: (count: number) =>
        count === 1 ? 'Send the Ding to 1 person' : `Send the Ding to ${count} people`,
      isAbout: (names: string) => `This is about: ${names}.`,
      until: (time: string) => `It lasts until ${time}.`,
      leaveOut: 'Leave them out',
    },
  },

  conferences,

  teams: {
    title: 'Teams',
    what:
      'The people in a team send one another Dings and start conferences. Whether your own ' +
      'phone may ring is for you to say, in each team.',
    none: 'You are in no team yet. Make one, or join one by a code that somebody gives you.',
    make: 'Make a team',
    join: 'Join a team',
    yourRole: { owner: 'You own it.', member: 'You are a member.' },
    name: 'Name of the team',
    nameHint: 'Everybody in the team sees it.',
    code: 'Invite code',
    codeHint: '16 letters and digits. You can paste the whole link as well.',
    joinIt: 'Join',
    invited: 'You are invited to a team.',
    signInFirst: 'You are invited to a team. Sign up, or sign in, and you can join it.',
    joiningIsNoConsent: 'Joining lets nobody call you yet. You decide about that next.',
    badCode: 'This code lets nobody in, or not any more. Ask for a new one.',
    team: 'Team',
    all: 'All your teams',
    gone: 'There is no such team, or you aren’t in it any more.',
    reachYou: 'May this team call you?',
    noNumberYet: 'Nobody can call you yet, whatever you choose here.',
    verify: 'Verify your number',
    consent: {
      ring: {
        title: 'Dings',
        given: 'Yes. Your phone rings with Dings of this team.',
        notGiven: 'No. Your phone doesn’t ring with Dings of this team.',
        read: 'Read what you would agree to for Dings',
        withdraw: 'No more Dings by phone',
      },
      conference: {
        title: 'Conferences',
        given: 'Yes. This team may call you into conferences.',
        notGiven: 'No. This team doesn’t call you into conferences.',
        read: 'Read what you would agree to for conferences',
        withdraw: 'No more calls into conferences',
      },
    },
    readGiven: 'What you have agreed to',
    agree: 'I agree',
    members: 'Members',
    you: 'you',
    owner: 'owns the team',
    more: 'Show more members',
    reach: {
      everything: 'Lets the team call for Dings and conferences.',
      ring: 'Lets the team call for Dings.',
      conference: 'Lets the team call for conferences.',
      none: 'Doesn’t let the team call.',
      noNumber: 'But has no verified number.',
    },
    remove: (name: string) => `Remove ${name}`,
    removeAsk: (name: string, team: string) => `Remove ${name} from ${team}?`,
    removeText:
      'What still rings for them ends. The invite code ends, too: make a new one for others.',
    invite: 'Invite people',
    whoInvites: (name: string) => `New people are invited by ${name}.`,
    noCode: 'A code lets people join. It is shown once, when it is made.',
    newCode: 'Make a new code',
    newCodeAsk: 'Make a new invite code?',
    newCodeText: 'The code before, if there is one, lets nobody in any more.',
    codeIs: 'Whoever has this code can join:',
    codeLasts: (uses: number, until: string) =>
      uses === 1
        ? `It lets one person in, until ${until}.`
        : `It lets ${uses} people in, until ${until}.`,
    link: 'The same as a link',
    copy: 'Copy the link',
    copied: 'Copied.',
    notCopied: 'The browser didn’t let us copy it. Mark the link, and copy it yourself.',
    share: 'Share the link',
    qr: 'Or let them point their camera at this:',
    qrLabel: 'QR code with the link to join',
    toldOnce: 'This code is shown only until you close this page.',
    leave: 'Leave the team',
    leaveAsk: (team: string) => `Leave ${team}?`,
    leaveText:
      'Its people can’t reach you any more, and you can’t reach them. What still rings ends. To ' +
      'come back you need an invite code.',
    leaveAsOwner: 'You own it: whoever has been in it longest owns it then.',
    leaveAlone: 'Nobody else is in it, so the team will be gone for good.',
  },
};

/** All that the app says in one language. English sets what there is; the compiler asks the others for it. */
export type Words = typeof en;
