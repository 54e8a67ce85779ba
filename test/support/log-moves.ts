import { MOVES } from '../../src/handoff/moves.js';

interface MoveLine {
  role: string;
  handoffId: string;
  from: string;
  to: string;
  cause: string;
}

/** These may go on; whatever else a hand-off has become it stays. */
const GO_ON = new Set(['queued', 'sending']);

const parseMoves = (lines: readonly string[]): MoveLine[] =>
  lines
    .flatMap((text) => text.trim().split('\n'))
    .filter((line) => line.includes('"event":"handoff_moved"'))
    .map((line) => JSON.parse(line) as MoveLine);

const isInTable = ({ role, from, to, cause }: MoveLine): boolean =>
  MOVES.some(
    (move) =>
      move.from === from &&
      move.to === to &&
      (move.causes as readonly string[]).includes(cause) &&
      (move.by as readonly string[]).includes(role),
  );

/**
 * Moves of hand-offs, by the lines of a log, that the table lacks, or after which one has ended twice. A killed process
 * has taken its last lines along, and lines of two processes may have come in either order: so what is missing is no
 * fault.
 */
export function findBadMoves(lines: readonly string[]): string[] {
  const moves = parseMoves(lines);
  const ends = new Map<string, MoveLine[]>();
  for (const move of moves)
    if (!GO_ON.has(move.to)) ends.set(move.handoffId, [...(ends.get(move.handoffId) ?? []), move]);
  const describe = ({ role, handoffId, from, to, cause }: MoveLine): string =>
    `${handoffId} from ${from} to ${to} (${cause}) by ${role}`;
  return [
    ...moves
      .filter((move) => !isInTable(move))
      .map((move) => `a move that the table lacks: ${describe(move)}`),
    ...[...ends.values()].flatMap((theirs) =>
      new Set(theirs.map(({ from }) => (from === 'unknown' ? from : 'open'))).size < theirs.length
        ? [`a hand-off that ended twice: ${theirs.map(describe).join(', ')}`]
        : [],
    ),
  ];
}
