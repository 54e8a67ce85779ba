import type { CallMoment } from '../../../src/calls/call-script.js';
import { outageScript, RETRIES } from '../../../src/calls/outage-script.js';

const moments: CallMoment[] = [
  { kind: 'answered' },
  { kind: 'key', digit: '1', turn: 2 },
  { kind: 'key', digit: undefined, turn: 3, wrongKeys: '7' },
];

test.each(moments)('the same moment is asked for again, three times (%j)', (moment) => {
  expect(RETRIES).toBe(3);
  for (let retry = 0; retry < RETRIES; retry += 1) {
    const script = outageScript({ language: 'en', about: 'ding' }, moment, retry);
    expect(script[0]).toEqual({ say: 'One moment, please.', language: 'en' });
    expect(script.at(-1)).toEqual({ goOn: moment, retry: retry + 1 });
  }
  expect(outageScript({ language: 'en', about: 'ding' }, moment, RETRIES).at(-1)).toEqual({
    hangUp: true,
  });
});

test.each([
  ['en', 'ding', /sorry.*not confirmed\. Goodbye\.$/],
  ['en', 'verification', /ask for your code again/],
  ['en', 'conference', /not be connected/],
  ['en', undefined, /our side\. Goodbye\.$/],
  ['zh', 'ding', /没有得到确认。再见。$/],
  ['zh', 'verification', /重新获取验证码/],
  ['zh', 'conference', /未能为您接通/],
  ['zh', undefined, /故障。再见。$/],
] as const)('in the end it says what did not happen, in %s for %s', (language, about, words) => {
  const [said, end] = outageScript({ language, about }, { kind: 'answered' }, RETRIES);
  expect(said).toMatchObject({ language, say: expect.stringMatching(words) as string });
  expect(end).toEqual({ hangUp: true });
});
