/**
 * Participants in conferences of the simulator through Twilio's own SDK, unmodified but for the address. Real: the SDK
 * and its signature validator, HTTP, the simulator in this process, a webhook receiver. Speech and
 * the steps of the network take no time.
 */
import twilio from 'twilio';
import type { Phones } from '../support/phones.js';
import { eventsOf, SimulatedRooms } from '../support/simulated-rooms.js';
import { openNetwork } from '../support/simulated-network.js';
import { ann, bob, cleo, Receiver, refusal, service } from '../support/simulator-receiver.js';

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

describe('Participants', () => {
  test("someone is added by the room's name, which makes it; the participant has a label and a call, and no number", async () => {
    const participant = await client.conferences('r1').participants.create({
      from: service,
      to: ann,
      label: 'a',
      statusCallback: receiver.url('/call'),
      statusCallbackEvent: ['ringing', 'answered', 'completed'],
      conferenceStatusCallback: receiver.url('/room'),
    });
    expect(participant).toMatchObject({
      label: 'a',
      status: 'queued',
      muted: false,
      hold: false,
      coaching: false,
      startConferenceOnEnter: true,
      endConferenceOnExit: false,
      queueTime: '0',
    });
    expect(JSON.stringify(participant)).not.toContain(ann);
    expect(participant.conferenceSid).toMatch(/^CF[0-9a-f]{32}$/);
    const participants = client.conferences(participant.conferenceSid).participants;
    const ring = await phones.phone(ann).expectRing({ from: 'withheld' });
    expect(await participants('a').fetch()).toMatchObject({
      status: 'ringing',
      callSid: participant.callSid,
    });
    expect(await client.calls(participant.callSid).fetch()).toMatchObject({
      direction: 'outbound-api',
      to: ann,
      parentCallSid: null,
    });
    await ring.answer();
    expect(await ring.expectInRoom()).toEqual({
      conferenceSid: participant.conferenceSid,
      name: 'r1',
      label: 'a',
    });
    expect((await participants(participant.callSid).fetch()).status).toBe('connected');
    expect((await receiver.at('/call', 2)).map(({ fields }) => fields.CallStatus)).toEqual([
      'ringing',
      'in-progress',
    ]);
    await ring.hangUp();
    // The default of a conference's events, unlike the Conference noun's.
    expect(eventsOf(await receiver.at('/room', 1))).toEqual([['conference-end', undefined]]);
  });

  test('they are listed, muted, put on hold and taken out; a changed one is called back once', async () => {
    const { participant, call } = await rooms.add(ann, { label: 'a' });
    const other = await rooms.add(bob, { label: 'b', muted: true });
    const { participants } = client.conferences(participant.conferenceSid);
    expect((await participants.list()).map(({ label }) => label)).toEqual(['b', 'a']);
    expect((await participants.list({ muted: true })).map(({ label }) => label)).toEqual(['b']);
    expect((await participants.page({ pageSize: 1 })).nextPageUrl).toBeDefined();
    expect((await participants('a').update({ muted: true })).muted).toBe(true);
    await participants('a').update({ muted: true });
    await participants(other.participant.callSid).update({ muted: false, hold: true });
    await participants('b').update({ endConferenceOnExit: true });
    expect(
      (await phones.rooms())[0]?.participants.map(({ isMuted, isOnHold }) => [isMuted, isOnHold]),
    ).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(await participants('a').remove()).toBe(true);
    expect(await call.expectOutOfRoom()).toEqual({ reason: 'participant_updated_via_api' });
    await call.expectEnded('completed');
    expect(await refusal(participants('a').fetch())).toEqual({ status: 404, code: 20404 });
    expect(await refusal(participants('a').remove())).toEqual({ status: 404, code: 20404 });
    expect(await participants('b').remove()).toBe(true);
    expect(await phones.expectRoomEnded('r1')).toBe(
      'participant-with-end-conference-on-exit-kicked',
    );
    const callbacks = await receiver.at('/room', 10);
    expect(eventsOf(callbacks).map(([event]) => event)).toEqual([
      'participant-join',
      'participant-join',
      'conference-start',
      'participant-mute',
      'participant-unmute',
      'participant-hold',
      'participant-modify',
      'participant-leave',
      'participant-leave',
      'conference-end',
    ]);
    expect(callbacks[3]?.fields).toMatchObject({ Muted: 'true', ParticipantLabel: 'a' });
    expect(callbacks[7]?.fields).toMatchObject({ ParticipantCallStatus: 'in-progress' });
    expect(await participants.list()).toEqual([]);
  });

  test('a request can end it: those in it and those still rung are out, and its name is free for another', async () => {
    const { participant, call } = await rooms.add(ann);
    await client
      .conferences(participant.conferenceSid)
      .participants.create({ from: service, to: bob, label: 'b' });
    const ring = await phones.phone(bob).expectRing();
    const ended = await client
      .conferences(participant.conferenceSid)
      .update({ status: 'completed' });
    expect(ended).toMatchObject({
      status: 'completed',
      reasonConferenceEnded: 'conference-ended-via-api',
      callSidEndingConference: null,
    });
    expect(await call.expectOutOfRoom()).toEqual({ reason: 'conference_ended_via_api' });
    await call.expectEnded('completed');
    await ring.expectEnded('canceled');
    expect(await client.conferences.list()).toEqual([]);
    expect(await client.conferences.list({ status: 'completed', friendlyName: 'r1' })).toHaveLength(
      1,
    );
    expect(await client.conferences.list({ status: 'completed', friendlyName: 'r2' })).toEqual([]);
    const again = await rooms.add(ann);
    expect(again.participant.conferenceSid).not.toBe(participant.conferenceSid);
  });

  test('one who never answers has left without having come, and the room does not wait for them', async () => {
    const { call } = await rooms.add(ann);
    await client.conferences('r1').participants.create({ from: service, to: bob, label: 'b' });
    await (await phones.phone(bob).expectRing()).decline();
    const leave = (await receiver.at('/room', 2)).at(-1);
    expect(leave?.fields).toMatchObject({
      StatusCallbackEvent: 'participant-leave',
      ParticipantLabel: 'b',
      ReasonParticipantLeft: 'participant_add_failed',
      ParticipantCallStatus: 'busy',
    });
    expect((await phones.rooms())[0]?.connecting).toEqual([]);
    await call.hangUp();
    await phones.expectRoomEnded('r1');
  });

  test('while someone is still being rung, a room that the others have left stays', async () => {
    const { call } = await rooms.add(ann);
    await client.conferences('r1').participants.create({ from: service, to: bob, label: 'b' });
    const ring = await phones.phone(bob).expectRing();
    await call.hangUp();
    await call.expectOutOfRoom();
    expect(await phones.rooms()).toMatchObject([
      { participants: [], connecting: [{ number: bob }] },
    ]);
    await ring.answer();
    await ring.expectInRoom();
    await ring.hangUp();
    await phones.expectRoomEnded('r1');
  });

  test('what a request may not say is refused, and nothing rings', async () => {
    const { participant } = await rooms.add(ann, { label: 'a' });
    const add = (more: object, place = 'r1') =>
      refusal(client.conferences(place).participants.create({ from: service, to: bob, ...more }));
    expect(await add({ label: 'a' })).toEqual({ status: 400, code: 16025 });
    expect(await add({ label: participant.callSid })).toEqual({ status: 400, code: 16023 });
    expect(await add({ label: 'a/b' })).toEqual({ status: 400, code: 16023 });
    expect(await add({ from: bob, to: cleo })).toEqual({ status: 400, code: 21210 });
    expect(await add({ to: '+12' })).toEqual({ status: 400, code: 21211 });
    expect(await add({ timeout: 4 })).toEqual({ status: 400, code: 21208 });
    expect(await add({}, `CF${'0'.repeat(32)}`)).toEqual({ status: 404, code: 20404 });
    expect(await refusal(client.conferences(`CF${'0'.repeat(32)}`).fetch())).toEqual({
      status: 404,
      code: 20404,
    });
    expect(
      await refusal(
        client.conferences(participant.conferenceSid).update({ announceUrl: receiver.url('/x') }),
      ),
    ).toEqual({ status: 400, code: 20001 });
    await client.conferences(participant.conferenceSid).update({ status: 'completed' });
    expect(await add({}, participant.conferenceSid)).toEqual({ status: 404, code: 20404 });
    expect(await client.calls.list({ to: bob })).toEqual([]);
  });

  test('a lost answer leaves the call and its participant to be found', async () => {
    await phones.phone(ann).trouble({ kind: 'reset', accepted: true, times: 1 });
    await expect(
      client.conferences('r1').participants.create({ from: service, to: ann, label: 'a' }),
    ).rejects.toMatchObject({ code: 'ECONNRESET' });
    await phones.phone(ann).expectRing();
    const [call] = await client.calls.list({ to: ann, from: service });
    const [made] = await client.conferences.list({ status: 'init', friendlyName: 'r1' });
    expect(
      (await client.conferences(made?.sid ?? '').participants.list()).map(({ callSid }) => callSid),
    ).toEqual([call?.sid]);
  });

  test('machine detection runs beside the room', async () => {
    await phones.phone(ann).trouble({ kind: 'voicemail', ringMs: 0, detectedAfterMs: 0 });
    await client.conferences('r1').participants.create({
      from: service,
      to: ann,
      machineDetection: 'DetectMessageEnd',
      amdStatusCallback: receiver.url('/amd'),
    });
    await (await phones.phone(ann).expectRing()).expectInRoom();
    expect((await receiver.at('/amd', 1))[0]?.fields.AnsweredBy).toBe('machine_end_beep');
  });
});
