import { serializeEvent, type StoredEvent } from '../../../src/webhooks/webhook-event.js';

const verificationId = '0198c0de-0000-7000-8000-000000000001';
const stored: StoredEvent = {
  type: 'verification.failed',
  verificationId,
  channel: 'sms',
  delivery: 'sent',
  reason: null,
  outcome: 'expired',
  happenedAt: new Date('2026-03-01T12:00:00.123Z'),
};

test.each([
  ['verification.started', '"channel":"sms"'],
  ['verification.approved', undefined],
  ['verification.failed', '"state":"expired"'],
  ['verification.delivery', '"channel":"sms","delivery":"sent"'],
] as const)('a body of %s has type, time and data, in short JSON', (type, rest) => {
  expect(serializeEvent({ ...stored, type })).toBe(
    `{"type":"${type}","timestamp":"2026-03-01T12:00:00.123Z",` +
      `"data":{"verificationId":"${verificationId}"${rest === undefined ? '' : `,${rest}`}}}`,
  );
});

test('a delivery that came to nothing says why', () => {
  const event = { ...stored, type: 'verification.delivery', delivery: 'failed' } as const;
  expect(serializeEvent({ ...event, reason: 'filtered' })).toContain(
    '"delivery":"failed","reason":"filtered"}',
  );
});

test.each(['+12025550143', '12025550143', '(202) 555-0143', '493021', '%2B12025550143'])(
  'what looks like a number or a code is no part of any: %s',
  (text) => {
    const event = { ...stored, outcome: text };
    expect(() => serializeEvent(event)).toThrow('ids and states only');
    expect(() => serializeEvent(event)).not.toThrow(text);
  },
);
