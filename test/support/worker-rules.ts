import { NumberRules } from '../../src/plaintext/number-rules.service.js';
import { eventually } from './eventually.js';
import type { World } from './world.js';

/** The worker looks at the rules by itself; what it knows is known a second later than to the first who asks. */
export const workerKnows = (world: World, holds: (prefixes: readonly string[]) => boolean) =>
  eventually('the worker knows', async () => {
    const rules = await world.apps.get('worker')?.app.get(NumberRules, { strict: false }).find();
    return rules !== undefined && holds(rules.denied.flatMap((prefixes) => [...prefixes]));
  });
