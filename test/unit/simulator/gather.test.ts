import {
  requestsAction,
  NO_KEYS,
  addKey,
  endByTimeout,
  type GatheredKeys,
} from '../../../src/simulator/calls/gather.js';
import type { Gather } from '../../../src/simulator/calls/verbs.js';

const gather = (more: Partial<Gather> = {}): Gather => ({
  verb: 'gather',
  finishOnKey: '#',
  timeoutS: 5,
  method: 'POST',
  actionOnEmptyResult: false,
  nested: [],
  ...more,
});
const pressed = (asked: Gather, keys: string): GatheredKeys =>
  [...keys].reduce((heard, key) => addKey(asked, heard, key), NO_KEYS);

test('the finishing key ends it and is no digit', () => {
  expect(pressed(gather(), '12#')).toEqual({ digits: '12', finishedBy: 'key', finishKey: '#' });
  expect(pressed(gather({ finishOnKey: '' }), '12#').finishedBy).toBeUndefined();
  expect(pressed(gather({ finishOnKey: '*' }), '1#*')).toEqual({
    digits: '1#',
    finishedBy: 'key',
    finishKey: '*',
  });
});

test('the last of numDigits ends it, and what comes after is not heard', () => {
  expect(pressed(gather({ numDigits: 2 }), '1')).toEqual({ digits: '1' });
  expect(pressed(gather({ numDigits: 2 }), '123')).toEqual({ digits: '12', finishedBy: 'count' });
});

test('a time-out keeps the digits, and never overrules an end', () => {
  expect(endByTimeout(pressed(gather(), '7'))).toEqual({ digits: '7', finishedBy: 'timeout' });
  expect(endByTimeout(pressed(gather({ numDigits: 1 }), '7')).finishedBy).toBe('count');
});

test('without digits the action is asked only where that was wished', () => {
  expect(requestsAction(gather(), endByTimeout(NO_KEYS))).toBe(false);
  expect(requestsAction(gather(), pressed(gather(), '#'))).toBe(false);
  expect(requestsAction(gather({ actionOnEmptyResult: true }), endByTimeout(NO_KEYS))).toBe(true);
  expect(requestsAction(gather(), endByTimeout(pressed(gather(), '1')))).toBe(true);
});
