/**
 * Trouble with a conference's callbacks, on demand. Real: Twilio's own SDK, unmodified but for the
 * address, HTTP, the simulator in this process, a webhook receiver.
 */
import type { Phones } from '../support/phones.js';
import { eventsOf, SimulatedRooms } from '../support/simulated-rooms.js';
import { openNetwork } from '../support/simulated-network.js';
import { ann, bob, isSigned, Receiver } from '../support/simulator-receiver.js';

let phones: Phones;
let receiver: Receiver;
let rooms: SimulatedRooms;
let close: () => Promise<void>;

beforeEach(async () => {
  const network = await openNetwork();
  ({ phones, receiver, close } = network);
  rooms = new SimulatedRooms(network);
});
afterEach(() => close());

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
    const first = await rooms.join(ann, 'participantLabel="a"');
    const second = await rooms.join(bob, 'participantLabel="b"');
    const callbacks = await receiver.at('/room', 4);
    expect(eventsOf(callbacks)).toEqual([
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
    expect(eventsOf(after)).toEqual([
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
    await rooms.call(
      ann,
      `<Dial><Conference statusCallback="${receiver.url('/room#rc=3&amp;rp=all')}" statusCallbackEvent="join">r1</Conference></Dial>`,
    );
    const tries = await receiver.at('/room', 3);
    expect(new Set(tries.map(({ headers }) => headers['i-twilio-idempotency-token'])).size).toBe(1);
  });
});
