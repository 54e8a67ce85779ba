import { eventually } from './eventually.js';
import type { Person } from './make.js';
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

export interface CallerIdsBody {
  callerIds: { participantId: string; number: string }[];
}

/**
 * What somebody sees of a call (`dings/…` or `conferences/…`). Where somebody else holds the call just
 * then, whoever asks is told to come again, as docs/operating.md says, and does.
 */
export const askCallerIds = (world: World, who: Person, path: string) =>
  eventually('an answer about caller IDs', async () => {
    const answer = await world.call<CallerIdsBody>('GET', `/v1/${path}/caller-id`, undefined, who);
    return answer.headers.get('retry-after') === '1' ? undefined : answer;
  });
