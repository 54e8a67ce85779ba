import { serializeEvent, type WebhookEvent } from '../../../src/webhooks/webhook-event.js';

const verificationId = '0198c0de-0000-7000-8000-000000000001';
const at = new Date('2026-03-01T12:00:00.123Z');

test('a body has type, time and data, in short JSON', () => {
  expect(
    serializeEvent({ type: 'verification.failed', data: { verificationId, state: 'expired' } }, at),
  ).toBe(
    '{"type":"verification.failed","timestamp":"2026-03-01T12:00:00.123Z",' +
      `"data":{"verificationId":"${verificationId}","state":"expired"}}`,
  );
});

test.each(['+12025550143', '12025550143', '(202) 555-0143', '493021', '%2B12025550143'])(
  'what looks like a number or a code is no part of any: %s',
  (text) => {
    const event = {
      type: 'verification.approved',
      data: { verificationId, to: text },
    } as unknown as WebhookEvent;
    expect(() => serializeEvent(event, at)).toThrow('ids and states only');
    expect(() => serializeEvent(event, at)).not.toThrow(text);
  },
);
