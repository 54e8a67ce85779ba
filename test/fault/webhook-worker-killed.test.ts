import { Database } from '../../src/kernel/database.js';
import { newId } from '../../src/kernel/ids.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { deriveSecret, serializeSecret } from '../../src/webhooks/webhook-signature.js';
import { LEASE_MS } from '../../src/webhooks/webhook-sender.service.js';
import { AppWebhooksRepository } from '../../src/webhooks/app-webhooks.repository.js';
import { WebhooksRepository } from '../../src/webhooks/webhooks.repository.js';
import { addVerifications } from '../support/app-verifications.js';
import { eventually } from '../support/eventually.js';
import { silence, status, verified, WebhookReceiver } from '../support/webhook-receiver.js';
import { WorkerProcess } from '../support/worker-process.js';
import { World } from '../support/world.js';

// Real: workers as processes of their own, one of them killed by -9; PostgreSQL, an app's server on loopback. The time
// stands still in all processes until the test moves it.

test('an event whose worker is killed while the app has it comes again from another worker, with the same id', async () => {
  const world = await World.start({ roles: ['api'], at: new Date() });
  const receiver = await WebhookReceiver.start();
  const owner = new Database(new Redacted(world.database.ownerUrl), 'test', () => {});
  const rows = new WebhooksRepository();
  const [victim, heir] = [WorkerProcess.spare(world), WorkerProcess.spare(world)];
  const state = async () =>
    (
      await world.rows<{ state: string; attempts: number }>(
        'SELECT state, attempts FROM webhook_events',
      )
    )[0];
  try {
    const appId = newId();
    receiver.answer('/hooks', silence, status(204));
    await world.rows(
      'INSERT INTO apps (id, name, created_at) VALUES ($1::uuid, $1::uuid::text, now())',
      [appId],
    );
    await new AppWebhooksRepository().set(
      owner.sql,
      appId,
      receiver.url('/hooks'),
      world.clock.now(),
    );
    await victim.boot();
    const [verificationId = ''] = await addVerifications(world, appId);
    await owner.transaction((trx) =>
      rows.add(trx, { appId, type: 'verification.approved', verificationId }, world.clock.now()),
    );
    const first = await receiver.expect('/hooks');
    await victim.kill();
    expect(await state()).toEqual({ state: 'sending', attempts: 1 });

    await heir.boot();
    world.clock.advance(LEASE_MS);
    await heir.tellTime();
    const second = await receiver.expect('/hooks', 2);
    await eventually('it is delivered', async () => (await state())?.state === 'delivered');
    expect(await state()).toEqual({ state: 'delivered', attempts: 2 });
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    const secret = serializeSecret(
      deriveSecret(Buffer.from(world.env['WEBHOOK_KEY'] ?? '', 'base64url'), appId, 1),
    );
    for (const told of [first, second]) verified(told, secret);
    expect(receiver.told).toHaveLength(2);
  } finally {
    await Promise.all([victim.kill(), heir.kill()]);
    await receiver.close();
    await owner.close();
    await world.close();
  }
});
