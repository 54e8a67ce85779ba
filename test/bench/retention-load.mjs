import { createHash, randomBytes } from 'node:crypto';
import { rounded } from './retention-fill.mjs';

export const DAYS = {
  retentionCallsDays: 30,
  retentionVerificationsDays: 1,
  retentionNoticesDays: 365,
  retentionWebhooksDays: 7,
};
const SEND_LIMITS = {
  smsWaitsMs: [60_000, 120_000, 300_000],
  callAfterSmsMs: 60_000,
  callWaitsMs: [300_000],
  calls: 3,
  inTenMinutes: 4,
  aDay: 10,
  keptForKnown: 3,
  perAddressAMinute: 10,
  autoAfterMs: 60_000,
};

export const DIST = new URL('../../dist/', import.meta.url);
export const load = (file) => import(new URL(file, DIST).href);

// The tables ----------------------------------------------------------------------------------------------------------

export const PASSWORD = randomBytes(32).toString('base64url');

/**
 * Starts at a steady rate, each by another account for another number; their times by whose turn it
 * was when they were due.
 */
export function startLoad(repository, accounts, rate, base) {
  const times = new Map();
  let [asked, failed, current] = [0, 0, ''];
  const began = performance.now();
  const inFlight = new Set();
  const one = async (dueAt, name) => {
    const { newId } = await ids;
    const account = accounts[asked % accounts.length];
    const now = new Date(base.getTime() + (dueAt - began));
    const number = { ref: newId(), id: newId() };
    try {
      const { refused } = await repository.start(
        {
          id: number.id,
          starter: {
            secretDigest: createHash('sha256').update(account).digest(),
            accountId: account,
            serviceId: null,
            personId: account,
            starterIds: [account],
          },
          numberRef: number.ref,
          sealedNumber: randomBytes(61),
          testIndex: undefined,
          numberKeys: [randomBytes(32), randomBytes(32)],
          country: 'US',
          prefixKey: randomBytes(32),
          proofs: [randomBytes(32)],
          blockedUntil: undefined,
          addressKeys: [randomBytes(32)],
          channel: 'sms',
          channels: ['sms', 'voice'],
          isAuto: false,
          language: 'en',
          handoffId: newId(),
        },
        SEND_LIMITS,
        now,
      );
      if (refused !== undefined) failed += 1;
    } catch {
      failed += 1;
    }
    times.get(name).push(performance.now() - dueAt);
  };
  const ids = load('kernel/ids.js');
  const timer = setInterval(() => {
    for (; began + (asked * 1000) / rate <= performance.now(); asked += 1) {
      const started = one(began + (asked * 1000) / rate, current).finally(() =>
        inFlight.delete(started),
      );
      inFlight.add(started);
    }
  }, 2);
  return {
    times,
    get failed() {
      return failed;
    },
    turn: (name) => {
      current = name;
      if (!times.has(name)) times.set(name, []);
    },
    stop: async () => {
      clearInterval(timer);
      await Promise.all(inFlight);
    },
  };
}

/** The nearest-rank quantile of sorted values. */
export const quantile = (sorted, q) =>
  sorted.length === 0 ? null : rounded(sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]);
