import { setTimeout as sleep } from 'node:timers/promises';
import { ExpectedError } from '../../embedded/expected-error.js';
import type { Database } from '../../kernel/database.js';
import { newId } from '../../kernel/ids.js';
import { AppWebhooksRepository, type EventSeen } from '../../webhooks/app-webhooks.repository.js';
import { say } from '../operate.js';
import { describeTry } from '../tries.js';
import { lockApp, type Order } from './order.js';

const webhooks = new AppWebhooksRepository();

const LOOK_MS = 200;
/** A worker looks each second for what is due. */
const TAKEN_WITHIN_MS = 5_000;
/** Two tries of 15 s at most, and 5 s between them, a tenth longer. */
const OVER_WITHIN_MS = 40_000;

export function describeEvent({ id, type, state, tries, nextAt }: EventSeen): string[] {
  const next = state === 'queued' && nextAt !== null ? `, next at ${nextAt.toISOString()}` : '';
  return [
    `  ${type} ${id}: ${state.replace('_', ' ')}${next}`,
    ...tries.map((one) => `    ${describeTry(one)}`),
  ];
}

/** Has the worker send a test to the app's server, and prints each try as it ends. */
export function testWebhook(name: string): Order {
  return async ({ database, now }) => {
    const id = newId();
    await database.transaction(async (trx) => {
      const app = await lockApp(trx, name);
      const hook = await webhooks.find(trx, app.id);
      if (hook === undefined) throw new ExpectedError(`${name} has no webhook; nothing was sent`);
      if (!hook.isEnabled)
        throw new ExpectedError(
          `${name}: its webhook is off (${String(hook.disabledBecause)}); set its address again first`,
        );
      await webhooks.addTest(trx, id, app.id, now);
    });
    say(`${name}: a test is on its way, webhook-id ${id}`);
    const event = await follow(database, id);
    if (event?.state === 'delivered') return [`${name}: its server takes webhooks`];
    throw new ExpectedError(
      event === undefined || event.tries.length === 0
        ? `${name}: no worker has sent it yet; does one run? Later: dingline apps webhook "${name}"`
        : `${name}: its server does not take webhooks`,
    );
  };
}

/** Until it is over, or nobody seems to send it. */
async function follow(database: Database, id: string): Promise<EventSeen | undefined> {
  const since = Date.now();
  for (let shown = 0; ;) {
    const event = await webhooks.findEvent(database.sql, id);
    for (const one of event?.tries.slice(shown) ?? []) say(`  ${describeTry(one)}`);
    shown = event?.tries.length ?? shown;
    const isOver = event === undefined || ['delivered', 'given_up'].includes(event.state);
    const isTaken = event?.state === 'sending' || shown > 0;
    const passedMs = Date.now() - since;
    if (isOver || passedMs > (isTaken ? OVER_WITHIN_MS : TAKEN_WITHIN_MS)) return event;
    await sleep(LOOK_MS);
  }
}
