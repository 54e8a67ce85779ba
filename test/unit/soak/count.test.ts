import type { Seen } from '../../support/network-journal.js';
import { count, digestCapability, FAULTLESS, type Observed, type Row } from '../../soak/count.js';

const NOT_AFTER_MS = 900_000;
const ANN = '+12025550101';
const BEN = '+12025550102';
let seqs = 0;
const capabilityFor = (name: string): string => name.padEnd(43, '_');

/** What the network makes of a request with this capability in its addresses. */
function create(name: string, number: string, atMs = 1_000): Seen[] {
  seqs += 2;
  const seq = seqs;
  const fields = {
    To: number,
    StatusCallback: `https://example.org/carrier/${capabilityFor(name)}/event`,
  };
  const at = new Date(atMs).toISOString();
  return [
    { seq, at, type: 'request', receivedAt: atMs, fields },
    { seq: seq + 1, at, type: 'created', sid: `sid-${name}`, number, requestSeq: seq },
  ];
}

const handOff = (name: string, more: Partial<Row> = {}): Row => ({
  id: name,
  purpose: 'ding',
  channel: 'voice',
  state: 'accepted',
  reason: null,
  accountId: 'ann',
  carrierRef: `sid-${name}`,
  hash: digestCapability(capabilityFor(name)),
  notAfterMs: NOT_AFTER_MS,
  againOf: null,
  ...more,
});

/** A call that Ann declined, and its SMS; a code that Ben has. */
const clean = (): Observed => ({
  entries: [...create('call', ANN), ...create('sms', ANN), ...create('code', BEN)],
  rows: [
    handOff('call'),
    handOff('sms', { channel: 'sms' }),
    handOff('code', { purpose: 'verification', accountId: 'ben', channel: 'sms' }),
    handOff('waits', { state: 'unknown', carrierRef: null }),
  ],
  unconfirmed: [
    {
      id: 'p1',
      accountId: 'ann',
      calls: [{ state: 'ended', reason: 'busy', handoff: 'accepted' }],
      notifications: [{ channel: 'sms', state: 'accepted', reason: null, handoff: 'accepted' }],
      handoffs: ['call', 'sms'],
    },
  ],
  unfinished: [],
  ledger: new Map([
    ['ann', 2],
    ['ben', 1],
  ]),
  numbers: new Map([
    ['ann', ANN],
    ['ben', BEN],
  ]),
  shownToOutsiders: 0,
});
/** Ben's ledger has what the defects below need, so that each is the only one. */
const withEntries = (more: Partial<Observed>): Observed => ({
  ...clean(),
  ledger: new Map([
    ['ann', 9],
    ['ben', 9],
  ]),
  ...more,
});
const { entries, rows, unconfirmed } = clean();
const [recipient] = unconfirmed;
if (recipient === undefined) throw new Error('there is a recipient');
const waiting = {
  calls: [{ state: 'queued', reason: null, handoff: 'queued' }],
  notifications: [],
  handoffs: [],
};

test('a run in which all went well counts nothing', () => {
  const { counts, found, handoffs, states } = count(clean());
  expect(counts).toEqual(FAULTLESS);
  expect(found).toEqual([]);
  expect(handoffs).toBe(4);
  expect(states).toEqual({ accepted: 3, unknown: 1 });
});

