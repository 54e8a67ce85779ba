import { CHANNELS } from '../handoff/channels.js';
import { PURPOSES } from '../handoff/handoff.js';
import { EventCounter, Level } from '../kernel/metrics.js';

const SCOPES = ['all', 'country', 'app', 'account', 'team'] as const;
const BLOCK_KINDS = ['prefix', 'country'] as const;

export const BLOCKS_BEGUN = new EventCounter({
  name: 'dingline_pumping_blocks_begun_total',
  help: 'Prefixes and countries that the guard has blocked for a while.',
  labels: { kind: BLOCK_KINDS, reason: ['conversion', 'burst'] as const },
});
export const CAP_REFUSALS = new EventCounter({
  name: 'dingline_spend_cap_refusals_total',
  help: 'Sends and minutes of calls that a cap on spending refused, by whose cap it is.',
  labels: { scope: SCOPES },
});
export const BLOCKS = new Level({
  name: 'dingline_pumping_blocks',
  help: 'Prefixes and countries that are blocked now.',
  labels: { kind: BLOCK_KINDS },
});
export const SPENT = new Level({
  name: 'dingline_spending_today',
  help: "What this UTC day has cost so far by the price list, all together; in the operator's currency.",
  labels: {},
});
export const SPEND_CAP = new Level({
  name: 'dingline_spending_cap_today',
  help: 'SPEND_CAP_A_DAY; absent where there is none.',
  labels: {},
});
export const WAITING = new Level({
  name: 'dingline_handoffs_waiting',
  help: 'Hand-offs that are due and not yet given to the carrier, of the 10,000 that have waited longest.',
  labels: { purpose: PURPOSES, channel: CHANNELS },
});
export const OLDEST_WAIT = new Level({
  name: 'dingline_handoff_oldest_wait_seconds',
  help: 'How long the one that has waited longest is due.',
  labels: { purpose: PURPOSES, channel: CHANNELS },
});
export const DATABASE_UP = new Level({
  name: 'dingline_database_up',
  help: '1 where the worker could read its figures from PostgreSQL for this scrape, else 0.',
  labels: {},
});

/** A subject of spending is `all`, or its kind and its id: `team:…`. */
export const parseScope = (subject: string): (typeof SCOPES)[number] =>
  (subject.split(':')[0] ?? '') as (typeof SCOPES)[number];
