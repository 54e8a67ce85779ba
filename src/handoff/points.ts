/**
 * Every await between a hand-off's claim and the outcome that is written, by what comes next. A test
 * that gives `createRole` an `onPoint` may let a worker die, stand still or lose its database there;
 * no setting does.
 */
export const HANDOFF_POINTS = [
  // the claim's transaction
  'read',
  'claim',
  'withhold',
  'want',
  'ring',
  'turn',
  'put-off',
  'spend',
  'showing',
  'code',
  'text',
  'receipt',
  'commit-claim',
  'find-claim',
  // what makes the request
  'rules',
  'open',
  'find-code',
  'word',
  'segments',
  'leave-code',
  'late-ring',
  'target',
  'room',
  'present',
  'last-look',
  'ask',
  // the outcome's transaction
  'settle',
  'lock',
  'note-withheld',
  'tell-wait',
  'put-back',
  'give-back-ring',
  'write',
  'observe',
  'tell',
  'give-back-spend',
  'commit-outcome',
] as const;
export type HandoffPoint = (typeof HANDOFF_POINTS)[number];

/** Undefined, and so at no cost, but in a test that has something happen at this point. */
export type At = (point: HandoffPoint) => Promise<void> | undefined;
