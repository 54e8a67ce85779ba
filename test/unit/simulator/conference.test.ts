import type { Call } from '../../../src/simulator/calls/call.js';
import {
  mayStart,
  buildRoomView,
  type Conference,
  type Participant,
} from '../../../src/simulator/rooms/conference.js';
import { readParticipantOrder } from '../../../src/simulator/rest/orders.js';
import { buildParticipantResource } from '../../../src/simulator/rest/conference-resource.js';
import { Form } from '../../../src/simulator/rest/form.js';
import { parseRoomEvents } from '../../../src/simulator/network/status-events.js';

const at = new Date('2026-11-24T03:00:00Z');
const someone = (more: Partial<Participant> = {}, number = '+14155550101'): Participant => ({
  sid: `CA${number}`,
  call: { sid: `CA${number}`, to: number, status: 'in-progress' } as Call,
  createdAt: at,
  updatedAt: at,
  joinedAt: at,
  isMuted: false,
  isOnHold: false,
  startsOnEnter: true,
  endsOnExit: false,
  ...more,
});
const away = (more: Partial<Participant> = {}): Participant => {
  const { joinedAt: _never, ...one } = someone(more);
  return one;
};
const room = (participants: Participant[], status: Conference['status'] = 'init'): Conference => ({
  sid: 'CF1',
  accountSid: 'AC1',
  friendlyName: 'r1',
  createdAt: at,
  updatedAt: at,
  status,
  events: new Set(),
  participants,
  nextSequence: 1,
});

test('it starts when two are in it and one of them starts it, and only once', () => {
  const waiting = { startsOnEnter: false };
  expect(mayStart(room([someone()]))).toBe(false);
  expect(mayStart(room([someone(), away()]))).toBe(false);
  expect(mayStart(room([someone(waiting), someone(waiting)]))).toBe(false);
  expect(mayStart(room([someone(waiting), someone(waiting), away()]))).toBe(false);
  expect(mayStart(room([someone(), someone(waiting)]))).toBe(true);
  expect(mayStart(room([someone(), someone()], 'in-progress'))).toBe(false);
});

test('who hears whom: nobody before the start, none on hold, and a muted one is not heard', () => {
  const [a, b, c] = ['+14155550101', '+14155550102', '+14155550103'];
  const all = [someone({}, a), someone({ isMuted: true }, b), someone({ isOnHold: true }, c)];
  const hears = (status: Conference['status']) =>
    buildRoomView(room(all, status)).participants.map((one) => one.hears);
  expect(hears('init')).toEqual([[], [], []]);
  expect(hears('in-progress')).toEqual([[], [a], []]);
});

test('one on the way has the state of their call, and no number', () => {
  const status = (call: Call['status']) =>
    buildParticipantResource(room([]), away({ call: { status: call, to: '+14155550101' } as Call }))
      .status;
  expect([status('queued'), status('initiated'), status('ringing'), status('in-progress')]).toEqual(
    ['queued', 'connecting', 'ringing', 'connecting'],
  );
  expect(buildParticipantResource(room([]), someone()).status).toBe('connected');
});

test('only events that there are can be asked for', () => {
  expect(parseRoomEvents('start  join,mute dance')).toEqual(new Set(['start', 'join', 'mute']));
  expect(parseRoomEvents('')).toEqual(new Set());
});

test('a participant rings a minute, enters unmuted, and the conference tells its start and end, unless asked otherwise', () => {
  const order = (more: string) =>
    readParticipantOrder(
      Form.parse(`To=%2B14155550101&From=%2B15005550006${more}`),
      new Set(['+15005550006']),
    );
  expect(order('')).toEqual({
    call: {
      to: '+14155550101',
      from: '+15005550006',
      source: { verbs: [] },
      events: new Set(['completed']),
      ringS: 60,
      timeLimitS: 14_400,
    },
    entrance: {
      isMuted: false,
      startsOnEnter: true,
      endsOnExit: false,
      maxParticipants: 250,
      events: new Set(['start', 'end']),
    },
  });
  expect(
    order(
      '&Muted=true&EndConferenceOnExit=true&StartConferenceOnEnter=false&Label=a&ConferenceStatusCallbackEvent=join&ConferenceStatusCallbackEvent=leave',
    ).entrance,
  ).toMatchObject({
    isMuted: true,
    endsOnExit: true,
    startsOnEnter: false,
    label: 'a',
    events: new Set(['join', 'leave']),
  });
});
