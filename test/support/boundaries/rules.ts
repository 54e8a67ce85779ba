/**
 * Who may import whom. A part is a folder of src, or a file right in it; `plaintext/gate` is the one file of the room
 * that has a door. What isn't in a row is not allowed. `settings.ts` may be read by anyone, its parts by it alone.
 */
export const MAY_IMPORT: Record<string, readonly string[]> = {
  kernel: [], // the floor: knows nothing of what stands on it
  texts: ['kernel/reason'], // words, and which may be written
  settings: ['kernel/redacted', 'texts'], // read before anything else is there
  calls: ['kernel', 'texts', 'handoff', 'guard', 'realtime'], // hands its legs off, pays their minutes, publishes how they go on
  handoff: ['kernel', 'texts'], // speaks of ids; it learns what a purpose does with an outcome from who registers
  accounts: ['kernel', 'texts', 'handoff'], // hears from hand-offs whether a number is reached
  apps: ['kernel', 'texts', 'handoff/channels'], // who signs in as one, and how it verifies; it knows no feature
  // Counts by country and prefix, and by whose call it is; it learns of sends from the rows.
  guard: ['kernel', 'handoff/channels', 'handoff/callers.repository', 'handoff/handoff'],
  ledger: ['kernel', 'accounts'], // a person reads the entries about themself
  // Speaks of what it is told; it learns who may be told from the rows.
  realtime: ['kernel', 'accounts', 'handoff/channels', 'handoff/standing'],
  plaintext: [
    'kernel',
    'guard',
    'handoff',
    'ledger',
    'calls',
    'accounts',
    'apps/apps.repository',
    'texts',
  ], // an SMS says whose code it is
  webhooks: ['kernel', 'handoff/channels', 'handoff/sweeper.service'], // tells apps ids and states; it knows no feature
  verification: [
    'kernel',
    'texts',
    'accounts',
    'apps',
    'guard',
    'handoff',
    'calls',
    'webhooks',
    'plaintext/gate',
  ],
  'twilio-verify': [
    'kernel',
    'texts',
    'apps',
    'handoff/channels',
    'verification',
    'plaintext/gate',
  ], // says in another's words what verification does
  ding: ['kernel', 'texts', 'accounts', 'handoff', 'calls', 'realtime', 'plaintext/gate'],
  conference: ['kernel', 'texts', 'accounts', 'handoff', 'calls', 'realtime', 'plaintext/gate'],
  // Pages, and the app in a browser, which shows a text as a phone will get it. They talk to the API like anyone.
  web: ['texts'],
  simulator: [], // the network: the two meet over HTTP only
  'app.module': [
    'kernel',
    'guard',
    'calls',
    'handoff',
    'accounts',
    'apps',
    'ledger',
    'realtime',
    'plaintext',
    'verification',
    'ding',
    'conference',
    'webhooks',
    'web',
    'twilio-verify',
  ], // the composition
  // Starts the simulator as a program, by its path; the demo signs a browser in.
  embedded: [
    'kernel',
    'app.module',
    'accounts/demo-sign-ins.repository',
    'handoff/fresh-budgets.repository',
  ],
  // An operator's stops, apps and people's accounts, what is a prefix and no number, and which are refused.
  cli: [
    'kernel',
    'embedded',
    'guard',
    'handoff',
    'apps',
    'accounts/account',
    'accounts/operator-accounts.repository',
    'accounts/secret-code',
    'webhooks',
    'texts',
    'plaintext/look-by-number',
    'plaintext/looks.repository',
    'plaintext/number-policy',
    'plaintext/denied-prefixes.repository',
    'verification/verification-session', // how many codes may go to one number
  ],
  main: ['kernel', 'app.module', 'embedded'],
};
export const FEATURES = ['verification', 'ding', 'conference'];

/** Packages that one part keeps to itself. */
export const VENDORS: Record<string, { only: readonly string[]; because: string }> = {
  twilio: {
    only: ['plaintext/carriers/twilio'],
    because: 'a carrier is known to its own folder alone',
  },
  'libphonenumber-js': {
    only: ['plaintext', 'web/app'], // the app formats what its own person types, and no other number
    because: 'who parses numbers holds them',
  },
  '@hpke/core': { only: ['plaintext'], because: 'what it opens are numbers' },
  bullmq: {
    only: ['handoff'],
    because: 'it keeps what it is given in clear text, so one file decides what that is',
  },
  '@nestjs/bullmq': { only: ['handoff'], because: 'it is the same queue' },
  '@redis/client': { only: ['handoff'], because: 'only the queue may talk to Redis' },
  undici: {
    only: ['plaintext', 'webhooks', 'simulator', 'handoff/ingress-probe.service.ts'],
    because:
      "only a carrier, an app's own server and our `ingress` are called, and by the network we ourselves",
  },
  'prom-client': {
    only: ['kernel'],
    because: 'what may stand in a label is decided in one place',
  },
  pg: { only: ['kernel', 'embedded'], because: 'each role has one pool, on its own login' },
};

