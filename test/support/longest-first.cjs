// Jest begins with the largest files where it has no times of an earlier run. These take longest, whatever their size: begun
// last, one of them would keep a worker busy when the others have nothing left.
const Sequencer = require('@jest/test-sequencer').default;

const LONGEST = ['fault/embedded', 'e2e/apps', 'medium/live', 'fault/network', 'fault/worker-killed', 'e2e/ding', 'e2e/stops', 'fault/callbacks', 'medium/pumping-attack', 'e2e/conference', 'medium/caller-id-model'];

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const place = ({ path }) => (LONGEST.findIndex((name) => path.endsWith(`/${name}.test.ts`)) + LONGEST.length + 1) % (LONGEST.length + 1);
    return [...super.sort(tests)].sort((a, b) => place(a) - place(b));
  }
};
