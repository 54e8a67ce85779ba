import { randomBytes } from 'node:crypto';
import { newId, type NumberRef } from '../../src/kernel/ids.js';
import { type SendLimits } from '../../src/verification/verification-session.js';
import type { SendRefused, Started } from '../../src/verification/verification-answers.js';
import { starterOf } from './guesses.js';
import {
  type NewVerificationRow,
  type VerificationsRepository,
} from '../../src/verification/verifications.repository.js';

export const SECOND = 1_000;
export const LIMITS: SendLimits = {
  smsWaitsMs: [60, 120, 300, 600].map((s) => s * SECOND),
  callAfterSmsMs: 60 * SECOND,
  callWaitsMs: [60 * SECOND, 300 * SECOND],
  calls: 3,
  inTenMinutes: 5,
  aDay: 9,
  keptForKnown: 2,
  perAddressAMinute: 10,
  autoAfterMs: 60 * SECOND,
};
/** A start of which nothing is as another's. */
export const someStart = (
  account: string,
  more: Partial<NewVerificationRow> = {},
): NewVerificationRow => ({
  id: newId(),
  starter: starterOf(account),
  numberRef: newId() as NumberRef,
  sealedNumber: Buffer.alloc(45, 1),
  testIndex: undefined,
  numberKeys: [randomBytes(32), randomBytes(32)],
  country: 'DE',
  prefixKey: undefined,
  proofs: [],
  blockedUntil: undefined,
  addressKeys: [randomBytes(32)],
  channel: 'sms',
  channels: ['sms', 'voice'],
  isAuto: false,
  language: undefined,
  handoffId: newId(),
  ...more,
});

/** Starts it for somebody who has shown who they are. */
export async function startBy(
  verifications: VerificationsRepository,
  ...how: Parameters<VerificationsRepository['start']>
): Promise<Started | SendRefused> {
  const answer = await verifications.start(...how);
  if (answer === undefined) throw new Error('nobody');
  return answer;
}
