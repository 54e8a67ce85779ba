// Jest begins with the largest files where it has no times of an earlier run. These take longest,
// whatever their size: begun last, one of them would keep a worker busy when the others have
// nothing left.
const Sequencer = require('@jest/test-sequencer').default;

const LONGEST = [
  'fault/embedded',
  'e2e/voice-code',
  'contract/simulator',
  'architecture/compose',
  'e2e/pages',
  'contract/bad-input',
  'medium/pumping-attack',
  'e2e/ding-many',
  'e2e/accounts',
  'medium/live',
  'fault/callbacks',
  'architecture/canary',
  'fault/worker-killed',
  'fault/network',
  'e2e/conference',
  'e2e/ding',
  'medium/caller-id-model',
  'e2e/verification',
  'e2e/stops',
];

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const place = ({ path }) =>
      (LONGEST.findIndex((name) => path.endsWith(`/${name}.test.ts`)) + LONGEST.length + 1) %
      (LONGEST.length + 1);
    return [...super.sort(tests)].sort((a, b) => place(a) - place(b));
  }
};
