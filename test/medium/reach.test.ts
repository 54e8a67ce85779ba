import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { reachAll } from '../../src/embedded/reach.js';
import { parseSettings } from '../../src/settings.js';

// Real: a listening socket, and a port that nobody listens on.

const key = (): string => randomBytes(32).toString('base64url');

async function listening(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const settings = (databasePort: number, queuePort: number) =>
  parseSettings({
    ROLES: 'api',
    API_DATABASE_URL: `postgres://dingline_api:hidden-word@127.0.0.1:${databasePort}/dingline`,
    QUEUE_URL: `redis://:hidden-word@127.0.0.1:${queuePort}`,
    VAULT_PUBLIC_KEY: key(),
    LIMITER_KEY: key(),
    CODE_PEPPER: key(),
    PRESENTATION_KEY: key(),
    PRESENTATION_SIGNING_KEY: key(),
    IDEMPOTENCY_KEY: key(),
    CARRIER_BASE_URL: 'http://127.0.0.1:9',
  });

test('a queue or a database that nobody answers for stops the start with one line that names the setting and no address', async () => {
  const [there, gone] = [await listening(), await listening()];
  await gone.close();
  try {
    await expect(reachAll(settings(there.port, there.port))).resolves.toBeUndefined();
    const [queue, database] = await Promise.all(
      [
        [there.port, gone.port],
        [gone.port, there.port],
      ].map(([first, second]) =>
        reachAll(settings(first as number, second as number)).then(
          () => 'reached',
          (error: Error) => error.message,
        ),
      ),
    );
    expect(queue).toMatch(/^QUEUE_URL: nobody answers at its address \(ECONNREFUSED\)/);
    expect(database).toMatch(/^API_DATABASE_URL: nobody answers at its address \(ECONNREFUSED\)/);
    for (const line of [queue, database])
      expect(line).not.toMatch(/hidden-word|127\.0\.0\.1|\d{4,5}/);
  } finally {
    await there.close();
  }
});
