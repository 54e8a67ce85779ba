import { holdsProof, ProofRules, assessReach, assessProof } from '../../../src/accounts/proof.js';
import type { CarrierEvent } from '../../../src/handoff/handoff.js';
import type { Settled } from '../../../src/handoff/outcomes.service.js';

const DAY = 86_400_000;
const day = (days: number): Date => new Date(Date.UTC(2026, 2, 1) + days * DAY);
const rules = new ProofRules(100 * DAY);

describe('the proof of a number', () => {
  const proof = { verifiedAt: day(0), mustProveSince: null };

  test('holds until it is too old, and not at that moment any more', () => {
    expect(assessProof(proof, rules, new Date(day(100).getTime() - 1))).toEqual({
      verifiedAt: day(0),
      endsAt: day(100),
      mustProve: null,
    });
    expect(assessProof(proof, rules, day(100))).toEqual({
      verifiedAt: day(0),
      endsAt: day(100),
      mustProve: { since: day(100), because: 'age' },
    });
    expect([99, 100, 101].map((at) => holdsProof(proof, rules, day(at)))).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('does not hold once the carrier contradicts it, and what came first stays the reason', () => {
    const contradicted = (at: number) =>
      assessProof({ verifiedAt: day(0), mustProveSince: day(at) }, rules, day(200)).mustProve;
    expect(contradicted(10)).toEqual({ since: day(10), because: 'unreachable' });
    expect(contradicted(100)).toEqual({ since: day(100), because: 'unreachable' });
    expect(contradicted(150)).toEqual({ since: day(100), because: 'age' });
    expect(holdsProof({ verifiedAt: day(0), mustProveSince: day(10) }, rules, day(11))).toBe(false);
  });
});

describe('news of a hand-off', () => {
  const news: [string, Settled | CarrierEvent, ReturnType<typeof assessReach>][] = [
    ['the carrier refuses the number', { state: 'rejected', reason: 'bad_number' }, 'unreachable'],
    [
      'an SMS finds no such phone',
      { kind: 'message', delivery: 'undelivered', reason: 'bad_number' },
      'unreachable',
    ],
    [
      'a call finds no such number',
      { kind: 'call', state: 'ended', reason: 'bad_number' },
      'unreachable',
    ],
    ['an SMS is there', { kind: 'message', delivery: 'delivered' }, 'reached'],
    ['it rings', { kind: 'call', state: 'ringing' }, 'reached'],
    ['it is answered', { kind: 'call', state: 'answered' }, 'reached'],
    ['it is busy', { kind: 'call', state: 'ended', reason: 'busy' }, 'reached'],
    ['nobody answers', { kind: 'call', state: 'ended', reason: 'no_answer' }, 'reached'],
    ['the carrier has taken it', { state: 'accepted' }, undefined],
    ['a filter', { state: 'rejected', reason: 'blocked' }, undefined],
    ['STOP', { state: 'rejected', reason: 'opted_out' }, undefined],
    ['nobody knows', { state: 'unknown', reason: 'unknown' }, undefined],
    ['our own fault', { state: 'failed', reason: 'misconfigured' }, undefined],
    ['an SMS was sent on', { kind: 'message', delivery: 'sent' }, undefined],
    [
      'a phone that is off',
      { kind: 'message', delivery: 'undelivered', reason: 'undelivered' },
      undefined,
    ],
    [
      'a call that failed on the way',
      { kind: 'call', state: 'ended', reason: 'failed' },
      undefined,
    ],
    ['a call taken back', { kind: 'call', state: 'ended', reason: 'canceled' }, undefined],
    ['voicemail', { kind: 'machine' }, undefined],
    [
      'news of a room',
      {
        kind: 'room',
        event: 'joined',
        roomRef: 'CF',
        legId: undefined,
        isMuted: false,
        sequence: 1,
      },
      undefined,
    ],
  ];
  test.each(news)('%s', (_, what, reach) => expect(assessReach(what)).toBe(reach));
});
