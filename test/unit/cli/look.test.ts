import { describeWay } from '../../../src/cli/look/describe.js';
import { parseLookedUp } from '../../../src/cli/look/ids.js';
import type { Way } from '../../../src/cli/look/ways.repository.js';

const ID = '0190a1b2-6f0e-7c3d-9a51-3f0f6f0a7c11';
const HEX = ID.replaceAll('-', '');

test.each([
  ['an id of the log', ID, ID],
  ['in capitals', ` ${ID.toUpperCase()} `, ID],
  ["a problem's instance", `urn:uuid:${ID}`, ID],
  ["an app's", `AC${HEX}`, ID],
  ["a service's", `VA${HEX}`, ID],
  ["a verification's", `VE${HEX}`, ID],
  ["the carrier's, of a message", `SM${HEX}`, undefined],
  ['of a call', `CA${HEX}`, undefined],
  ["another carrier's", 'msg-1f0f6f0a', undefined],
])('%s is looked up', (_, text, id) => {
  expect(parseLookedUp(text)?.id).toBe(id);
});

test.each([`SM${HEX}`, 'msg-1f0f6f0a', ID.toUpperCase(), ID])(
  "%s may be a carrier's: some have UUIDs",
  (text) => {
    expect(parseLookedUp(` ${text} `)?.carrierRef).toBe(text);
  },
);

test.each(['+442071838750', '00442071838750', '442071838750', '(020) 7183 8750', 'Ann', '', '--'])(
  '%s is no id: it may be a number, a name or a slip',
  (text) => {
    expect(parseLookedUp(text)).toBeUndefined();
  },
);

const at = new Date('2026-01-01T03:00:00Z');
const way: Way = {
  id: ID,
  purpose: 'verification',
  channel: 'sms',
  kind: 'deliver',
  subjectId: ID,
  callId: null,
  state: 'queued',
  isHeld: false,
  reason: null,
  carrier: null,
  carrierRef: null,
  attempts: 0,
  delivery: 'none',
  outcome: null,
  carrierCode: null,
  createdAt: at,
  notBefore: at,
  notAfter: at,
  triedAt: null,
  settledAt: null,
  callbacks: [],
};
const describeIt = (change: Partial<Way>): string =>
  describeWay({ ...way, ...change }, at).join('\n');

test.each<[string, Partial<Way>, RegExp]>([
  ['waits for a worker', {}, /waits +since .* for a worker: is one running\?\n {2}tried +not yet/],
  ['waits for its time', { notBefore: new Date(at.getTime() + 1) }, /waits +until /],
  ['is held', { isHeld: true }, /: held by an operator/],
  ['is on the wire', { state: 'sending', attempts: 1 }, /tried +once, no answer yet/],
  [
    'was refused',
    {
      state: 'rejected',
      reason: 'bad_number',
      attempts: 1,
      triedAt: at,
      outcome: 'rejected',
      carrierCode: 21211,
    },
    /: rejected, bad_number: the carrier says .*\n[^]*once, last .*: rejected, carrier's code 21211$/,
  ],
  [
    'was lost on its way',
    {
      state: 'accepted',
      attempts: 1,
      triedAt: at,
      outcome: 'accepted',
      delivery: 'failed',
      carrierCode: 30034,
    },
    /last .*: accepted\n {2}delivery +failed, carrier's code 30034$/,
  ],
  ['has a reason that is newer than this', { reason: 'eaten' }, /, eaten: a newer version knows/],
])('a hand-off that %s', (_, change, text) => {
  expect(describeIt(change)).toMatch(text);
});
