import {
  ASKED_WITHIN_MS,
  capabilityDigest,
  deliveriesBefore,
  OVER_AFTER_MS,
  REQUEST_MS,
  retryDelayMs,
} from '../../../src/handoff/handoff.js';

test('attempts that did not leave wait 1, 2, 4 s and at most a minute', () => {
  expect(
    [1, 2, 3, 4, 5, 6, 7, 8, 50, 5_000].map((attempts) => retryDelayMs(attempts) / 1_000),
  ).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
  expect(retryDelayMs(0)).toBe(1_000);
});

test('what the carrier asks for is waited for, if it is longer', () => {
  expect(retryDelayMs(1, 90_000)).toBe(90_000);
  expect(retryDelayMs(4, 3_000)).toBe(8_000);
});

test("a message's state only moves forward, and its ends do not replace one another", () => {
  for (const end of ['delivered', 'undelivered', 'failed', 'ended'] as const)
    expect(deliveriesBefore(end)).toEqual(['none', 'queued', 'sent', 'ringing', 'answered']);
  expect((['none', 'queued', 'sent'] as const).map((next) => deliveriesBefore(next))).toEqual([
    [],
    ['none'],
    ['none', 'queued'],
  ]);
});

test('a call with a code only moves forward: once the code was spoken its end changes nothing', () => {
  expect(deliveriesBefore('ringing')).toEqual(['none', 'queued']);
  expect(deliveriesBefore('answered')).toEqual(['none', 'queued', 'sent', 'ringing']);
  expect(deliveriesBefore('ended')).not.toContain('delivered');
});

test('a capability is stored as its SHA-256', () => {
  expect(capabilityDigest('abc').toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

test('what is called over has no request on the wire any more', () => {
  expect(ASKED_WITHIN_MS + REQUEST_MS).toBeLessThan(OVER_AFTER_MS);
});
