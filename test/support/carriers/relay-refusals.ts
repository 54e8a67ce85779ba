import type { CarrierBench } from './bench.js';

/** Destinations that the second carrier refuses. */
export const REFUSALS: CarrierBench['refusals'] = [
  {
    to: '+15005550001',
    sms: { kind: 'rejected', reason: 'bad_number' },
    call: { kind: 'rejected', reason: 'bad_number' },
  },
  {
    to: '+15005550003',
    sms: { kind: 'rejected', reason: 'blocked' },
    call: { kind: 'rejected', reason: 'blocked' },
  },
  {
    to: '+15005550004',
    sms: { kind: 'rejected', reason: 'opted_out' },
    call: { kind: 'rejected', reason: 'blocked' },
  },
  { to: '+15005550009', sms: { kind: 'rejected', reason: 'no_sms' } },
];

/** Mistakes of ours, as it answers them. */
export const MISTAKES: CarrierBench['mistakes'] = [
  {
    account: { sender: '+15005550001' },
    sms: { kind: 'misconfigured' },
    call: { kind: 'misconfigured' },
  },
  {
    account: { secret: 'x'.repeat(32) },
    sms: { kind: 'misconfigured' },
    call: { kind: 'misconfigured' },
  },
];
