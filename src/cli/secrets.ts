import { randomBytes, generateKeyPairSync } from 'node:crypto';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { LOGINS } from '../embedded/databases.js';
import { ExpectedError } from '../embedded/expected-error.js';
import { derivePublicKey, deriveVerifyingKey } from '../embedded/keys.js';
import { say } from './operate.js';

/**
 * `dingline secrets`: makes the folder that docker-compose.yml gives to the containers, a file for
 * each secret. It never writes over one: a lost VAULT_PRIVATE_KEYS is every number lost. What only
 * the carrier knows is left empty, to be filled in.
 *
 * The folder is closed to other users (0700). The files in it are readable (0444): compose gives a
 * container each file by itself, as it is, and the users in the containers are others than who made
 * it.
 */
const key = (): string => randomBytes(32).toString('base64url');

export const FILLED_IN = [
  'CARRIER_ACCOUNT_SID',
  'CARRIER_AUTH_TOKEN',
  'CARRIER_WEBHOOK_TOKENS',
  'CARRIER_SENDER_NUMBER',
] as const;

/** Name of the file, and its text. Hosts are the services of docker-compose.yml. */
export function makeSecrets(): Readonly<Record<string, string>> {
  const [owner, queue, signingKey] = [key(), key(), key()];
  const privateKeys = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' })
    .d as string;
  const url = (login: string, password: string): string =>
    `postgres://${login}:${password}@postgres:5432/dingline`;
  return {
    POSTGRES_PASSWORD: owner,
    DATABASE_URL: url('dingline_owner', owner),
    API_DATABASE_URL: url(LOGINS.api, key()),
    INGRESS_DATABASE_URL: url(LOGINS.ingress, key()),
    WORKER_DATABASE_URL: url(LOGINS.worker, key()),
    QUEUE_URL: `redis://:${queue}@queue:6379/0`,
    QUEUE_CONFIG: `requirepass ${queue}`,
    VAULT_PRIVATE_KEYS: privateKeys,
    VAULT_PUBLIC_KEY: derivePublicKey(privateKeys),
    LIMITER_KEY: key(),
    CODE_PEPPER: key(),
    PRESENTATION_KEY: key(),
    PRESENTATION_SIGNING_KEY: signingKey,
    PRESENTATION_VERIFYING_KEY: deriveVerifyingKey(signingKey),
    IDEMPOTENCY_KEY: key(),
    NUMBER_INDEX_KEY: key(),
    WEBHOOK_KEY: key(),
    INGRESS_PROBE_KEY: key(),
    ...Object.fromEntries(FILLED_IN.map((name) => [name, ''])),
  };
}

/** @throws ExpectedError when the folder is there */
export async function writeSecrets(folder: string): Promise<string[]> {
  if (
    await stat(folder).then(
      () => true,
      () => false,
    )
  )
    throw new ExpectedError(
      `${folder} is there already, and nothing in it is changed; move it away to make new ` +
        'secrets (what was sealed with the old ones needs them)',
    );
  const secrets = makeSecrets();
  await mkdir(folder, { mode: 0o700 });
  for (const [name, text] of Object.entries(secrets))
    await writeFile(join(folder, name), text === '' ? '' : `${text}\n`, {
      mode: text === '' ? 0o644 : 0o444,
      flag: 'wx',
      flush: true,
    });
  return Object.keys(secrets);
}

export function secrets(): Command {
  return new Command('secrets')
    .description(
      'makes the folder that docker-compose.yml gives to the containers; never writes over one',
    )
    .argument('[folder]', 'where', 'secrets')
    .action(async (folder: string) => {
      const names = await writeSecrets(folder);
      say(
        `${names.length} files in ${folder}, which nobody but you can enter. ` +
          'Keep a copy of VAULT_PRIVATE_KEYS elsewhere.',
      );
      say(`To be filled in, from your carrier: ${FILLED_IN.join(', ')}`);
    });
}
