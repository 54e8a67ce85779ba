/**
 * Conferences of the simulator through Twilio's own SDK, unmodified but for the address. Real: the
 * SDK and its signature validator, HTTP, the simulator in this process, a webhook receiver. Speech
 * and the steps of the network take no time.
 */
import twilio from 'twilio';
import type { Phones } from '../support/phones.js';
import { eventsOf, SimulatedRooms } from '../support/simulated-rooms.js';
import { openNetwork } from '../support/simulated-network.js';
import {
  accountSid,
  ann,
  bob,
  cleo,
  isSigned,
  Receiver,
  twiml,
} from '../support/simulator-receiver.js';

let phones: Phones;
let receiver: Receiver;
let client: twilio.Twilio;
let rooms: SimulatedRooms;
let close: () => Promise<void>;

beforeEach(async () => {
  const network = await openNetwork();
  ({ phones, receiver, client, close } = network);
  rooms = new SimulatedRooms(network);
});
afterEach(() => close());

describe('a conference by instructions', () => {
  test('it starts with the second who comes and ends with the last who goes; its signed callbacks tell it in order', async () => {
    const first = await rooms.join(ann, 'participantLabel="a" muted="true"');
    expect(await phones.rooms()).toMatchObject([
      {
        name: 'r1',
        status: 'init',
        participants: [{ number: ann, label: 'a', isHearing: false, hears: [] }],
      },
    ]);
    const second = await rooms.join(bob, 'participantLabel="b"');
    expect(await phones.rooms()).toMatchObject([
      {
        status: 'in-progress',
        participants: [
          { number: ann, isMuted: true, hears: [bob] },
          { number: bob, hears: [] },
        ],
      },
    ]);
    expect(await rooms.find()).toMatchObject({
      friendlyName: 'r1',
      status: 'in-progress',
      region: 'us1',
      reasonConferenceEnded: null,
    });
    await second.hangUp();
    expect(await second.expectOutOfRoom()).toEqual({ reason: 'participant_hung_up' });
    await first.hangUp();
    expect(await phones.expectRoomEnded('r1')).toBe('last-participant-left');
    expect(await phones.rooms()).toEqual([]);

    const callbacks = await receiver.at('/room', 6);
    expect(eventsOf(callbacks)).toEqual([
      ['participant-join', 'a'],
      ['participant-join', 'b'],
      ['conference-start', undefined],
      ['participant-leave', 'b'],
      ['participant-leave', 'a'],
      ['conference-end', undefined],
    ]);
    expect(callbacks.map(({ fields }) => fields.SequenceNumber)).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
    ]);
    expect(callbacks.every(isSigned)).toBe(true);
    const { sid } = await rooms.find();
    expect(callbacks[0]?.fields).toEqual({
      AccountSid: accountSid,
      ConferenceSid: sid,
      FriendlyName: 'r1',
      CallSid: first.callSid,
      ParticipantLabel: 'a',
      Muted: 'true',
      Hold: 'false',
      Coaching: 'false',
      StartConferenceOnEnter: 'true',
      EndConferenceOnExit: 'false',
      StatusCallbackEvent: 'participant-join',
      SequenceNumber: '1',
      Timestamp: expect.stringMatching(/ \+0000$/) as string,
    });
    expect(callbacks[3]?.fields).toMatchObject({
      ReasonParticipantLeft: 'participant_hung_up',
      ParticipantCallStatus: 'completed',
    });
    expect(callbacks[5]?.fields).toMatchObject({
      ReasonConferenceEnded: 'last-participant-left',
      CallSidEndingConference: first.callSid,
      ParticipantLabelEndingConference: 'a',
    });
    expect(callbacks[5]?.fields.CallSid).toBeUndefined();
  });

  test('two who only wait do not start it, one who starts it does; on hold one hears nobody', async () => {
    await rooms.join(ann, 'startConferenceOnEnter="false"');
    await rooms.join(bob, 'startConferenceOnEnter="false"');
    expect((await phones.rooms())[0]?.participants.map(({ isHearing }) => isHearing)).toEqual([
      false,
      false,
    ]);
    const third = await rooms.join(cleo);
    const { sid, status } = await rooms.find();
    expect(status).toBe('in-progress');
    await client.conferences(sid).participants(third.callSid).update({ hold: true });
    expect(
      (await phones.rooms())[0]?.participants.map(({ number, hears }) => [number, hears]),
    ).toEqual([
      [ann, [bob]],
      [bob, [ann]],
      [cleo, []],
    ]);
  });

  test('one whose leaving ends it puts the others out, and their instructions go on', async () => {
    receiver.answer = ({ path }, response) => {
      if (path === '/after') return twiml('<Say>It is over</Say>')(response);
      response.writeHead(204).end();
    };
    const host = await rooms.join(ann, 'endConferenceOnExit="true" participantLabel="host"');
    const guest = await rooms.join(bob, '', `action="${receiver.url('/after')}"`);
    const other = await rooms.call(cleo, `${rooms.instruct()}<Say>Next verb</Say>`);
    await other.expectInRoom();
    await host.hangUp();
    expect(await guest.expectOutOfRoom()).toEqual({ reason: 'moderator_ended_conference' });
    await guest.expectSaid(/It is over/);
    await other.expectSaid(/Next verb/);
    expect(await phones.expectRoomEnded('r1')).toBe('participant-with-end-conference-on-exit-left');
    const [after] = await receiver.at('/after', 1);
    expect(after?.fields).toMatchObject({
      DialCallStatus: 'answered',
      CallStatus: 'in-progress',
      CallSid: guest.callSid,
    });
    expect(after?.fields).not.toHaveProperty('DialCallSid');
    const last = (await receiver.at('/room', 8)).at(-1);
    expect(last?.fields).toMatchObject({
      StatusCallbackEvent: 'conference-end',
      CallSidEndingConference: host.callSid,
      ParticipantLabelEndingConference: 'host',
    });
  });

  test("a hung-up call's Dial still asks its action, and what that answers is not carried out", async () => {
    receiver.answer = ({ path }, response) =>
      path === '/after'
        ? twiml('<Say>To nobody</Say>')(response)
        : void response.writeHead(204).end();
    const call = await rooms.join(ann, '', `action="${receiver.url('/after')}"`);
    await call.hangUp();
    const [after] = await receiver.at('/after', 1);
    expect(after?.fields).toMatchObject({ DialCallStatus: 'answered', CallStatus: 'completed' });
    expect(after && isSigned(after)).toBe(true);
    await phones.settled();
    expect(call.said()).toEqual([]);
  });

  test('only the callback of the one who came first counts', async () => {
    await rooms.join(ann);
    await rooms
      .call(
        bob,
        `<Dial><Conference statusCallback="${receiver.url('/other')}" statusCallbackEvent="join leave">r1</Conference></Dial>`,
      )
      .then((call) => call.expectInRoom());
    await receiver.at('/room', 3);
    await phones.settled();
    expect(receiver.received.filter(({ path }) => path === '/other')).toEqual([]);
  });

  test('only the events that were asked for are called back, none by default', async () => {
    await rooms
      .call(
        ann,
        `<Dial><Conference statusCallback="${receiver.url('/room')}">r1</Conference></Dial>`,
      )
      .then((call) => call.expectInRoom());
    await phones.settled();
    expect(receiver.received).toEqual([]);
  });

  test('a star hangs up where the Dial says so; other keys are lost, as all are elsewhere', async () => {
    const first = await rooms.join(ann, '', 'hangupOnStar="true"');
    const second = await rooms.join(bob);
    expect(await first.pressNow('1')).toEqual([false]);
    expect(await second.pressNow('*1')).toEqual([false, false]);
    expect(await first.pressNow('*')).toEqual([true]);
    await first.expectOutOfRoom();
    await first.expectEnded('completed');
    expect((await phones.rooms())[0]?.participants.map(({ number }) => number)).toEqual([bob]);
  });

  test('a Dial ends at its time limit, and with other instructions for its call', async () => {
    const first = await rooms.call(
      ann,
      `${rooms.instruct('', 'timeLimit="600"')}<Say>Time is over</Say>`,
    );
    await first.letPass('dial');
    await first.expectSaid(/Time is over/);
    const second = await rooms.join(bob);
    await client
      .calls(second.callSid)
      .update({ twiml: '<Response><Say>Elsewhere</Say></Response>' });
    expect(await second.expectOutOfRoom()).toEqual({ reason: 'participant_updated_via_api' });
    await second.expectSaid(/Elsewhere/);
  });

  test('a full one and a label that is taken turn the next away, who goes on with what follows', async () => {
    await rooms.join(ann, 'participantLabel="a"');
    const double = await rooms.call(
      bob,
      `${rooms.instruct('participantLabel="a"')}<Say>Label taken</Say>`,
    );
    await double.expectSaid(/Label taken/);
    const third = await rooms.call(cleo, `${rooms.instruct('maxParticipants="1"')}<Say>Full</Say>`);
    await third.expectSaid(/Full/);
    expect((await phones.alerts()).map(({ code }) => code)).toEqual([16025, 16020]);
  });
});

describe("the handsets' page", () => {
  test('it is told which call is in which room', async () => {
    const call = await rooms.join(ann, 'muted="true"');
    const page = await phones.control<{
      handsets: { calls: { room: object | null }[] }[];
      rooms: object[];
    }>('GET', '/handsets');
    expect(page.handsets[0]?.calls[0]?.room).toMatchObject({ name: 'r1', isMuted: true });
    expect(page.rooms).toMatchObject([
      { name: 'r1', participants: [{ number: ann, isMuted: true }] },
    ]);
    await call.hangUp();
    await phones.expectRoomEnded(/r1/);
    const after = await phones.control<{
      handsets: { calls: { room: object | null }[] }[];
      rooms: object[];
    }>('GET', '/handsets');
    expect([after.handsets[0]?.calls[0]?.room, after.rooms]).toEqual([null, []]);
  });
});
