import { computeFigures } from '../../../src/apps/figures.js';

test('of nothing there is nothing', () => {
  expect(computeFigures([], [], [])).toEqual({
    starts: 0,
    sends: { sms: 0, voice: 0 },
    undelivered: [],
    pending: 0,
    approved: 0,
    failed: { canceled: 0, expired: 0, max_attempts: 0, undeliverable: 0, blocked: 0 },
    conversion: null,
    countries: [],
  });
});

test('countries with fewer than five starts, and numbers that tell none, stand together at the end', () => {
  const figures = computeFigures(
    [
      { country: 'FR', state: 'approved', count: 5 },
      { country: 'DE', state: 'approved', count: 4 },
      { country: 'DE', state: 'expired', count: 2 },
      { country: 'DE', state: 'pending', count: 3 },
      { country: 'AT', state: 'approved', count: 4 },
      { country: 'CH', state: 'blocked', count: 1 },
      { country: null, state: 'max_attempts', count: 7 },
    ],
    [{ channel: 'sms', count: 20 }],
    [
      { channel: 'voice', reason: 'busy', count: 1 },
      { channel: 'sms', reason: 'filtered', count: 3 },
    ],
  );
  expect(figures).toEqual({
    starts: 26,
    sends: { sms: 20, voice: 0 },
    undelivered: [
      { channel: 'sms', reason: 'filtered', count: 3 },
      { channel: 'voice', reason: 'busy', count: 1 },
    ],
    pending: 3,
    approved: 13,
    failed: { canceled: 0, expired: 2, max_attempts: 7, undeliverable: 0, blocked: 1 },
    conversion: 0.5652,
    countries: [
      { country: 'DE', starts: 9, approved: 4, conversion: 0.6667 },
      { country: 'FR', starts: 5, approved: 5, conversion: 1 },
      { country: 'other', starts: 12, approved: 4, conversion: 0.3333 },
    ],
  });
});

test('what is under way says nothing of the conversion', () => {
  expect(
    computeFigures([{ country: 'DE', state: 'pending', count: 9 }], [], []).conversion,
  ).toBeNull();
});
