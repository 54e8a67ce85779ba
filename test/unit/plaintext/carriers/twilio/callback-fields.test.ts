import {
  callEvent,
  eventKey,
  machineEvent,
  messageEvent,
} from '../../../../../src/plaintext/carriers/twilio/callback-fields.js';

test.each([
  ['queued', 'queued'],
  ['accepted', 'queued'],
  ['sending', 'queued'],
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'delivered'],
])('a message that is %s counts as %s', (MessageStatus, delivery) => {
  expect(messageEvent({ MessageStatus, ErrorCode: '30003' })).toEqual({
    kind: 'message',
    delivery,
  });
});

test('a message that did not arrive says why, as far as its code tells', () => {
  expect(messageEvent({ MessageStatus: 'undelivered', ErrorCode: '30005' })).toEqual({
    kind: 'message',
    delivery: 'undelivered',
    reason: 'bad_number',
    carrierCode: 30005,
  });
  expect(messageEvent({ MessageStatus: 'failed', ErrorCode: '30008' })).toEqual({
    kind: 'message',
    delivery: 'failed',
    reason: 'undelivered',
    carrierCode: 30008,
  });
  expect(messageEvent({ MessageStatus: 'undelivered', ErrorCode: '30034' })).toMatchObject({
    reason: 'misconfigured',
    carrierCode: 30034,
  });
  expect(messageEvent({ MessageStatus: 'canceled' })).toEqual({
    kind: 'message',
    delivery: 'failed',
    reason: 'undelivered',
  });
  for (const ErrorCode of ['', '-1', 'x', '1e99', '12025550143'])
    expect(messageEvent({ MessageStatus: 'failed', ErrorCode })).toEqual({
      kind: 'message',
      delivery: 'failed',
      reason: 'undelivered',
    });
});

test.each([
  ['ringing', { kind: 'call', state: 'ringing' }],
  ['in-progress', { kind: 'call', state: 'answered' }],
  ['completed', { kind: 'call', state: 'ended', reason: 'hung_up' }],
  ['busy', { kind: 'call', state: 'ended', reason: 'busy' }],
  ['no-answer', { kind: 'call', state: 'ended', reason: 'no_answer' }],
  ['canceled', { kind: 'call', state: 'ended', reason: 'canceled' }],
  ['failed', { kind: 'call', state: 'ended', reason: 'failed' }],
])('a call that is %s', (CallStatus, event) => {
  expect(callEvent({ CallStatus })).toEqual(event);
});

test("a call that failed says that there is no such number where SIP's code says so, and only there", () => {
  for (const SipResponseCode of ['404', '410', '484', '604'])
    expect(callEvent({ CallStatus: 'failed', SipResponseCode })).toEqual({
      kind: 'call',
      state: 'ended',
      reason: 'bad_number',
    });
  for (const SipResponseCode of ['408', '480', '486', '500', '503', '603', ''])
    expect(callEvent({ CallStatus: 'failed', SipResponseCode })).toEqual({
      kind: 'call',
      state: 'ended',
      reason: 'failed',
    });
  expect(callEvent({ CallStatus: 'completed', SipResponseCode: '404' })).toEqual({
    kind: 'call',
    state: 'ended',
    reason: 'hung_up',
  });
});

test('what says nothing new is no event', () => {
  for (const CallStatus of ['queued', 'initiated', 'constructor', 'toString', '__proto__', ''])
    expect(callEvent({ CallStatus })).toBeUndefined();
  for (const MessageStatus of ['receiving', 'constructor', 'toString', '__proto__', ''])
    expect(messageEvent({ MessageStatus })).toBeUndefined();
  expect([callEvent({}), messageEvent({}), machineEvent({})]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('a machine is one that the carrier says is one', () => {
  for (const AnsweredBy of [
    'machine_start',
    'machine_end_beep',
    'machine_end_silence',
    'machine_end_other',
    'fax',
  ])
    expect(machineEvent({ AnsweredBy })).toEqual({ kind: 'machine' });
  for (const AnsweredBy of ['human', 'unknown', '', 'not machine_start'])
    expect(machineEvent({ AnsweredBy })).toBeUndefined();
});

test("a repeated callback is known again: by the carrier's token, else by id, event and sequence", () => {
  const form = { CallSid: 'CA1', CallStatus: 'ringing', SequenceNumber: '1' };
  expect(eventKey(form, 'a')).toBe(eventKey({ ...form, SequenceNumber: '2' }, 'a'));
  expect(eventKey(form, 'a')).not.toBe(eventKey(form, 'b'));
  expect(eventKey(form, undefined)).toBe(eventKey({ ...form }, ''));
  expect(eventKey(form, undefined)).not.toBe(
    eventKey({ ...form, CallStatus: 'completed' }, undefined),
  );
  expect(eventKey(form, undefined)).not.toBe(eventKey({ ...form, CallSid: 'CA2' }, undefined));
  expect(eventKey(form, undefined)).not.toBe(eventKey({ ...form, SequenceNumber: '2' }, undefined));
  expect(eventKey({ MessageSid: 'S'.repeat(9_999) }, undefined).length).toBeLessThanOrEqual(200);
});
