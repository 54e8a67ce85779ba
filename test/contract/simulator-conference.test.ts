/**
 * Conferences of the simulator through Twilio's own SDK, unmodified but for the address. Real: the
 * SDK and its signature validator, HTTP, the simulator in this process, a webhook receiver. Speech
 * and the steps of the network take no time.
 */
import twilio from 'twilio';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { Phones } from '../support/phones.js';
import type { RingingCall } from '../support/ringing-call.js';
import {
  accountSid,
  ann,
  authToken,
  bob,
  cleo,
  controlToken,
  isSigned,
  Receiver,
  refusal,
  service,
  twiml,
  type Received,
} from './simulator-receiver.js';

const ALL = ['start', 'end', 'join', 'leave', 'mute', 'hold', 'modify'];

let simulator: Simulator;
let phones: Phones;
let receiver: Receiver;
let client: ReturnType<typeof twilio>;

beforeEach(async () => {
  simulator = await startSimulator({
    port: 0,
    accountSid,
    authToken,
    controlToken,
    numbers: [service],
    speechMsPerChar: 0,
    stepMs: 0,
  });
  phones = await Phones.connect({ url: simulator.url, controlToken });
  receiver = await Receiver.start();
  client = twilio(accountSid, authToken);
  client.api.baseUrl = simulator.url;
});

afterEach(async () => {
  try {
    await phones.close();
  } finally {
    await simulator.close();
    await receiver.close();
  }
});

/** Calls a number with these instructions, and has it answered. */
async function calling(number: string, instructions: string): Promise<RingingCall> {
  await client.calls.create({
    to: number,
    from: service,
    twiml: `<Response>${instructions}</Response>`,
  });
  return (await phones.phone(number).expectRing()).answer();
}

function room(attributes = '', dial = ''): string {
  return `<Dial ${dial}><Conference statusCallback="${receiver.url('/room')}" statusCallbackEvent="${ALL.join(' ')}" ${attributes}>r1</Conference></Dial>`;
}

async function joining(number: string, attributes = '', dial = ''): Promise<RingingCall> {
  const call = await calling(number, room(attributes, dial));
  await call.expectInRoom();
  return call;
}

/** Puts someone in by request, and has it answered. */
async function adding(
  number: string,
  more: Partial<
    Parameters<ReturnType<typeof client.conferences>['participants']['create']>[0]
  > = {},
) {
  const participant = await client.conferences('r1').participants.create({
    from: service,
    to: number,
    conferenceStatusCallback: receiver.url('/room'),
    conferenceStatusCallbackEvent: ALL,
    ...more,
  });
  const call = await (await phones.phone(number).expectRing({ from: 'withheld' })).answer();
  await call.expectInRoom();
  return { participant, call };
}

async function conference() {
  const [one] = (
    await Promise.all(
      (['init', 'in-progress', 'completed'] as const).map((status) =>
        client.conferences.list({ status }),
      ),
    )
  ).flat();
  if (one === undefined) throw new Error('there is no conference');
  return one;
}

const told = (callbacks: readonly Received[]) =>
  callbacks.map(({ fields }) => [fields.StatusCallbackEvent, fields.ParticipantLabel]);

