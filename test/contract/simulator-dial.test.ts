/**
 * Calls that call others, screeners and the rate of calls, of the simulator, through Twilio's own
 * SDK, unmodified but for the address. Real: the SDK and its signature validator, HTTP, the simulator
 * in this process, a webhook receiver. Speech and the steps of the network take no time.
 */
import twilio from 'twilio';
import type { Phones } from '../support/phones.js';
import { SimulatedRooms } from '../support/simulated-rooms.js';
import { openNetwork } from '../support/simulated-network.js';
import { ann, bob, cleo, Receiver, service, twiml } from '../support/simulator-receiver.js';

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

describe('a number by Dial', () => {
  test('another phone rings, hears what is for it alone, and is connected until one hangs up', async () => {
    receiver.answer = ({ path }, response) => {
      if (path === '/whisper') return twiml('<Say>A call for you</Say>')(response);
      if (path === '/after') return twiml('<Say>They have gone</Say>')(response);
      response.writeHead(204).end();
    };
    const call = await rooms.call(
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
    const call = await rooms.call(
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
    const call = await rooms.call(ann, `<Dial>${bob}</Dial>`);
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
