import { type Environment, isGiven, readGiven, type SettingName } from '../settings.js';
import {
  ensureDatabase,
  grantConnect,
  LOGINS,
  migrateDatabase,
  openLogins,
  QUEUE,
  urlFor,
} from './databases.js';
import { ensureKey, derivePublicKey } from './keys.js';
import { GENERATED, type Plan } from './plan.js';

/** What the stack brings for settings that the environment doesn't give. */
export type Supplied = Partial<Record<SettingName, string>>;

export async function supplyKeys(
  env: Environment,
  dataDir: string,
  supplied: Supplied,
): Promise<void> {
  for (const name of GENERATED)
    if (!isGiven(env, name)) supplied[name] = await ensureKey(dataDir, name);
  if (isGiven(env, 'VAULT_PUBLIC_KEY')) return;
  // The settings know how a secret is given; the public key is computed from the private one
  // wherever that comes from.
  const given = isGiven(env, 'VAULT_PRIVATE_KEYS');
  const privateKeys = given
    ? readGiven(env, 'VAULT_PRIVATE_KEYS')
    : await ensureKey(dataDir, 'VAULT_PRIVATE_KEYS');
  if (!given) supplied.VAULT_PRIVATE_KEYS = privateKeys;
  supplied.VAULT_PUBLIC_KEY = derivePublicKey(privateKeys);
}

export async function supplyDatabases(
  env: Environment,
  dataDir: string,
  ownerUrl: string,
  plan: Plan,
  say: (text: string) => void,
  supplied: Supplied,
): Promise<void> {
  await migrateDatabase(ownerUrl, say);
  const passwords = new Map<string, string>();
  for (const role of ['api', 'ingress', 'worker'] as const) {
    const upper = role.toUpperCase() as Uppercase<typeof role>;
    if (isGiven(env, `${upper}_DATABASE_URL`)) continue;
    const password = await ensureKey(dataDir, `${upper}_DATABASE_PASSWORD`);
    passwords.set(LOGINS[role], password);
    supplied[`${upper}_DATABASE_URL`] = urlFor(ownerUrl, LOGINS[role], password);
  }
  await openLogins(ownerUrl, passwords);
  await grantConnect(ownerUrl);
  if (!plan.hasQueue) return;
  const password = await ensureKey(dataDir, 'QUEUE_DATABASE_PASSWORD');
  await openLogins(ownerUrl, new Map([[QUEUE, password]]), 'QUEUE_URL');
  await ensureDatabase(ownerUrl, QUEUE, QUEUE, 'QUEUE_URL');
  supplied.QUEUE_URL = urlFor(ownerUrl, QUEUE, password, QUEUE);
}
