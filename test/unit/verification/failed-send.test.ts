import type { EndReason } from '../../../src/handoff/handoff.js';
import { judgeFailedSend } from '../../../src/verification/failed-send.js';

test.each<EndReason>(['no_sms', 'opted_out', 'filtered', 'blocked'])(
  'a text that is %s is followed by a call; a call is not',
  (reason) => {
    expect(judgeFailedSend('sms', reason)).toBe('by_call');
    expect(judgeFailedSend('voice', reason)).toBe('over');
  },
);

test.each<EndReason>(['bad_number', 'fraud', 'number_refused'])(
  'a number that is %s is reached by nothing',
  (reason) => {
    for (const channel of ['sms', 'voice'] as const)
      expect(judgeFailedSend(channel, reason)).toBe('over');
  },
);

test.each<EndReason>(['undelivered', 'failed', 'misconfigured', 'unknown'])(
  'what is %s may fare better the next time',
  (reason) => {
    for (const channel of ['sms', 'voice'] as const)
      expect(judgeFailedSend(channel, reason)).toBe('passing');
  },
);
