// How long an operator waits until `dingline` does what it was asked: each command as a process of its own, by its
// help, and by what it does without a database (which is all but the database's own time).
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../bin/dingline.mjs', import.meta.url));
const LONGEST_MS = 2_000;
const LOOKED_FOR = [
  ['status'],
  ['look', '0190a1b2-0000-7000-8000-000000000000'],
  ['accounts', 'find', 'nobody'],
  ['apps', 'list'],
  ['guard', 'list'],
  ['deny', 'list'],
  ['stops'],
];

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

function measure(words) {
  const since = performance.now();
  // An address where nobody is: it connects, and is refused at once.
  const env = { PATH: process.env.PATH, DATABASE_URL: 'postgres://nobody:no@127.0.0.1:1/none' };
  spawnSync(process.execPath, [PROGRAM, ...words], { env });
  return performance.now() - since;
}

export const cli = {
  usage: 'cli [--rounds 5]',
  parse(words) {
    if (words.length === 0) return { rounds: 5 };
    const rounds = words[0] === '--rounds' && words.length === 2 ? Number(words[1]) : NaN;
    if (!Number.isInteger(rounds) || rounds < 1) throw new Error('cli takes --rounds, a number');
    return { rounds };
  },
  run({ rounds }, say) {
    const medianMs = {};
    for (const words of [['--help'], ...LOOKED_FOR]) {
      const ms = median(Array.from({ length: rounds }, () => measure(words)));
      medianMs[words.join(' ')] = Math.round(ms);
      say(`${words.join(' ')}: ${Math.round(ms)} ms`);
    }
    const isOnTarget = Object.values(medianMs).every((ms) => ms < LONGEST_MS);
    return { rounds, longestMs: LONGEST_MS, medianMs, isOnTarget };
  },
};
