import { join } from 'node:path';
import type { BoundSettings } from '../kernel/migrate.js';
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
import { derivePublicKey, deriveVerifyingKey, ensureKey, type KeyName } from './keys.js';
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
  const supplyPair = async (
    privateName: SettingName & KeyName,
    publicName: SettingName,
    derive: (privateKey: string) => string,
  ): Promise<void> => {
    if (isGiven(env, publicName)) return;
    // The settings know how a secret is given; the public half is computed from the private one
    // wherever that comes from.
    const given = isGiven(env, privateName);
    const privateKey = given ? readGiven(env, privateName) : await ensureKey(dataDir, privateName);
    if (!given) supplied[privateName] = privateKey;
    supplied[publicName] = derive(privateKey);
  };
  await supplyPair('VAULT_PRIVATE_KEYS', 'VAULT_PUBLIC_KEY', derivePublicKey);
  await supplyPair('PRESENTATION_SIGNING_KEY', 'PRESENTATION_VERIFYING_KEY', deriveVerifyingKey);
}

export async function supplyDatabases(
  env: Environment,
  dataDir: string,
  ownerUrl: string,
  { plan, bounds }: { plan: Plan; bounds: BoundSettings },
  say: (text: string) => void,
  supplied: Supplied,
): Promise<void> {
  await migrateDatabase(ownerUrl, bounds, say);
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
  if (!isGiven(env, 'HIGH_WATER_FILE')) supplied.HIGH_WATER_FILE = join(dataDir, 'high-water');
}
