import { CODES, EventCounter, Level } from '../kernel/metrics.js';
import { RUN_KINDS } from './carrier-runs.js';
import { CHANNELS } from './channels.js';
import { type CarrierEvent, END_REASONS, type Handoff, PURPOSES } from './handoff.js';

const OUTCOMES = [
  'accepted',
  'rejected',
  'misconfigured',
  'unavailable',
  'unknown',
  'refused',
  'waits',
  'canceled',
  'expired',
  'abandoned',
] as const;
const CONTROLS = ['hang_up', 'mute', 'unmute'] as const;
const NEWS = [
  'queued',
  'sent',
  'delivered',
  'undelivered',
  'failed',
  'ringing',
  'answered',
  'ended',
  'machine',
  'room',
] as const;
const ON_THE_WAY = { purpose: PURPOSES, channel: CHANNELS } as const;

/** One that provably did not leave is tried again, and counts again. What reaches no phone is left out. */
export const HANDOFFS = new EventCounter({
  name: 'dingline_handoffs_total',
  help: 'Tries to give a code, a Ding or a conference call to the carrier, by what became of each.',
  labels: { ...ON_THE_WAY, outcome: OUTCOMES, code: CODES },
});
export const CALL_CONTROLS = new EventCounter({
  name: 'dingline_call_controls_total',
  help: 'Orders to the carrier for a call that is out.',
  labels: { order: CONTROLS, outcome: OUTCOMES },
});
const ASKED = ['call', 'sms', 'room', 'call_list', 'sms_list'] as const;
/**
 * still: it goes on. gone: the carrier has none by that id. silent: it didn't say. Of a list:
 * adopted: it is there. again: it isn't, and goes out once more. none: it isn't. unclear: which one
 * it is can't be said.
 */
const ANSWERED = [
  'news',
  'still',
  'gone',
  'silent',
  'adopted',
  'again',
  'none',
  'unclear',
] as const;
export const RECONCILED = new EventCounter({
  name: 'dingline_reconciled_total',
  help: 'Questions to the carrier what became of a call or SMS of which nothing was heard, or who is in a room.',
  labels: { what: ASKED, answer: ANSWERED },
});
export const WITHHELD = new EventCounter({
  name: 'dingline_handoffs_withheld_total',
  help: 'Hand-offs that were decided against before the carrier heard of them.',
  labels: { ...ON_THE_WAY, reason: END_REASONS },
});
export const CARRIER_NEWS = new EventCounter({
  name: 'dingline_carrier_events_total',
  help: 'What the carrier told of what it was given, each once, however often it was told.',
  labels: { ...ON_THE_WAY, event: NEWS, reason: [...END_REASONS, 'none'], code: CODES },
});
export const JOBS_NOT_ADDED = new EventCounter({
  name: 'dingline_jobs_not_added_total',
  help: 'Jobs that could not be added to the queue; the sweeper adds each again.',
  labels: ON_THE_WAY,
});
export const QUEUE_ERRORS = new EventCounter({
  name: 'dingline_queue_errors_total',
  help: 'Errors of the connections to the queue.',
  labels: {},
});

export const DATABASE_LOSSES = new EventCounter({
  name: 'dingline_database_losses_total',
  help: 'Times that a worker found a database which knows less than it did, or another in its place.',
  labels: { loss: ['went_back', 'failed_over'] },
});
export const STOPS = new Level({
  name: 'dingline_stops',
  help: '1 where an operator holds back what goes to the carrier.',
  labels: ON_THE_WAY,
});
export const CARRIER_RUNS = new Level({
  name: 'dingline_carrier_away',
  help: 'Whether tries at the carrier come to the same one after the other: 0 no, 1 a warning, 2 an error.',
  labels: { channel: CHANNELS, run: RUN_KINDS },
});
export const INGRESS_AWAY = new Level({
  name: 'dingline_ingress_away',
  help: '1 while this worker rings no phone, since ingress does not answer at its public address.',
  labels: {},
});
export const SWEPT_AT = new Level({
  name: 'dingline_last_sweep_timestamp_seconds',
  help: 'When the worker last looked for what a crash or a lost job left behind, which it does each second.',
  labels: {},
});

/** Nobody gives it to the carrier any more: it is too late, or whoever had it in hand is gone. */
export function countOver(
  { purpose, channel, kind }: Pick<Handoff, 'purpose' | 'channel' | 'kind'>,
  outcome: 'expired' | 'abandoned',
): void {
  if (kind === 'deliver') HANDOFFS.add({ purpose, channel, outcome, code: undefined });
}

/** A room's news is about its legs, whose calls bring news of their own. */
export function countNews(
  { purpose, channel }: Pick<Handoff, 'purpose' | 'channel'>,
  event: CarrierEvent,
): void {
  const reason = ('reason' in event && event.reason) || 'none';
  const code = event.kind === 'message' ? event.carrierCode : undefined;
  CARRIER_NEWS.add({ purpose, channel, event: nameNews(event), reason, code });
}

function nameNews(event: CarrierEvent): (typeof NEWS)[number] {
  switch (event.kind) {
    case 'message':
      return event.delivery;
    case 'call':
      return event.state;
    case 'machine':
    case 'room':
      return event.kind;
  }
}
