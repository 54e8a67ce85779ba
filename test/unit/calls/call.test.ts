import {
  type CallView,
  isLive,
  LEG_STATES,
  legStatesBefore,
  LONGEST_CALL_MS,
  type Participant,
  shownTo,
} from '../../../src/calls/call.js';

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

// The rule said a second time, in other words: a table instead of conditions.
const everyone = (): Participant[] =>
  (['initiator', 'recipient', 'invitee'] as const).flatMap((role) =>
    [true, false].flatMap((hasBegun) =>
      [true, false].flatMap((isInRoom) =>
        [true, false].map((isRemoved) => {
          const id = `${role} ${hasBegun ? 'begun' : ''} ${isInRoom ? 'in' : ''} ${isRemoved ? 'removed' : ''}`;
          return { id, accountId: id, role, hasBegun, isInRoom, isRemoved };
        }),
      ),
    ),
  );
const seenBy = (purpose: CallView['purpose'], view: Partial<CallView> = {}) =>
  everyone().flatMap((viewer) =>
    (shownTo(viewer.id, { ...live, purpose, ...view }, everyone(), now) ?? []).map(
      (one) => [viewer, one] as const,
    ),
  );

test('a Ding shows its initiator to recipients whose leg or notification has begun, and to nobody else', () => {
  const pairs = seenBy('ding');
  expect(new Set(pairs.map(([viewer]) => viewer.id))).toEqual(
    new Set(['recipient begun in ', 'recipient begun  ']),
  );
  expect(new Set(pairs.map(([, one]) => one.role))).toEqual(new Set(['initiator']));
});

test('a conference shows those in its room to one another, never someone to themself, and nobody who was removed', () => {
  const pairs = seenBy('conference');
  const inRoom = everyone()
    .filter((one) => one.isInRoom && !one.isRemoved)
    .map((one) => one.id);
  expect(pairs.map(([viewer, one]) => [viewer.id, one.id])).toEqual(
    inRoom.flatMap((viewer) => inRoom.filter((one) => one !== viewer).map((one) => [viewer, one])),
  );
});

test.each(['ding', 'conference'] as const)(
  'a %s that has ended, or whose hard end has come, shows nobody to anybody, and strangers never see one',
  (purpose) => {
    for (const over of [{ endedAt: now }, { endsAt: now }])
      expect(seenBy(purpose, over)).toEqual([]);
    expect(shownTo('a stranger', { ...live, purpose }, everyone(), now)).toBeUndefined();
  },
);
