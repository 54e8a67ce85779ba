const WITH_ITS_CALL = {
  forHowLong: 'as long as its call',
  erasedBy: 'worker, with its call',
} as const;

/** What is kept of calls, of webhooks and of the schema itself. */
export const CALLS_RETENTION = {
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
  presentation_openings: {
    keeps: 'whose number was opened to be shown, and when',
    forHowLong: 'an hour',
    because: 'bounds how often that happens',
    erasedBy: 'worker',
  },
  caller_id_looks: {
    keeps: 'who looked at whose number in a call, and how often',
    forHowLong: 'until the call ends',
    because: 'the ledger says how many looks there were',
    erasedBy: 'whoever ends the call',
  },
  app_webhooks: {
    keeps: 'where an app is told of events, and how that fares',
    forHowLong: 'as long as its app',
    because: 'to tell it',
    erasedBy: 'by the operator, with its app',
  },
  webhook_events: {
    keeps: 'ids and states that an app is told, and what its server answered each time',
    forHowLong: 'RETENTION_WEBHOOKS_DAYS after it was delivered or given up, 4 days at most before',
    because: 'tries again; the operator sees what failed',
    erasedBy: 'worker',
  },
  operator_looks: {
    keeps: 'that an operator looked up a number, and why; the number, sealed, for a minute at most',
    forHowLong: '90 days',
    because: 'who runs the service sees who was looked up, and how often',
    erasedBy: 'worker',
  },
  migrations: {
    keeps: 'names and digests of migrations',
    forHowLong: 'for ever',
    because: 'what the schema is',
    erasedBy: 'nobody',
  },
  secret_bounds: {
    keeps: 'how often a secret may be guessed, how long one holds, and how long rows are kept',
    forHowLong: 'for ever',
    because: 'no login may choose them',
    erasedBy: 'nobody: a setting',
  },
  leases: {
    keeps:
      'the numbers under which workers took up what is on its way, and how often each was renewed',
    forHowLong: 'a week after one was renewed last',
    because: 'what a dead worker left is found',
    erasedBy: 'worker, when it begins',
  },
  recoveries: {
    keeps: 'until when an operator says that a database which was put back knew more',
    forHowLong: 'until the next',
    because: 'what may have gone out before goes out no more',
    erasedBy: 'npm run recover',
  },
  lines: {
    keeps: 'for each channel when the next may go to the carrier, and whose turn it was',
    forHowLong: 'for ever',
    because: 'the carrier is not asked faster than it takes things',
    erasedBy: 'nobody: two rows',
  },
  sweeps: {
    keeps: 'the names of what one worker does at a time',
    forHowLong: 'for ever',
    because: 'no other role can lock them',
    erasedBy: 'nobody: three names',
  },
  identity_key: {
    keeps: 'a random key',
    forHowLong: 'for ever',
    because: 'tells whose secret was shown in a transaction',
    erasedBy: 'nobody: a key',
  },
  function_schemas: {
    keeps: 'which builds have functions here',
    forHowLong: 'until two others have come',
    because: 'old and new processes run side by side',
    erasedBy: 'npm run migrate',
  },
} as const;