describe('a conference by instructions', () => {
  test('it starts with the second who comes and ends with the last who goes; its signed callbacks tell it in order', async () => {
    const first = await joining(ann, 'participantLabel="a" muted="true"');
    expect(await phones.rooms()).toMatchObject([
      {
        name: 'r1',
        status: 'init',
        participants: [{ number: ann, label: 'a', isHearing: false, hears: [] }],
      },
    ]);
    const second = await joining(bob, 'participantLabel="b"');
    expect(await phones.rooms()).toMatchObject([
      {
        status: 'in-progress',
        participants: [
          { number: ann, isMuted: true, hears: [bob] },
          { number: bob, hears: [] },
        ],
      },
    ]);
    expect(await conference()).toMatchObject({
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
    expect(told(callbacks)).toEqual([
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
    const { sid } = await conference();
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
    await joining(ann, 'startConferenceOnEnter="false"');
    await joining(bob, 'startConferenceOnEnter="false"');
    expect((await phones.rooms())[0]?.participants.map(({ isHearing }) => isHearing)).toEqual([
      false,
      false,
    ]);
    const third = await joining(cleo);
    const { sid, status } = await conference();
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
    const host = await joining(ann, 'endConferenceOnExit="true" participantLabel="host"');
    const guest = await joining(bob, '', `action="${receiver.url('/after')}"`);
    const other = await calling(cleo, `${room()}<Say>Next verb</Say>`);
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
    const call = await joining(ann, '', `action="${receiver.url('/after')}"`);
    await call.hangUp();
    const [after] = await receiver.at('/after', 1);
    expect(after?.fields).toMatchObject({ DialCallStatus: 'answered', CallStatus: 'completed' });
    expect(after && isSigned(after)).toBe(true);
    await phones.settled();
    expect(call.said()).toEqual([]);
  });

  test('only the callback of the one who came first counts', async () => {
    await joining(ann);
    await calling(
      bob,
      `<Dial><Conference statusCallback="${receiver.url('/other')}" statusCallbackEvent="join leave">r1</Conference></Dial>`,
    ).then((call) => call.expectInRoom());
    await receiver.at('/room', 3);
    await phones.settled();
    expect(receiver.received.filter(({ path }) => path === '/other')).toEqual([]);
  });

  test('only the events that were asked for are called back, none by default', async () => {
    await calling(
      ann,
      `<Dial><Conference statusCallback="${receiver.url('/room')}">r1</Conference></Dial>`,
    ).then((call) => call.expectInRoom());
    await phones.settled();
    expect(receiver.received).toEqual([]);
  });

  test('a star hangs up where the Dial says so; other keys are lost, as all are elsewhere', async () => {
    const first = await joining(ann, '', 'hangupOnStar="true"');
    const second = await joining(bob);
    expect(await first.pressNow('1')).toEqual([false]);
    expect(await second.pressNow('*1')).toEqual([false, false]);
    expect(await first.pressNow('*')).toEqual([true]);
    await first.expectOutOfRoom();
    await first.expectEnded('completed');
    expect((await phones.rooms())[0]?.participants.map(({ number }) => number)).toEqual([bob]);
  });

  test('a Dial ends at its time limit, and with other instructions for its call', async () => {
    const first = await calling(ann, `${room('', 'timeLimit="600"')}<Say>Time is over</Say>`);
    await first.letPass('dial');
    await first.expectSaid(/Time is over/);
    const second = await joining(bob);
    await client
      .calls(second.callSid)
      .update({ twiml: '<Response><Say>Elsewhere</Say></Response>' });
    expect(await second.expectOutOfRoom()).toEqual({ reason: 'participant_updated_via_api' });
    await second.expectSaid(/Elsewhere/);
  });

  test('a full one and a label that is taken turn the next away, who goes on with what follows', async () => {
    await joining(ann, 'participantLabel="a"');
    const double = await calling(bob, `${room('participantLabel="a"')}<Say>Label taken</Say>`);
    await double.expectSaid(/Label taken/);
    const third = await calling(cleo, `${room('maxParticipants="1"')}<Say>Full</Say>`);
    await third.expectSaid(/Full/);
    expect((await phones.alerts()).map(({ code }) => code)).toEqual([16025, 16020]);
  });
});

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
    expect(told(await receiver.at('/room', 1))).toEqual([['conference-end', undefined]]);
  });

  test('they are listed, muted, put on hold and taken out; a changed one is called back once', async () => {
    const { participant, call } = await adding(ann, { label: 'a' });
    const other = await adding(bob, { label: 'b', muted: true });
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
    expect(told(callbacks).map(([event]) => event)).toEqual([
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
    const { participant, call } = await adding(ann);
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
    const again = await adding(ann);
    expect(again.participant.conferenceSid).not.toBe(participant.conferenceSid);
  });

  test('one who never answers has left without having come, and the room does not wait for them', async () => {
    const { call } = await adding(ann);
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
    const { call } = await adding(ann);
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
    const { participant } = await adding(ann, { label: 'a' });
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

describe("trouble with a conference's callbacks", () => {
  test('they come twice, reordered, forged, late or not at all', async () => {
    await phones.trouble({ kind: 'callbacks-duplicated', events: ['participant-join'], times: 1 });
    await phones.phone(bob).trouble({ kind: 'callbacks-lost', events: ['participant-join'] });
    await phones.trouble({
      kind: 'callbacks-forged',
      extra: true,
      events: ['conference-start'],
      times: 1,
    });
    const first = await joining(ann, 'participantLabel="a"');
    const second = await joining(bob, 'participantLabel="b"');
    const callbacks = await receiver.at('/room', 4);
    expect(told(callbacks)).toEqual([
      ['participant-join', 'a'],
      ['participant-join', 'a'],
      ['conference-start', undefined],
      ['conference-start', undefined],
    ]);
    expect(callbacks.map(isSigned)).toEqual([true, true, false, true]);
    expect(callbacks[0]?.headers['i-twilio-idempotency-token']).toBe(
      callbacks[1]?.headers['i-twilio-idempotency-token'],
    );
    await phones.trouble({ kind: 'callbacks-reordered', events: ['participant-leave'], times: 1 });
    await second.hangUp();
    await first.hangUp();
    const after = (await receiver.at('/room', 7)).slice(4);
    expect(told(after)).toEqual([
      ['conference-end', undefined],
      ['participant-leave', 'a'],
      ['participant-leave', 'b'],
    ]);
    expect(after.map(({ fields }) => fields.SequenceNumber)).toEqual(['6', '5', '4']);
  });

  test('they are tried again as the address says', async () => {
    let failures = 2;
    receiver.answer = (_request, response) =>
      void response.writeHead(failures-- > 0 ? 500 : 204).end();
    await calling(
      ann,
      `<Dial><Conference statusCallback="${receiver.url('/room#rc=3&amp;rp=all')}" statusCallbackEvent="join">r1</Conference></Dial>`,
    );
    const tries = await receiver.at('/room', 3);
    expect(new Set(tries.map(({ headers }) => headers['i-twilio-idempotency-token'])).size).toBe(1);
  });
});

describe('a number by Dial', () => {
  test('another phone rings, hears what is for it alone, and is connected until one hangs up', async () => {
    receiver.answer = ({ path }, response) => {
      if (path === '/whisper') return twiml('<Say>A call for you</Say>')(response);
      if (path === '/after') return twiml('<Say>They have gone</Say>')(response);
      response.writeHead(204).end();
    };
    const call = await calling(
      ann,
      `<Dial action="${receiver.url('/after')}" timeout="20"><Number url="${receiver.url('/whisper')}" statusCallback="${receiver.url('/child')}" statusCallbackEvent="initiated answered completed">${bob}</Number></Dial>`,
    );
    const other = await phones.phone(bob).expectRing({ from: 'withheld' });
    const [child] = await client.calls.list({ parentCallSid: call.callSid });
    expect(child).toMatchObject({
      direction: 'outbound-dial',
      to: bob,
      from: service,
      status: 'ringing',
    });
    await other.answer();
    await other.expectSaid(/A call for you/);
    await other.hangUp();
    await call.expectSaid(/They have gone/);
    expect((await receiver.at('/after', 1))[0]?.fields).toMatchObject({
      DialCallStatus: 'completed',
      DialCallSid: child?.sid,
      DialCallDuration: expect.stringMatching(/^\d+$/) as string,
    });
    const callbacks = await receiver.at('/child', 3);
    expect(callbacks.map(({ fields }) => [fields.CallStatus, fields.ParentCallSid])).toEqual([
      ['initiated', call.callSid],
      ['in-progress', call.callSid],
      ['completed', call.callSid],
    ]);
  });

  test('of several the first to answer is connected; one that fails goes on with the next verb', async () => {
    const call = await calling(
      ann,
      `<Dial><Number>${bob}</Number><Number>${cleo}</Number></Dial><Dial>${bob}</Dial><Say>Nobody is there</Say>`,
    );
    const [one, two] = [
      await phones.phone(bob).expectRing(),
      await phones.phone(cleo).expectRing(),
    ];
    await two.answer();
    await one.expectEnded('canceled');
    await two.hangUp();
    await (await phones.phone(bob).expectRing()).decline();
    await call.expectSaid(/Nobody is there/);
  });

  test('who hangs up at one end ends the other', async () => {
    const call = await calling(ann, `<Dial>${bob}</Dial>`);
    const other = await (await phones.phone(bob).expectRing()).answer();
    await call.hangUp();
    await other.expectEnded('completed');
  });
});

describe('a call screener', () => {
  const answered = (answer: string) =>
    client.calls.create({
      to: bob,
      from: service,
      twiml: `<Response>${answer}</Response>`,
      machineDetection: 'Enable',
      asyncAmd: 'true',
      asyncAmdStatusCallback: receiver.url('/amd'),
    });

  test('it hears us out and passes the call to the person, who presses a key; before that nobody can', async () => {
    receiver.answer = ({ path, fields }, response) =>
      path === '/key'
        ? twiml(`<Say>You pressed ${fields.Digits ?? ''}</Say>`)(response)
        : void response.writeHead(204).end();
    await phones
      .phone(bob)
      .trouble({ kind: 'screener', ringMs: 0, silenceMs: 600_000, patienceMs: 600_000 });
    await answered(
      `<Say>This is Dingline</Say><Gather numDigits="1" timeout="600" action="${receiver.url('/key')}"/>`,
    );
    const ring = await phones.phone(bob).expectRing();
    await ring.expectListening();
    await expect(ring.pressNow('1')).rejects.toThrow(/409/);
    expect((await receiver.at('/amd', 1))[0]?.fields.AnsweredBy).toBe('machine_start');
    await ring.letPass('screener');
    expect(await ring.expectScreened()).toBe(true);
    await ring.press('1');
    await ring.expectSaid(/You pressed 1/);
  });

  test('it hangs up on silence, and on whom it does not pass', async () => {
    await phones.phone(bob).trouble({
      kind: 'screener',
      ringMs: 0,
      silenceMs: 600_000,
      passes: false,
      answeredBy: 'human',
    });
    await answered('<Pause length="6000"/><Say>Too late</Say>');
    const silent = await phones.phone(bob).expectRing();
    await silent.letPass('screener');
    expect(await silent.expectEnded()).toEqual({ status: 'completed', by: 'callee' });
    expect(silent.seen().map(({ type }) => type)).not.toContain('screened');
    await answered('<Say>Hello</Say><Pause length="6000"/>');
    const turned = await phones.phone(bob).expectRing();
    await turned.expectSaid(/Hello/);
    expect((await receiver.at('/amd', 2))[1]?.fields.AnsweredBy).toBe('human');
    await turned.letPass('screener');
    expect(await turned.expectScreened()).toBe(false);
    await turned.expectEnded('completed');
  });
});

describe("the account's calls per second", () => {
  test('what exceeds them waits its turn, queued and not refused; one that is canceled gives its turn away', async () => {
    await phones.settings({ callsPerSecond: 0.001 });
    const place = (to: string) => client.calls.create({ to, from: service, twiml: '<Response/>' });
    expect((await place(ann)).queueTime).toBe('0');
    await phones.phone(ann).expectRing();
    const canceled = await place(bob);
    expect(canceled).toMatchObject({ status: 'queued', queueTime: '1000000' });
    const added = await client.conferences('r1').participants.create({ from: service, to: cleo });
    expect(added).toMatchObject({ status: 'queued', queueTime: '2000000' });
    await phones.expectEntry(
      'the call to wait',
      ({ type, callSid }) => type === 'queued' && callSid === added.callSid,
    );
    expect((await client.calls(added.callSid).fetch()).status).toBe('queued');
    await client.calls(canceled.sid).update({ status: 'canceled' });
    await phones.nextTurn();
    await phones.expectEntry(
      'the call to be dialled',
      ({ type, callSid }) => type === 'dialled' && callSid === added.callSid,
    );
    await phones.phone(cleo).expectRing();
    expect(phones.phone(bob).rings()).toEqual([]);
    await expect(phones.nextTurn()).rejects.toThrow(/409/);
  });

  test('they go out by themselves, one in each interval; what a Dial calls does not count', async () => {
    await phones.settings({ callsPerSecond: 20 });
    const calls = await Promise.all(
      [ann, bob].map((to) =>
        client.calls.create({
          to,
          from: service,
          twiml: `<Response><Dial>${cleo}</Dial></Response>`,
        }),
      ),
    );
    expect(calls).toHaveLength(2);
    const [first] = await Promise.all(
      [ann, bob].map((number) => phones.phone(number).expectRing()),
    );
    await phones.settings({ callsPerSecond: 0.001 });
    await first?.answer();
    await phones.phone(cleo).expectRing();
  });
});

describe("the handsets' page", () => {
  test('it is told which call is in which room', async () => {
    const call = await joining(ann, 'muted="true"');
    const { handsets, rooms } = await phones.control<{
      handsets: { calls: { room: object | null }[] }[];
      rooms: object[];
    }>('GET', '/handsets');
    expect(handsets[0]?.calls[0]?.room).toMatchObject({ name: 'r1', isMuted: true });
    expect(rooms).toMatchObject([{ name: 'r1', participants: [{ number: ann, isMuted: true }] }]);
    await call.hangUp();
    await phones.expectRoomEnded(/r1/);
    const after = await phones.control<{
      handsets: { calls: { room: object | null }[] }[];
      rooms: object[];
    }>('GET', '/handsets');
    expect([after.handsets[0]?.calls[0]?.room, after.rooms]).toEqual([null, []]);
  });
});
