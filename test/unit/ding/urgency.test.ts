import { isFollowedBySms } from '../../../src/ding/urgency.js';

test('a call without a confirmation is followed by an SMS, unless the recipient wants none, it would say nothing or too late, or it can not arrive', () => {
  const followed = [
    'no_answer',
    'busy',
    'hung_up',
    'machine',
    'unknown',
    'failed',
    'canceled',
    'blocked',
    'fraud',
    'misconfigured',
    'lost',
    'ring_limit',
  ];
  const silent = [
    'stopped',
    'confirmed',
    'recalled',
    'call_ended',
    'bad_number',
    'opted_out',
    'expired',
  ];
  expect(followed.filter((reason) => !isFollowedBySms(reason))).toEqual([]);
  expect(silent.filter(isFollowedBySms)).toEqual([]);
});
