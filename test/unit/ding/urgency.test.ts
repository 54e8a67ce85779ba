import { isFollowedBySms, waitBeforeSmsMs } from '../../../src/ding/urgency.js';

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

test('what follows a call of unknown fate does not go to the same carrier in the same second', () => {
  expect(waitBeforeSmsMs('unknown')).toBe(5_000);
  for (const because of ['no_answer', 'busy', 'late', 'ring_limit', null])
    expect(waitBeforeSmsMs(because)).toBe(0);
});
