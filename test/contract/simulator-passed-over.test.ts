/**
 * What the simulated network has no sound, queue or device for: the call goes on all the same, and an
 * alert says what was passed over. Through Twilio's own SDK. Real: the SDK, HTTP, the simulator in
 * this process, a webhook receiver.
 */
import type { Phones } from '../support/phones.js';
import { openNetwork } from '../support/simulated-network.js';
import { SimulatedRooms } from '../support/simulated-rooms.js';
import { ann, bob, Receiver, twiml } from '../support/simulator-receiver.js';

let phones: Phones;
let receiver: Receiver;
let rooms: SimulatedRooms;
let close: () => Promise<void>;

beforeEach(async () => {
  const network = await openNetwork();
  ({ phones, receiver, close } = network);
  rooms = new SimulatedRooms(network);
  await phones.settings({ timeScale: 0.01 });
});
afterEach(() => close());

test.each([
  ['Play', '<Play>https://a.example/b.mp3</Play>', /b\.mp3 is neither fetched nor heard/],
  ['Play of keys', '<Play digits="12"/>', /the keys 12 is neither fetched nor heard/],
  ['Play in a Gather', '<Gather timeout="1"><Play>b.mp3</Play></Gather>', /b\.mp3 is neither/],
  ['Record', '<Record timeout="1" action="/never"/>', /the recording is empty/],
  ['Enqueue', '<Enqueue>support</Enqueue>', /nobody takes calls from a queue/],
  ['Dial to a Client', '<Dial><Client>joe</Client></Dial>', /no Client can be reached/],
  ['Dial to Sip', '<Dial><Sip>sip:a@b.example</Sip></Dial>', /no Sip can be reached/],
  ['Dial to a Queue', '<Dial><Queue>support</Queue></Dial>', /no Queue can be reached/],
  ['a verb that nobody knows', '<Shout>hi</Shout>', /Shout is not a verb/],
  ['words outside of a verb', 'hi', /Text outside of a verb/],
])('%s does not end the call, and makes an alert', async (_what, instruction, alert) => {
  const call = await rooms.call(ann, `${instruction}<Say>It goes on</Say>`);
  if (instruction.includes('<Play')) await call.expectSaid(/\(plays /);
  await call.expectSaid(/It goes on/);
  expect(await phones.alerts()).toEqual([
    expect.objectContaining({ code: 12200, text: expect.stringMatching(alert) as unknown }),
  ]);
});

test('an Enqueue and a Dial that reach nobody ask for their action, and say so', async () => {
  receiver.answer = ({ path }, response) =>
    twiml(
      path === '/queued'
        ? `<Dial action="${receiver.url('/dialled')}"><Client>joe</Client></Dial>`
        : '<Say>Done</Say>',
    )(response);
  const call = await rooms.call(
    ann,
    `<Enqueue action="${receiver.url('/queued')}">support</Enqueue>`,
  );
  await call.expectSaid(/Done/);
  expect((await receiver.at('/queued', 1))[0]?.fields).toMatchObject({ QueueResult: 'queue-full' });
  expect((await receiver.at('/dialled', 1))[0]?.fields).toMatchObject({ DialCallStatus: 'failed' });
});

test('of a Dial to a Client and a number the number rings', async () => {
  const call = await rooms.call(ann, `<Dial><Client>joe</Client><Number>${bob}</Number></Dial>`);
  const other = await (await phones.phone(bob).expectRing()).answer();
  await call.hangUp();
  await other.expectEnded('completed');
});

test('a key ends a Record', async () => {
  await phones.settings({ timeScale: 1 });
  const call = await rooms.call(ann, '<Record timeout="600"/><Say>It goes on</Say>');
  await call.press('5');
  await call.expectSaid(/It goes on/);
});
