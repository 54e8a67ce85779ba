import type { Outcome } from '../../../src/handoff/handoff.js';
import type { CarrierClient } from '../../../src/plaintext/carriers/carrier.js';

/** A carrier that answers what a test says, and of what became of anything nothing. */
export const answeringCarrier = (
  take: CarrierClient['sendSms'] & CarrierClient['placeCall'],
  answer: () => Promise<Outcome>,
): CarrierClient => ({
  name: 'twilio',
  sendSms: take,
  placeCall: take,
  hangUp: answer,
  setMuted: answer,
  lookUpSms: () => Promise.resolve({ kind: 'silent' }),
  lookUpCall: () => Promise.resolve({ kind: 'silent' }),
  listRoom: () => Promise.resolve(undefined),
  canList: () => false,
  listSms: () => Promise.resolve(undefined),
  listCalls: () => Promise.resolve(undefined),
  close: () => Promise.resolve(),
});
