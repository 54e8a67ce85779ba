import {
  classifyError,
  classifyDeliveryError,
} from '../../../../../src/plaintext/carriers/twilio/outcome.js';

const BAD_NUMBER = [21211, 21214, 21217, 13223, 13226, 30005, 60200];
const BLOCKED = [21216, 13225, 30004, 32017];
const MISCONFIGURED = [
  20003, 20404, 21205, 21210, 21212, 21219, 21606, 21608, 21609, 13521, 32018, 32216, 32224, 30002,
  30034, 21408, 21215, 13227,
];
const NOT_ACCEPTED = [20429, 21611, 21730, 10004];
const AMBIGUOUS = [20500, 20503];

test.each(BAD_NUMBER)('%i says that the number is bad: final', (code) => {
  expect(classifyError(400, code)).toEqual({
    kind: 'rejected',
    reason: 'bad_number',
    carrierCode: code,
  });
  expect(classifyDeliveryError(code)).toBe('bad_number');
});

test.each([21612, 21614, 30006])('%i says that no SMS reaches it: a call may', (code) => {
  expect(classifyError(400, code)).toEqual({
    kind: 'rejected',
    reason: 'no_sms',
    carrierCode: code,
  });
  expect(classifyDeliveryError(code)).toBe('no_sms');
});

test.each(BLOCKED)('%i is bound to the destination: blocked, and our account is fine', (code) => {
  expect(classifyError(400, code)).toEqual({
    kind: 'rejected',
    reason: 'blocked',
    carrierCode: code,
  });
});

test('STOP is an opt-out, a text taken for spam is filtered, the pumping guard is fraud', () => {
  expect(classifyError(400, 30007)).toMatchObject({ kind: 'rejected', reason: 'filtered' });
  expect(classifyError(400, 21610)).toEqual({
    kind: 'rejected',
    reason: 'opted_out',
    carrierCode: 21610,
  });
  expect(classifyError(400, 30450)).toEqual({
    kind: 'rejected',
    reason: 'fraud',
    carrierCode: 30450,
  });
});

test.each(MISCONFIGURED)('%i is ours to mend', (code) => {
  for (const status of [400, 401, 403, 404])
    expect(classifyError(status, code)).toEqual({ kind: 'misconfigured', carrierCode: code });
  expect(classifyDeliveryError(code)).toBe('misconfigured');
});

test.each(NOT_ACCEPTED)('%i was provably not accepted', (code) => {
  for (const status of [400, 429])
    expect(classifyError(status, code)).toEqual({ kind: 'unavailable', carrierCode: code });
  expect(classifyError(429, code, 7_000)).toEqual({
    kind: 'unavailable',
    carrierCode: code,
    retryAfterMs: 7_000,
  });
});

test.each(AMBIGUOUS)('%i may have been accepted', (code) => {
  for (const status of [400, 500, 503])
    expect(classifyError(status, code)).toEqual({ kind: 'unknown', carrierCode: code });
});

test('without a code that we know the status decides, and doubt is never a resend', () => {
  expect(classifyError(429, undefined, 500)).toEqual({ kind: 'unavailable', retryAfterMs: 500 });
  for (const status of [500, 502, 503, 504])
    expect(classifyError(status, undefined)).toEqual({ kind: 'unknown' });
  for (const status of [0, 200, 201, 302])
    expect(classifyError(status, undefined)).toEqual({ kind: 'unknown' });
  for (const status of [400, 403, 404, 422])
    expect(classifyError(status, 99_999)).toEqual({ kind: 'misconfigured', carrierCode: 99_999 });
  expect(classifyError(500, 99_999)).toEqual({ kind: 'unknown', carrierCode: 99_999 });
});

test('what failed after it was accepted says something of the number only if its code does', () => {
  expect([30001, 30003, 30008, 30021, 30022, 30410, undefined].map(classifyDeliveryError)).toEqual(
    Array(7).fill('undelivered'),
  );
  for (const code of [...BAD_NUMBER, ...BLOCKED, 21612, 21614, 30006, 21610, 30007, 30450]) {
    const outcome = classifyError(400, code);
    expect(classifyDeliveryError(code)).toBe('reason' in outcome && outcome.reason);
  }
});
