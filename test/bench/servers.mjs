// The servers that the benchmarks of verification measure, and the numbers that they are asked about.
import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { answers, freePort } from '../support/servers.mjs';

export const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = path.join(HERE, '..', '..');
export const MAIN = path.join(ROOT, 'dist', 'main.js');
/** How often codes are guessed, as the settings have it where they say nothing. */
export const GUESSES = {
  checksAtMost: 5,
  guessesADay: 10,
  guessesKeptForOwner: 3,
  guessesInARow: 100,
  unreachableLimit: 3,
  proofLastsMs: 365 * 86_400_000,
  retentionCallsDays: 30,
  retentionVerificationsDays: 1,
  retentionNoticesDays: 365,
  retentionWebhooksDays: 7,
};
export const SERVERS = ['floor', 'peer', 'ours'];

/**
 * One server that is measured, in a process of its own, with a database of its own; of ours, with
 * an app in it. `more` are settings.
 */
export async function startServer(
  name,
  { temporary, postgres, redisUrl, password, more = {} },
  undo,
  stopping,
) {
  const { LOGINS, ensureDatabase, grantConnect, migrateDatabase, openLogins, urlFor } =
    await import('../../dist/embedded/databases.js');
  const { derivePublicKey } = await import('../../dist/embedded/keys.js');
  const ownerUrl = postgres.ownerUrl(`bench_${name}`);
  await ensureDatabase(postgres.ownerUrl('postgres'), `bench_${name}`, undefined, 'DATABASE_URL');
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  undo.push(() => owner.end());
  const port = await freePort();
  const key = () => randomBytes(32).toString('base64url');
  const pepper = key();
  const env = { PATH: process.env.PATH };
  let app;
  if (name === 'peer')
    Object.assign(env, {
      NODE_ENV: 'production',
      PEER_DATABASE_URL: ownerUrl,
      PEER_PORT: String(port),
      PEER_SECRET: key(),
    });
  else {
    await migrateDatabase(ownerUrl, GUESSES, () => {});
    await openLogins(ownerUrl, new Map([[LOGINS.api, password]])); // one login for the whole server, so one password
    await grantConnect(ownerUrl);
    app = await makeApp(owner);
    const vaultKey = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' }).d;
    Object.assign(env, {
      NODE_ENV: 'production',
      ROLES: 'api',
      API_PORT: String(port),
      METRICS_PORT: 'none',
      API_DATABASE_URL: urlFor(ownerUrl, LOGINS.api, password),
      QUEUE_URL: `${redisUrl}/${SERVERS.indexOf(name)}`,
      CARRIER_BASE_URL: 'http://127.0.0.1:9',
      VAULT_PUBLIC_KEY: derivePublicKey(vaultKey),
      LIMITER_KEY: key(),
      CODE_PEPPER: pepper,
      PRESENTATION_KEY: key(),
      PRESENTATION_SIGNING_KEY: key(),
      IDEMPOTENCY_KEY: key(),
      ...(name === 'floor' ? { FLOOR_SECRET_DIGEST: app.secretDigest } : {}),
      ...more,
    });
  }
  const program = {
    floor: path.join(HERE, 'floor.mjs'),
    peer: path.join(HERE, 'peer.mjs'),
    ours: MAIN,
  }[name];
  // The log goes to a file, as under a supervisor: reading it would be work for the same processors.
  const log = await open(path.join(temporary, `${name}.log`), 'w');
  const child = spawn(
    process.execPath,
    ['--import', new URL('measured.mjs', import.meta.url).href, program],
    { env, stdio: ['ignore', log.fd, log.fd, 'ipc'], detached: true, cwd: ROOT },
  );
  await log.close();
  const ended = once(child, 'exit');
  undo.push(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  for (
    const until = Date.now() + 60_000;
    !(await answers(port));
    await sleep(50, undefined, { signal: stopping })
  ) {
    if (child.exitCode !== null || Date.now() > until)
      throw new Error(
        `${name} did not start: ${await readFile(path.join(temporary, `${name}.log`), 'utf8')}`,
      );
  }
  const server = {
    name,
    owner,
    app,
    pepper: Buffer.from(pepper, 'base64url'),
    origin: `http://127.0.0.1:${port}`,
    async ask(message) {
      const answered = once(child, 'message');
      child.send(message);
      const [answer] = await Promise.race([
        answered,
        ended.then(() => {
          throw new Error(`${name} ended`);
        }),
      ]);
      return answer;
    },
    cpu: async () => (await server.ask({ ask: 'cpu' })).cpu,
  };
  return server;
}

/** One app, as `npm run apps` makes it, with the service that it verifies by. */
async function makeApp(owner) {
  const { digestSecret, formatSid } = await import('../../dist/apps/app.js');
  const [id, service, secret] = [randomUUID(), randomUUID(), randomBytes(32).toString('base64url')];
  await owner.query('INSERT INTO apps (id, name, created_at) VALUES ($1, $2, now())', [
    id,
    'Bench',
  ]);
  await owner.query(
    'INSERT INTO verify_services (id, app_id, is_default, name, created_at) VALUES ($1, $2, true, $3, now())',
    [service, id, 'Bench'],
  );
  await owner.query(
    'INSERT INTO app_secrets (secret_hash, app_id, created_at) VALUES (sha256($1), $2, now())',
    [digestSecret(secret), id],
  );
  return {
    id,
    service,
    secretDigest: digestSecret(secret).toString('hex'),
    headers: {
      authorization: `Basic ${Buffer.from(`${formatSid('AC', id)}:${secret}`).toString('base64')}`,
    },
  };
}

const AREAS = ['202', '212', '310', '312', '415', '512', '617', '713', '720', '917'];
const ENDS = ['02', '34', '46', '58', '60', '73', '84', '97'];

/**
 * Valid and ordinary, none twice in six million: area, exchange (none is 555 or N11) and line, in
 * an order that jumps.
 */
export function* numbers() {
  for (let i = 0; ; i += 1) {
    const n = (i * 2_654_435_761) % 6_400_000;
    yield `+1${AREAS[n % 10]}${2 + (Math.floor(n / 10) % 8)}${ENDS[Math.floor(n / 80) % 8]}${String(Math.floor(n / 640)).padStart(4, '0')}`;
  }
}
