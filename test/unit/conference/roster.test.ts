import {
  type Action,
  type ConferenceNow,
  changeMute,
  mayDo,
  type Member,
  type MutedBy,
  assessPresence,
  showMutedBy,
} from '../../../src/conference/roster.js';

const now = new Date('2026-03-01T12:00:00Z');
const later = new Date(now.getTime() + 1);
const member = (participantId: string, more: Partial<Member> = {}): Member => ({
  participantId,
  role: participantId === 'ann' ? 'initiator' : 'invitee',
  isRemoved: false,
  mutedBy: null,
  ...more,
});
const ann = member('ann');
const bob = member('bob');
const carl = member('carl');
const live = (actor: Member | undefined): ConferenceNow => ({
  endedAt: undefined,
  endsAt: later,
  actor,
});
const ACTIONS: readonly Action[] = [
  'see',
  'add',
  'remove',
  'mute',
  'unmute',
  'hang_up',
  'call_me',
  'end',
];
const all = (conference: ConferenceNow, target?: Member) =>
  Object.fromEntries(ACTIONS.map((action) => [action, mayDo(action, conference, now, target)]));

test('the initiator may do everything to an invitee; an invitee may only look, hang up and be called again', () => {
  const everything = Object.fromEntries(ACTIONS.map((action) => [action, 'ok']));
  expect(all(live(ann), bob)).toEqual(everything);
  expect(all(live(bob), carl)).toEqual({
    see: 'ok',
    add: 'refused',
    remove: 'refused',
    mute: 'refused',
    unmute: 'refused',
    hang_up: 'ok',
    call_me: 'ok',
    end: 'refused',
  });
  expect(all(live(bob), bob)).toEqual({
    see: 'ok',
    add: 'refused',
    remove: 'refused',
    mute: 'ok',
    unmute: 'ok',
    hang_up: 'ok',
    call_me: 'ok',
    end: 'refused',
  });
});

test('to a stranger and to who was removed there is no such conference, also after its end', () => {
  const nothing = Object.fromEntries(ACTIONS.map((action) => [action, 'hidden']));
  for (const actor of [
    undefined,
    member('bob', { isRemoved: true }),
    member('ann', { isRemoved: true }),
  ]) {
    expect(all(live(actor), carl)).toEqual(nothing);
    expect(all({ ...live(actor), endedAt: now }, carl)).toEqual(nothing);
  }
});

test('once it has ended, or its time is over, looking is left, and what is not theirs to do stays refused', () => {
  for (const over of [{ endedAt: now }, { endsAt: now }]) {
    expect(all({ ...live(ann), ...over }, bob)).toEqual({
      see: 'ok',
      add: 'ended',
      remove: 'ended',
      mute: 'ended',
      unmute: 'ended',
      hang_up: 'ended',
      call_me: 'ended',
      end: 'ended',
    });
    expect(all({ ...live(bob), ...over }, bob)).toEqual({
      see: 'ok',
      add: 'refused',
      remove: 'refused',
      mute: 'ended',
      unmute: 'ended',
      hang_up: 'ended',
      call_me: 'ended',
      end: 'refused',
    });
  }
});

test('nobody removes the initiator; a target that is not there, or was removed, is not there', () => {
  expect(mayDo('remove', live(ann), now, ann)).toBe('refused');
  for (const target of [undefined, member('bob', { isRemoved: true })])
    for (const action of ['remove', 'mute', 'unmute'] as const)
      expect(mayDo(action, live(ann), now, target)).toBe('hidden');
});

test.each<[MutedBy | null, { byThemself: string; byInitiator: string; byAnother: string }]>([
  [null, { byThemself: 'ok', byInitiator: 'ok', byAnother: 'refused' }],
  ['self', { byThemself: 'ok', byInitiator: 'refused', byAnother: 'refused' }],
  ['initiator', { byThemself: 'refused', byInitiator: 'ok', byAnother: 'refused' }],
  ['each', { byThemself: 'ok', byInitiator: 'refused', byAnother: 'refused' }],
])(
  'a microphone that was closed by %s is opened by the one who closed it alone',
  (mutedBy, expected) => {
    const target = member('bob', { mutedBy });
    expect({
      byThemself: mayDo('unmute', live(target), now, target),
      byInitiator: mayDo('unmute', live(ann), now, target),
      byAnother: mayDo('unmute', live(carl), now, target),
    }).toEqual(expected);
  },
);

test('the initiator opens their own microphone, whichever way it was closed', () => {
  for (const mutedBy of [null, 'self', 'initiator'] as const) {
    const target = member('ann', { mutedBy });
    expect(mayDo('unmute', live(target), now, target)).toBe('ok');
  }
});

test('whatever the two do one after the other, nobody opens what the other has closed', () => {
  type Step = ['mute' | 'unmute', 'self' | 'initiator'];
  const steps: Step[] = (['mute', 'unmute'] as const).flatMap((action) =>
    (['self', 'initiator'] as const).map((who): Step => [action, who]),
  );
  const walk = (mutedBy: MutedBy | null, closed: Set<string>, left: number): void => {
    expect(mutedBy !== null).toBe(closed.size > 0);
    expect(showMutedBy(mutedBy) === 'self').toBe(closed.has('self'));
    if (left === 0) return;
    for (const [action, who] of steps) {
      const target = member('bob', { mutedBy });
      if (mayDo(action, live(who === 'self' ? target : ann), now, target) !== 'ok') continue;
      const after = new Set(closed);
      if (action === 'mute') after.add(who);
      else after.delete(who);
      walk(changeMute(mutedBy, action, who), after, left - 1);
    }
  };
  walk(null, new Set(), 5);
});

test('where one stands: waiting, ringing, answered, joined, away, removed', () => {
  const at = (
    state: 'queued' | 'ringing' | 'answered' | 'ended',
    joinedAt: Date | null = null,
    leftAt: Date | null = null,
  ) => assessPresence({ isRemoved: false, leg: { state, joinedAt, leftAt } }, false);
  expect(assessPresence({ isRemoved: false, leg: null }, false)).toBe('away');
  expect((['queued', 'ringing', 'answered', 'ended'] as const).map((state) => at(state))).toEqual([
    'waiting',
    'ringing',
    'answered',
    'away',
  ]);
  expect(at('answered', now)).toBe('joined');
  expect(at('ringing', now)).toBe('joined'); // news of the room may be quicker than news of the leg
  expect(at('answered', now, later)).toBe('away');
  expect(at('answered', null, later)).toBe('away'); // it left before we heard that it joined
  expect(at('ended', now)).toBe('away');
  for (const leg of [null, { state: 'answered' as const, joinedAt: now, leftAt: null }])
    expect(assessPresence({ isRemoved: true, leg }, false)).toBe('removed');
});

test('nobody is in a conference that has ended, or waits for it, whatever the carrier has yet to report', () => {
  for (const state of ['queued', 'ringing', 'answered', 'ended'] as const)
    for (const joinedAt of [null, now]) {
      const leg = { state, joinedAt, leftAt: null };
      expect(assessPresence({ isRemoved: false, leg }, true)).toBe('away');
      expect(assessPresence({ isRemoved: true, leg }, true)).toBe('removed');
    }
});
