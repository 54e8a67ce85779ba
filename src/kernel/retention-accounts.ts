const AS_ACCOUNT = {
  forHowLong: 'as long as its account',
  erasedBy: 'with its account',
} as const;

/** What is kept of accounts and teams, of their numbers, and of requests. */
export const ACCOUNTS_RETENTION = {
  accounts: {
    keeps: 'login, name',
    forHowLong: 'until its person closes it and their last call has ended, an hour at least',
    because: 'it is the account',
    erasedBy: 'worker',
  },
  account_passwords: {
    keeps: 'hash of a stretched password, times of wrong ones',
    ...AS_ACCOUNT,
    because: 'signs in',
  },
  password_guesses: {
    keeps: 'hash of a stretched password that somebody has typed in',
    forHowLong: 'until it is compared, or else until the next a minute later',
    because: 'it counts before it is compared',
    erasedBy: 'by its use, or with its account',
  },
  password_resets: {
    keeps: "hash of an operator's code to set a password",
    forHowLong: 'until it is used, or another takes its place',
    because: 'lets in who has lost their password',
    erasedBy: 'by its use, or with its account',
  },
  sign_up_invites: {
    keeps: "hash of an operator's code to sign up",
    forHowLong: 'until it is used, or has ended when the next is made',
    because: 'lets one person sign up',
    erasedBy: 'by its use, or by the operator',
  },
  demo_sign_ins: {
    keeps: 'hash of what the demo has printed to sign in by',
    forHowLong: 'until it is used, or has ended when the next is made',
    because: 'lets one browser in',
    erasedBy: 'by its use, by the demo, or with its account',
  },
  sessions: {
    keeps: "hash of a session's token",
    forHowLong: 'until it expires',
    because: 'signs in',
    erasedBy: 'worker',
  },
  account_devices: {
    keeps: 'hash of what a device is known by that has signed in, times of wrong tries',
    forHowLong: '400 days after the last time, or until the password changes',
    because: 'strangers shall not use up its tries',
    erasedBy: 'worker',
  },
  teams: {
    keeps: 'name, hash of the invite code',
    forHowLong: 'for ever',
    because: 'it is the team',
    erasedBy: 'nobody yet',
  },
  team_members: { keeps: 'who is in a team', ...AS_ACCOUNT, because: 'who may ring whom' },
  consent_events: {
    keeps: 'what a person agreed to, and when',
    ...AS_ACCOUNT,
    because: 'proof of consent',
  },
  team_events: {
    keeps: 'that a team has changed, or that somebody has gone from it',
    forHowLong: '24 h',
    because: 'a browser that was away catches up',
    erasedBy: 'worker',
  },
  notices: {
    keeps: 'what a person is told in the app',
    forHowLong: 'RETENTION_NOTICES_DAYS',
    because: 'a person away for long still reads it',
    erasedBy: 'worker',
  },
  idempotency_keys: {
    keeps: 'keyed hashes of a request',
    forHowLong: '24 h',
    because: 'the API promises to know a repeated request so long',
    erasedBy: 'worker',
  },
  epochs: {
    keeps: "what the vault's key needs to open what was sealed",
    forHowLong: 'until nothing is sealed under it, 2 days at least',
    because: 'without it no number opens',
    erasedBy: 'worker',
  },
  numbers: {
    keeps: 'a sealed number and its keyed index',
    forHowLong: 'until no account, verification or hand-off refers to it, an hour at least',
    because: 'to reach the person',
    erasedBy: 'worker',
  },
  account_numbers: {
    keeps: 'which number is whose',
    ...AS_ACCOUNT,
    because: 'to reach the person',
  },
  limiter_keys: {
    keeps: 'a wrapped key a day',
    forHowLong: '2 days',
    because: 'tells whom counts are about',
    erasedBy: 'api',
  },
  limits: {
    keeps: 'times of requests and rings under a keyed hash',
    forHowLong: 'until they count no more, a day at most',
    because: 'limits',
    erasedBy: 'worker',
  },
} as const;
