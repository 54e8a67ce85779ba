import { checkEntitlement } from '../../../src/realtime/entitlement.js';
import { liveEvent, type LiveEvent, streamEvent } from '../../../src/realtime/events.js';
import { eventFrame, heartbeatFrame, retryFrame } from '../../../src/realtime/frames.js';

const [CALL, ANN, BOB] = [
  '01890a5d-ac96-774b-bcce-b302099a8057',
  '01890a5d-ac96-774b-bcce-b302099a8058',
  '01890a5d-ac96-774b-bcce-b302099a8059',
];
const removed = (participantId: string): LiveEvent => ({
  kind: 'conference.removed',
  callId: CALL,
  participantId,
});
const joined: LiveEvent = { kind: 'conference.joined', callId: CALL, participantId: ANN };

describe('a live event is told', () => {
  test('to a participant, about whomever it is', () => {
    for (const event of [joined, removed(ANN), removed(BOB)])
      expect(checkEntitlement(event, { participantId: BOB, isRemoved: false })).toBe('yes');
  });

  test('to nobody who is no participant', () => {
    for (const event of [joined, removed(BOB)])
      expect(checkEntitlement(event, undefined)).toBe('no');
  });

  test('to someone who was removed only if it is their own removal, as the last', () => {
    expect(checkEntitlement(removed(BOB), { participantId: BOB, isRemoved: true })).toBe('last');
    expect(checkEntitlement(removed(ANN), { participantId: BOB, isRemoved: true })).toBe('no');
    expect(checkEntitlement(joined, { participantId: BOB, isRemoved: true })).toBe('no');
    expect(
      checkEntitlement(
        { kind: 'conference.left', callId: CALL, participantId: BOB },
        { participantId: BOB, isRemoved: true },
      ),
    ).toBe('no');
  });
});

test('an event of a team is told to those for whom it was read', () => {
  expect(checkEntitlement({ kind: 'team.changed', teamId: CALL }, undefined)).toBe('yes');
});

describe('a frame', () => {
  test('is an id, a kind and one line of JSON', () => {
    expect(eventFrame(joined, '1.a.b-0')).toBe(
      'id: 1.a.b-0\nevent: conference.joined\n' +
        `data: {"kind":"conference.joined","callId":"${CALL}","participantId":"${ANN}"}\n\n`,
    );
    expect(
      eventFrame(
        { kind: 'ding.leg', callId: CALL, participantId: ANN, state: 'ended', reason: 'a\nb' },
        'x',
      ).split('\n'),
    ).toHaveLength(5);
  });

  test('of a heartbeat is no event, with or without an id', () => {
    expect(heartbeatFrame(undefined)).toBe(': still here\n\n');
    expect(heartbeatFrame('1.a.b-0')).toBe(': still here\nid: 1.a.b-0\n\n');
    expect(retryFrame(2_000)).toBe('retry: 2000\n\n');
  });
});

test('what is no field of an event does not get out: a number that was added by mistake is dropped', () => {
  expect(liveEvent.parse({ ...joined, number: '+12025550123', name: 'Ann' })).toEqual(joined);
  expect(
    streamEvent.options
      .map((one) =>
        Object.keys(one.shape).filter((field) => /number|name|text|account/.test(field)),
      )
      .flat(),
  ).toEqual([]);
});
