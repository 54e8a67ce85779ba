import { type CallView, isLive, LEG_STATES, legStatesBefore, LONGEST_CALL_MS, maySeeInitiator, type Viewer } from '../../../src/calls/call.js';

const now = new Date('2026-03-01T12:00:00Z');
const later = new Date(now.getTime() + 1);
const live: CallView = { purpose: 'ding', endedAt: undefined, endsAt: later };

test('a leg only moves forward', () => {
  expect(LEG_STATES.map((state) => [state, legStatesBefore(state)])).toEqual([
    ['queued', []],
    ['ringing', ['queued']],
    ['answered', ['queued', 'ringing']],
    ['ended', ['queued', 'ringing', 'answered']],
  ]);
});

test('a call is live until it has ended, or its hard end has come', () => {
  expect(isLive(live, now)).toBe(true);
  expect(isLive({ ...live, endsAt: now }, now)).toBe(false);
  expect(isLive({ ...live, endedAt: now }, now)).toBe(false);
  expect(isLive({ ...live, endedAt: later }, now)).toBe(false);
  expect(LONGEST_CALL_MS).toBe(24 * 3_600_000);
});

test('of all that may look, only a recipient whose leg has begun sees the initiator, and only while the Ding is live', () => {
  const viewers: (Viewer | undefined)[] = [undefined, ...(['initiator', 'recipient'] as const).flatMap((role) => [true, false].map((hasBegun) => ({ role, hasBegun })))];
  const calls: CallView[] = (['ding', 'conference'] as const).flatMap((purpose) =>
    [undefined, now].flatMap((endedAt) => [now, later].map((endsAt) => ({ purpose, endedAt, endsAt }))));
  const seen = calls.flatMap((call) => viewers.filter((viewer) => maySeeInitiator(call, viewer, now)).map((viewer) => ({ call, viewer })));
  expect(calls.length * viewers.length).toBe(40);
  expect(seen).toEqual([{ call: live, viewer: { role: 'recipient', hasBegun: true } }]);
});
