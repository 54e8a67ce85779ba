import {
  troubleOrder,
  Troubles,
  type TroubleOrder,
} from '../../../src/simulator/network/trouble.js';

const ann = '+14155550101';
const troubles = (...orders: TroubleOrder[]): Troubles => {
  const made = new Troubles();
  for (const order of orders) made.add(troubleOrder.parse(order));
  return made;
};

test('a trouble for one number leaves the others alone, one for all hits everybody', () => {
  const some = troubles({ kind: 'busy', number: ann });
  expect(some.take(['busy'], { number: '+14155550102', channel: 'call' })).toBeUndefined();
  expect(some.take(['busy'], { number: ann, channel: 'call' })?.kind).toBe('busy');
  expect(troubles({ kind: 'busy' }).take(['busy'], { number: ann, channel: 'call' })?.kind).toBe(
    'busy',
  );
});

test('it is used up after its times, and stays without', () => {
  const some = troubles({ kind: 'busy' }, { kind: 'decline', times: 2 });
  const next = () => some.take(['busy', 'decline'], { number: ann, channel: 'call' })?.kind;
  expect([next(), next(), next(), next()]).toEqual(['decline', 'decline', 'busy', 'busy']);
});

test('those of the REST API strike at creation unless told otherwise', () => {
  const some = troubles(
    { kind: 'error', code: 20429 },
    { kind: 'error', code: 20503, on: 'list', channel: 'call' },
  );
  expect(some.take(['error'], { channel: 'sms', on: 'create' })?.code).toBe(20429);
  expect(some.take(['error'], { channel: 'sms', on: 'list' })).toBeUndefined();
  expect(some.take(['error'], { channel: 'call', on: 'list' })?.code).toBe(20503);
});

test('those of callbacks can be held to events', () => {
  const some = troubles({ kind: 'callbacks-lost', events: ['completed'] });
  expect(
    some.take(['callbacks-lost'], { number: ann, channel: 'call', event: 'ringing' }),
  ).toBeUndefined();
  expect(
    some.take(['callbacks-lost'], { number: ann, channel: 'call', event: 'completed' }),
  ).toBeDefined();
});

test.each([
  { kind: 'chaos' },
  { kind: 'busy', number: '555' },
  { kind: 'busy', times: 0 },
  { kind: 'busy', colour: 'red' },
  { kind: 'error', code: 7 },
  { kind: 'voicemail', tones: [{ key: '1' }] },
  { kind: 'voicemail', tones: [{ key: '1', atMs: 5, on: 'say' }] },
])('%j is refused', (order) => {
  expect(troubleOrder.safeParse(order).success).toBe(false);
});
