import {
  isFinal as isFinalCall,
  mayBecome as mayCallBecome,
  type CallStatus,
} from '../../../src/simulator/calls/call.js';
import {
  isFinal as isFinalMessage,
  mayBecome as mayMessageBecome,
  type MessageStatus,
} from '../../../src/simulator/messages/message.js';
import { countSegments } from '../../../src/simulator/messages/segments.js';
import { isSid, makeSid } from '../../../src/simulator/network/sid.js';

const calls: CallStatus[] = [
  'queued',
  'initiated',
  'ringing',
  'in-progress',
  'completed',
  'busy',
  'no-answer',
  'canceled',
  'failed',
];
const messages: MessageStatus[] = [
  'queued',
  'sent',
  'delivered',
  'undelivered',
  'failed',
  'canceled',
];

test('a call only moves forward, and what is final stays', () => {
  for (const from of calls)
    for (const to of calls) {
      if (mayCallBecome(from, to)) expect(calls.indexOf(to)).toBeGreaterThan(calls.indexOf(from));
    }
  expect(calls.filter(isFinalCall)).toEqual([
    'completed',
    'busy',
    'no-answer',
    'canceled',
    'failed',
  ]);
  expect(mayCallBecome('ringing', 'completed')).toBe(false);
  expect(mayCallBecome('in-progress', 'canceled')).toBe(false);
});

test('a message only moves forward, and what is final stays', () => {
  for (const from of messages)
    for (const to of messages) {
      if (mayMessageBecome(from, to))
        expect(messages.indexOf(to)).toBeGreaterThan(messages.indexOf(from));
    }
  expect(messages.filter(isFinalMessage)).toEqual([
    'delivered',
    'undelivered',
    'failed',
    'canceled',
  ]);
  expect(mayMessageBecome('sent', 'canceled')).toBe(false);
});

test('segments are counted in the alphabet that the text needs', () => {
  expect([160, 161, 306, 307].map((length) => countSegments('a'.repeat(length)))).toEqual([
    1, 2, 2, 3,
  ]);
  expect(countSegments('€'.repeat(80))).toBe(1);
  expect(countSegments('€'.repeat(81))).toBe(2);
  expect([70, 71].map((length) => countSegments('码'.repeat(length)))).toEqual([1, 2]);
});

test('a sid is two letters and 32 hexadecimal digits, never twice the same', () => {
  const sids = Array.from({ length: 100 }, () => makeSid('CA'));
  expect(sids.every((sid) => isSid('CA', sid))).toBe(true);
  expect(new Set(sids).size).toBe(100);
  expect(isSid('SM', sids[0] ?? '')).toBe(false);
});