test.each<[keyof typeof FAULTLESS, string, Observed]>([
  [
    'lost',
    'the row says that the carrier has it, and the network never made it',
    withEntries({ rows: [...rows, handOff('gone')] }),
  ],
  [
    'lost',
    'the row says so, and has no id of the carrier',
    withEntries({ rows: [...rows, handOff('gone', { carrierRef: null })] }),
  ],
  [
    'doubled',
    'one capability was taken twice',
    withEntries({ entries: [...entries, ...create('call', ANN)] }),
  ],
  [
    'doubled',
    'an attempt that its row has forgotten has left as well',
    withEntries({ entries: [...entries, ...create('earlier', ANN)] }),
  ],
  [
    'doubled',
    'what was thought lost had left, and went out again',
    withEntries({
      entries: [...entries, ...create('again', ANN)],
      rows: [...rows, handOff('again', { againOf: 'call' })],
    }),
  ],
  [
    'late',
    'it left after it had become stale',
    withEntries({
      entries: [...entries, ...create('stale', ANN, NOT_AFTER_MS + 1_001)],
      rows: [...rows, handOff('stale')],
    }),
  ],
  ...(['canceled', 'expired', 'rejected'] as const).map((state): ['late', string, Observed] => [
    'late',
    `it left, and its row says ${state}`,
    withEntries({
      entries: [...entries, ...create('over', ANN)],
      rows: [...rows, handOff('over', { state })],
    }),
  ]),
  [
    'wrong person',
    "it rang at somebody else's",
    withEntries({
      entries: [...entries, ...create('astray', BEN)],
      rows: [...rows, handOff('astray')],
    }),
  ],
  [
    'wrong person',
    'nobody knows whose number it is',
    withEntries({
      entries: [...entries, ...create('astray', '+12025550199')],
      rows: [...rows, handOff('astray')],
    }),
  ],
  [
    'silent',
    'no way has left, and none says so',
    withEntries({
      unconfirmed: [
        {
          ...recipient,
          ...waiting,
          notifications: [{ channel: 'sms', state: 'queued', reason: null, handoff: 'queued' }],
        },
      ],
    }),
  ],
  [
    'silent',
    'a call that nobody took, and no SMS after it',
    withEntries({ unconfirmed: [{ ...recipient, notifications: [], handoffs: ['call'] }] }),
  ],
  [
    'silent',
    'a call of unknown fate, and no SMS after it',
    withEntries({
      unconfirmed: [
        {
          ...recipient,
          ...waiting,
          calls: [{ state: 'queued', reason: null, handoff: 'unknown' }],
        },
      ],
    }),
  ],
  ['shown to outsiders', 'somebody saw a number of others', withEntries({ shownToOutsiders: 1 })],
  [
    'opened without entry',
    'the network had a number once more than its ledger says',
    {
      ...clean(),
      ledger: new Map([
        ['ann', 1],
        ['ben', 1],
      ]),
    },
  ],
  [
    'opened without entry',
    'a ledger has no entry at all',
    { ...clean(), ledger: new Map([['ann', 2]]) },
  ],
  [
    'unfinished',
    'something is still under way',
    withEntries({ unfinished: [{ id: 'call', state: 'sending' }] }),
  ],
])('%s is counted once, and nothing else: %s', (what, _, observed) => {
  const { counts, found } = count(observed);
  expect(counts).toEqual({ ...FAULTLESS, [what]: 1 });
  expect(found).toEqual([expect.stringMatching(new RegExp(`^${what}: `))]);
});

test('whom an SMS would not reach either, or who wants none, is not silent', () => {
  for (const reason of ['bad_number', 'number_refused', 'opted_out', 'no_consent', 'stopped']) {
    const calls = [{ state: 'ended', reason, handoff: 'rejected' }];
    const observed = withEntries({
      unconfirmed: [{ ...recipient, calls, notifications: [], handoffs: [] }],
    });
    expect(count(observed).counts).toEqual(FAULTLESS);
  }
});

test('an SMS of which nobody knows is no silence: its sender is told so', () => {
  const sms = { channel: 'sms', state: 'queued', reason: null, handoff: 'unknown' };
  const observed = withEntries({
    unconfirmed: [{ ...recipient, calls: [], notifications: [sms], handoffs: [] }],
  });
  expect(count(observed).counts).toEqual(FAULTLESS);
});

test('what is asked for twice may come twice', () => {
  const observed = withEntries({
    entries: [...entries, ...create('second', ANN)],
    rows: [...rows, handOff('second')],
  });
  expect(count(observed).counts).toEqual(FAULTLESS);
});

test('what goes out again after the first had not left is no second', () => {
  const observed = withEntries({
    entries: [...entries, ...create('again', ANN)],
    rows: [...rows, handOff('again', { againOf: 'waits' })],
  });
  expect(count(observed).counts).toEqual(FAULTLESS);
});