/** Each carrier has a folder, which the list of carriers alone may open. */
export const CARRIER_FOLDER = /^plaintext\/carriers\/[^/]+\//;
export const CARRIER_LIST = 'plaintext/carriers/carriers.ts';
/** What only a carrier calls things. In the room nothing but its own folder and the list may say so, in code. */
export const CARRIER_WORDS =
  /^(twilio|x-twilio-.*|i-twilio-.*|CallSid|MessageSid|ConferenceSid|AnsweredBy|Digits)$/;

/** Where the text of a number or code comes out, and the only files that may ask for it. */
export const REVEALING: Record<string, readonly string[]> = {
  forCarrier: [
    'plaintext/handoffs/words.service.ts',
    'plaintext/carriers/twilio/twilio.client.ts',
    'plaintext/carriers/twilio/twiml.ts',
  ],
  forParticipant: ['plaintext/caller-id.controller.ts'],
  forSender: ['plaintext/number.pipes.ts'],
  forStorage: [
    'plaintext/number.pipes.ts',
    'plaintext/handoffs/codes.service.ts',
    'plaintext/look-by-number.ts',
    'plaintext/test-number-rows.service.ts',
    'plaintext/presentation.ts',
    'plaintext/spoken-code.ts',
  ],
  forLimiter: ['plaintext/number.pipes.ts'],
  forPrefix: ['plaintext/number.pipes.ts', 'plaintext/look-by-number.ts'],
  indexUnder: [
    'plaintext/vault/number-index.ts',
    'plaintext/test-numbers.ts',
    'plaintext/number.pipes.ts',
  ], // the last: under a secret of the session's or the device's own
  hashUnder: [
    'plaintext/number.pipes.ts',
    'plaintext/handoffs/codes.service.ts',
    'plaintext/test-numbers.ts',
  ],
};

/** All that leaves the room. None of it has a number or a code to give. */
export const GATE = [
  'NumberRef',
  'SubmittedCode',
  'SubmittedCodePipe',
  'SubmittedNumber',
  'SubmittedNumberPipe',
  'submittedCode',
  'submittedDevice',
  'submittedNumber',
  'Submission',
  'LookupNumber',
  'lookupNumber',
  'SubmittedToPipe',
  'SubmittedCheckPipe',
  'NumberInPath',
  'NumberEcho', // gives a number: to the answer of the request that brought it, and to no handler
];

export const LEFT_OUT = [
  'dto',
  'interfaces',
  'types',
  'enums',
  'utils',
  'common',
  'shared',
  'constants',
  'helpers',
  'lib',
];

/** No suffix means pure, in the parts that have rules of their own: none of these may be there at run time. */
export const IMPURE =
  /^(@nestjs\/|kysely$|pg$|fastify$|bullmq$|@redis\/|undici$|node:(fs|net|http|https|child_process|timers)(\/|$))/;
export const WITH_PURE_FILES = [
  'texts',
  'guard',
  'calls',
  'handoff',
  'ledger',
  'accounts',
  'apps',
  'realtime',
  'verification',
  'ding',
  'conference',
  'webhooks',
  'twilio-verify',
];
export const IMPURE_ALL_THE_SAME: Record<string, string> = {
  'accounts/password.ts':
    'the rule for passwords beside the library that hashes them, which Nest hands out',
  'webhooks/public-address.ts': 'what node:net knows of addresses; it opens nothing',
  'handoff/worker-lease.ts': 'a lock at PostgreSQL that lasts as long as its connection',
};

/** It finds the PostgreSQL that npm installed for this platform; nothing else may hide what it imports. */
export const COMPUTED_IMPORT = 'embedded/binaries.ts';

/**
 * SQL stands in repositories (and in .sql files), so that who looks for what is done to a table
 * looks there. Elsewhere only:
 */
export const SQL_ALL_THE_SAME: Record<string, string> = {
  'kernel/database.ts': 'opens connections, listens on them, asks whether one lives',
  'kernel/migrate.ts': 'makes the schema that repositories speak of',
  'embedded/databases.ts': 'makes databases and logins, before any role may connect',
  'embedded/reach.ts': 'asks, before a role connects, whether the functions of its build are there',
  'embedded/postmaster.ts': 'asks a server that it has found whether it is ours',
};
export const SQL =
  /\b(SELECT\s|INSERT INTO\s|UPDATE\s+\w+\s+SET\s|DELETE FROM\s|TRUNCATE\s|LISTEN\s|(CREATE|ALTER|DROP)\s+(TABLE|INDEX|SCHEMA|ROLE|DATABASE|FUNCTION)\s|GRANT\s|REVOKE\s)/;
/** Whatever its case; words that prose has, too, count with what follows them. */
export const SQL_IN_ANY_CASE =
  /\b(select\s[^]*\bfrom\s|insert into\s|delete from\s|update\s+\w+\s+set\s)/i;

/** Who needs more than so many parts does more than one thing. */
export const MOST_PARAMETERS = 7;
