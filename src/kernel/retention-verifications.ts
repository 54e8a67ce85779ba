/** What is kept of the ledger, of hand-offs, of apps and of verifications. */
export const VERIFICATIONS_RETENTION = {
  ledger_entries: {
    keeps: 'a salted commitment',
    forHowLong: 'for ever',
    because: 'proves who was given what',
    erasedBy: 'nobody: append-only',
  },
  ledger_readable: {
    keeps: 'who was given what, and why',
    forHowLong: 'until the person closes their account',
    because: 'a person may read who was given their number',
    erasedBy: "by the person's wish",
  },
  handoffs: {
    keeps: 'states and ids of what went to the carrier',
    forHowLong: 'as long as its verification or call',
    because: 'callbacks, delivery reports',
    erasedBy: 'worker, with its verification or call',
  },
  asks: {
    keeps:
      'when the carrier was asked what became of something, how often, and when its list had none',
    forHowLong: 'as long as its hand-off',
    because: 'it is asked again after a while',
    erasedBy: 'worker, with its hand-off',
  },
  callbacks: {
    keeps: "names of the carrier's callbacks",
    forHowLong: 'as long as its hand-off',
    because: 'the carrier repeats them',
    erasedBy: 'worker, with its hand-off',
  },
  spoken_codes: {
    keeps: 'a sealed code that a call speaks',
    forHowLong: 'until it was spoken, or its verification finishes, or as long as its hand-off',
    because: 'the call asks for it',
    erasedBy: 'worker, with its hand-off',
  },
  apps: {
    keeps: "an API client's name and bounds",
    forHowLong: 'until an operator removes it',
    because: 'it is the client',
    erasedBy: 'by the operator',
  },
  app_secrets: {
    keeps: "hash of an API client's secret",
    forHowLong: 'until another takes its place',
    because: 'signs in',
    erasedBy: 'by the operator',
  },
  verify_services: {
    keeps: 'how an API client verifies',
    forHowLong: 'as long as its app',
    because: 'name, code, lifetime, texts',
    erasedBy: 'with its app',
  },
  stops: {
    keeps: 'what an operator holds back, and why',
    forHowLong: 'until it is lifted',
    because: 'it is the stop',
    erasedBy: 'by the operator',
  },
  carrier_runs: {
    keeps: 'that tries at the carrier come to the same one after the other: how many, since when',
    forHowLong: 'until it is over',
    because: 'whoever wakes up sees it',
    erasedBy: 'worker, as it ends',
  },
  denied_prefixes: {
    keeps: 'a prefix that an operator refuses, and why',
    forHowLong: 'until it is lifted',
    because: 'it is the list',
    erasedBy: 'by the operator',
  },
  spendings: {
    keeps: 'what a day cost: all, by country, app, account and team',
    forHowLong: '35 days',
    because: "the caps of the day, and a month's bill",
    erasedBy: 'worker',
  },
  pumping_blocks: {
    keeps: 'a prefix or country that was blocked, and why',
    forHowLong: '30 days after it began',
    because: 'an operator looks up an attack',
    erasedBy: 'worker',
  },
  verifications: {
    keeps: 'state and times of a verification',
    forHowLong: 'RETENTION_VERIFICATIONS_DAYS after it finished',
    because: 'its person reads why',
    erasedBy: 'worker',
  },
  number_guesses: {
    keeps: 'times of wrong codes under a keyed hash of the number',
    forHowLong: 'until the number is proved, or 30 days after the last',
    because: 'nobody may guess for ever',
    erasedBy: 'worker',
  },
  number_proofs: {
    keeps: 'what a session or device is known by that has proved a number',
    forHowLong: '400 days after the last proof',
    because: 'a stranger shall not use up its sends and guesses',
    erasedBy: 'worker',
  },
  codes: {
    keeps: 'a sealed code, and the digest that is compared',
    forHowLong: 'until its verification finishes, 10 minutes at most',
    because: 'to send it again, and to check it',
    erasedBy: 'api, worker',
  },
  code_guesses: {
    keeps: 'keyed hash of a code that somebody typed in',
    forHowLong: 'until it is compared, or else as long as its verification',
    because: 'it counts before it is compared',
    erasedBy: 'by its use, or with its verification',
  },
  test_numbers: {
    keeps: 'which numbers are test numbers, and hashes of their codes',
    forHowLong: 'as long as TEST_NUMBERS names it',
    because: 'their codes are known beforehand',
    erasedBy: 'worker, as it starts',
  },
} as const;
