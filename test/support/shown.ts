import { eventually } from './eventually.js';
import type { World } from './world.js';

/**
 * Waits until all that may be shown by now is sealed for it: that is asked for in the transaction by
 * which a phone rings or joins, and a worker does it.
 */
export const sealed = (world: World): Promise<true> =>
  eventually('what may be shown to be sealed', async () => {
    const left = await world.rows(
      `SELECT FROM handoffs WHERE kind = 'present' AND state IN ('queued', 'sending')`,
    );
    return left.length === 0;
  });
