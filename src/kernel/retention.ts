/**
 * Retention in one place: what every table keeps, for how long, why, and who erases it. `docs/retention.md` is this table
 * and a test holds it against the schema, so that no table comes without an answer.
 *
 * What the worker erases stands in retention.repository.ts as ERASERS, in an order that no foreign key blocks.
 */
export interface RetentionSettings {
  readonly retentionCallsDays: number;
  readonly retentionVerificationsDays: number;
  readonly retentionNoticesDays: number;
  readonly retentionWebhooksDays: number;
}

interface Kept {
  readonly keeps: string;
  readonly forHowLong: string;
  readonly because: string;
  readonly erasedBy: string;
}

const WITH_ITS_CALL: Pick<Kept, 'forHowLong' | 'erasedBy'> = {
  forHowLong: 'as long as its call',
  erasedBy: 'worker, with its call',
};
const AS_ACCOUNT: Pick<Kept, 'forHowLong' | 'erasedBy'> = {
  forHowLong: 'as long as its account',
  erasedBy: 'with its account',
};

export const RETENTION = {
  accounts: {
    keeps: 'login, password hash, name',
    forHowLong: 'until the person leaves',
    because: 'it is the account',
    erasedBy: "by the person's wish",
  },
  sessions: {
    keeps: "hash of a session's token",
    forHowLong: 'until it expires',
    because: 'signs in',
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
  ledger_entries: {
    keeps: 'a salted commitment',
    forHowLong: 'for ever',
    because: 'proves who was given what',
    erasedBy: 'nobody: append-only',
  },
  ledger_readable: {
    keeps: 'who was given what, and why',
    forHowLong: 'until the person is erased',
    because: 'a person may read who was given their number',
    erasedBy: "by the person's wish",
  },
  handoffs: {
    keeps: 'states and ids of what went to the carrier',
    forHowLong: 'as long as its verification or call',
    because: 'callbacks, delivery reports',
    erasedBy: 'worker, with its verification or call',
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
  denied_prefixes: {
    keeps: 'a prefix that an operator refuses, and why',
    forHowLong: 'until it is lifted',
    because: 'it is the list',
    erasedBy: 'by the operator',
  },
  spendings: {
    keeps: 'what codes cost in a day: all, by country, by app',
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
    keeps: 'a sealed code',
    forHowLong: 'until its verification finishes, 10 minutes at most',
    because: 'to send it again',
    erasedBy: 'api, worker',
  },
  calls: {
    keeps: 'times and reason of a call',
    forHowLong: 'RETENTION_CALLS_DAYS after it ended',
    because: 'its participants look it up',
    erasedBy: 'worker',
  },
  participants: {
    keeps: 'who took part',
    ...WITH_ITS_CALL,
    because: 'its participants look it up',
  },
  legs: {
    keeps: 'states of a phone call',
    ...WITH_ITS_CALL,
    because: 'its participants look it up',
  },
  dings: { keeps: "a Ding's text", ...WITH_ITS_CALL, because: 'its participants look it up' },
  ding_recipients: {
    keeps: 'who confirmed, when',
    ...WITH_ITS_CALL,
    because: 'its participants look it up',
  },
  notifications: {
    keeps: "a Ding's other ways, hash of a link",
    ...WITH_ITS_CALL,
    because: 'its participants look it up',
  },
  conferences: {
    keeps: "how a conference ends, the carrier's id of it",
    ...WITH_ITS_CALL,
    because: 'its participants look it up',
  },
  call_events: {
    keeps: 'what happened, for those who may know',
    forHowLong: '24 h after its call ended',
    because: 'a browser that was away catches up',
    erasedBy: 'worker',
  },
  presentation_keys: {
    keeps: 'a key pair a day, wrapped',
    forHowLong: '2 days',
    because: 'opens what participants may be shown',
    erasedBy: 'api',
  },
  presentations: {
    keeps: "a number sealed for one call's participants",
    forHowLong: 'until the call ends, 24 h at most',
    because: 'shows who rings',
    erasedBy: 'whoever ends the call, worker',
  },
  app_webhooks: {
    keeps: 'where an app is told of events, and how that fares',
    forHowLong: 'as long as its app',
    because: 'to tell it',
    erasedBy: 'by the operator, with its app',
  },
  webhook_events: {
    keeps: 'ids and states that an app is told',
    forHowLong: 'RETENTION_WEBHOOKS_DAYS after it was delivered or given up, 4 days at most before',
    because: 'tries again; the operator sees what failed',
    erasedBy: 'worker',
  },
  migrations: {
    keeps: 'names and digests of migrations',
    forHowLong: 'for ever',
    because: 'what the schema is',
    erasedBy: 'nobody',
  },
  function_schemas: {
    keeps: 'which builds have functions here',
    forHowLong: 'until two others have come',
    because: 'old and new processes run side by side',
    erasedBy: 'npm run migrate',
  },
} as const satisfies Record<string, Kept>;

/** docs/retention.md's table. */
export function retentionTable(): string {
  const rows = Object.entries(RETENTION).map(
    ([table, { keeps, forHowLong, because, erasedBy }]) =>
      `| \`${table}\` | ${keeps} | ${forHowLong.replace(/\b(RETENTION_\w+)/, '`$1`')} | ${because} | ${erasedBy} |`,
  );
  return [
    '| table | keeps | for how long | because | erased by |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
