import type { HandoffState } from '../../../src/handoff/handoff.js';
import { listOrigins, MOVES } from '../../../src/handoff/moves.js';
import { findBadMoves } from '../../support/log-moves.js';

const line = (from: HandoffState, to: HandoffState, cause: string, role = 'worker'): string =>
  `${JSON.stringify({ level: 'info', role, handoffId: 'h1', from, to, cause, event: 'handoff_moved' })}\n`;
const CLAIMED = line('queued', 'sending', 'claimed');

test('a log whose moves are all in the table is right, whatever is missing of it', () => {
  for (const lines of [
    [CLAIMED, line('sending', 'accepted', 'answer')],
    [CLAIMED, line('sending', 'queued', 'waits'), CLAIMED, line('sending', 'unknown', 'abandoned')],
    [line('unknown', 'accepted', 'news', 'ingress'), CLAIMED],
    [CLAIMED, line('sending', 'unknown', 'answer'), line('unknown', 'accepted', 'news')],
  ])
    expect(findBadMoves(lines)).toEqual([]);
});

test.each([
  ['backward', line('accepted', 'queued', 'waits')],
  ['for a cause that it never has', line('sending', 'canceled', 'answer')],
  ['by a role that may not', line('queued', 'sending', 'claimed', 'api')],
])('a move %s is found', (_, bad) => {
  expect(findBadMoves([CLAIMED, bad])).toEqual([expect.stringContaining('the table lacks: h1')]);
});

test('a hand-off that ended twice is found, though each of its moves is in the table', () => {
  const lines = [
    CLAIMED,
    line('sending', 'accepted', 'answer'),
    line('sending', 'failed', 'answer'),
  ];
  expect(findBadMoves(lines)).toEqual([expect.stringContaining('ended twice: h1')]);
});

test('what is likely is tried first, and nothing leads out of an end', () => {
  expect(listOrigins('accepted', 'news', 'unknown')).toEqual(['unknown', 'sending']);
  expect(listOrigins('accepted', 'answer', 'sending')).toEqual(['sending', 'unknown']);
  expect(listOrigins('expired', 'late', 'queued')).toEqual(['queued', 'sending']);
  expect(new Set(MOVES.map(({ from }) => from))).toEqual(new Set(['queued', 'sending', 'unknown']));
});
