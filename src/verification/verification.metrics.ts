import { CHANNELS } from '../handoff/channels.js';
import { EventCounter } from '../kernel/metrics.js';
import type { Starter } from './starter.guard.js';

const STARTERS = ['account', 'app'] as const;

export const STARTED = new EventCounter({
  name: 'dingline_verifications_started_total',
  help: 'Verifications that were begun, by whom, and the channel that was asked for; no test numbers.',
  labels: { starter: STARTERS, channel: [...CHANNELS, 'auto'] as const },
});
export const CODES_SENT = new EventCounter({
  name: 'dingline_verification_codes_sent_total',
  help: 'Codes that the carrier has accepted.',
  labels: { channel: CHANNELS },
});
export const APPROVED = new EventCounter({
  name: 'dingline_verifications_approved_total',
  help: 'Verifications whose code was typed in; no test numbers.',
  labels: { starter: STARTERS },
});
export const WRONG_CODES = new EventCounter({
  name: 'dingline_verification_wrong_codes_total',
  help: 'Codes that were compared and were wrong.',
  labels: { starter: STARTERS },
});

export const nameStarter = ({ app }: Starter): (typeof STARTERS)[number] =>
  app === undefined ? 'account' : 'app';
