import { type AppWebhook, AppWebhooksRepository } from '../../webhooks/app-webhooks.repository.js';
import { findUrlProblem } from '../../webhooks/public-address.js';
import { deriveSecret, serializeSecret } from '../../webhooks/webhook-signature.js';
import { UsageError } from '../usage-error.js';
import { type Options } from './options.js';
import { type Order, inTransaction } from './order.js';
import { describeEvent } from './test-webhook.js';

/** So many of its latest events are shown, with their tries. */
const LISTED = 10;

const webhooks = new AppWebhooksRepository();

function describeWebhook(hook: AppWebhook): string {
  const state = hook.isEnabled ? 'on' : `off (${String(hook.disabledBecause)})`;
  const failing =
    hook.failingSince === null ? '' : `; failing since ${hook.failingSince.toISOString()}`;
  return `${state} since ${hook.createdAt.toISOString()}${failing}`;
}

/** How long the webhook's old secret signs beside the new one. */
const BOTH_SIGN_MS = 86_400_000;

export function webhook(name: string, options: Options, url: string | undefined): Order {
  if ([url, options.off, options.rotate].filter((one) => one !== undefined).length > 1)
    throw new UsageError('webhook takes an address, --off or --rotate');
  return inTransaction(name, async (trx, app, { now, isLive, webhookKey }) => {
    const before = await webhooks.find(trx, app.id);
    const show = async (version: number): Promise<string> =>
      `  secret   ${serializeSecret(deriveSecret(await webhookKey(), app.id, version))}`;
    if (url !== undefined) {
      const wrong = findUrlProblem(url, isLive);
      if (wrong !== undefined) throw new UsageError(`the webhook's address must ${wrong}`);
      await webhooks.set(trx, app.id, url, now);
      return before === undefined
        ? [`${name}: is told of its verifications from now on (docs/webhooks.md)`, await show(1)]
        : [`${name}: is told there from now on, signed with the secret that it has`];
    }
    if (before === undefined) return [`${name}: has no webhook`];
    if (options.off === true) {
      await webhooks.disable(trx, app.id);
      return [`${name}: is told nothing any more; what waited is given up`];
    }
    if (options.rotate === true) {
      const until = new Date(now.getTime() + BOTH_SIGN_MS);
      const version = await webhooks.rotate(trx, app.id, until);
      return [
        `${name}: has a new webhook secret; the one before it signs too until ${until.toISOString()}`,
        await show(version ?? 1),
      ];
    }
    const events = await webhooks.listEvents(trx, app.id, LISTED);
    return [`${name}: webhook ${describeWebhook(before)}`, ...events.flatMap(describeEvent)];
  });
}
