import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Curve, derivePublicHalf } from '../kernel/raw-keys.js';
import { ExpectedError } from './expected-error.js';

/** What is generated: each in DATA_DIR/keys, in a file of its name, readable by this user only. */
const MAKERS = {
  VAULT_PRIVATE_KEYS: () =>
    generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' }).d as string,
  LIMITER_KEY: key,
  CODE_PEPPER: key,
  PRESENTATION_KEY: key,
  PRESENTATION_SIGNING_KEY: key, // any 32 bytes are an Ed25519 key (RFC 8032)
  IDEMPOTENCY_KEY: key,
  NUMBER_INDEX_KEY: key,
  WEBHOOK_KEY: key,
  INGRESS_PROBE_KEY: key,
  // The simulator's account.
  CARRIER_ACCOUNT_SID: () => `AC${randomBytes(16).toString('hex')}`,
  CARRIER_AUTH_TOKEN: () => randomBytes(16).toString('hex'),
  SIMULATOR_CONTROL_TOKEN: key,
  // Logins of PostgreSQL.
  POSTGRES_PASSWORD: key,
  API_DATABASE_PASSWORD: key,
  INGRESS_DATABASE_PASSWORD: key,
  WORKER_DATABASE_PASSWORD: key,
  QUEUE_DATABASE_PASSWORD: key,
} as const;
export type KeyName = keyof typeof MAKERS;

function key(): string {
  return randomBytes(32).toString('base64url');
}

export const keysDir = (dataDir: string): string => join(dataDir, 'keys');
export const keyFile = (dataDir: string, name: KeyName): string => join(keysDir(dataDir), name);

/**
 * Reads a key, or makes it if there is none. Of two that make it at once one wins and both return
 * the winner's: the file is written and synced under another name and then linked, which fails if
 * the name exists. So no reader sees half a key, and no crash leaves an empty one: what was sealed
 * with a key that is lost is lost too.
 */
export async function ensureKey(dataDir: string, name: KeyName): Promise<string> {
  const path = keyFile(dataDir, name);
  const existing = await readKey(path);
  if (existing !== undefined) return existing;
  await mkdir(keysDir(dataDir), { recursive: true, mode: 0o700 });
  await chmod(keysDir(dataDir), 0o700);
  const partial = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(partial, 'wx', 0o600);
  try {
    await file.writeFile(`${MAKERS[name]()}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(partial, path);
    await syncDirectory(keysDir(dataDir));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(partial);
  }
  const made = await readKey(path);
  if (made === undefined) throw new Error(`${name} vanished`);
  return made;
}

async function readKey(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  if (text.trim() === '')
    throw new ExpectedError(
      `DATA_DIR: the key file ${path} is empty; put its text back from a backup`,
    );
  return text.trim();
}

/** So that the new name survives a power cut. Windows can't sync a folder, and needs not. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  await directory.sync().finally(() => directory.close());
}

/** The public half, both base64url of 32 bytes: it is computed, never stored, so the two can't part. */
const derive = (curve: Curve, privateKey: string): string =>
  derivePublicHalf(curve, Buffer.from(privateKey, 'base64url')).toString('base64url');

/** The public key of the first of the vault's private keys. */
export function derivePublicKey(privateKeys: string): string {
  return derive('x25519', privateKeys.split(',')[0]?.trim() ?? '');
}

/** What the worker checks `api`'s signatures with. */
export function deriveVerifyingKey(signingKey: string): string {
  return derive('ed25519', signingKey);
}
