import { eventually } from './eventually.js';
import type { World } from './world.js';

/** A Ding's call came to an unknown end: lets the time pass until the SMS that follows goes out. */
export async function letFollow(world: World): Promise<void> {
  await eventually(
    'an SMS waits to follow a call',
    async () =>
      (
        await world.rows(
          `SELECT FROM handoffs WHERE purpose = 'ding' AND channel = 'sms' AND state = 'queued'`,
        )
      ).length > 0,
  );
  await world.pass(5_000);
}
