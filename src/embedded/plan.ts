import { isGiven, ROLES, type Environment, type SettingName } from '../settings.js';

/** Which parts the stack brings itself, from what the environment gives. */
export interface Plan {
  /**
   * The roles run apart, each with its own login: nothing is migrated, generated or started beside
   * them.
   */
  readonly isApart: boolean;
  readonly hasPostgres: boolean;
  readonly hasQueue: boolean;
  readonly hasSimulator: boolean;
  /**
   * Default mode as it comes: all is brought here, and nobody reaches it from elsewhere. Only then
   * the demo signs a browser in, and the app stands beside the phones.
   */
  readonly isDefault: boolean;
  /** The settings that the stack will supply: they may be missing. */
  readonly promised: ReadonlySet<SettingName>;
}

export const GENERATED = [
  'LIMITER_KEY',
  'CODE_PEPPER',
  'PRESENTATION_KEY',
  'IDEMPOTENCY_KEY',
  'NUMBER_INDEX_KEY',
  'WEBHOOK_KEY',
  'INGRESS_PROBE_KEY',
] as const;
const CARRIER = [
  'CARRIER_ACCOUNT_SID',
  'CARRIER_AUTH_TOKEN',
  'CARRIER_WEBHOOK_TOKENS',
  'CARRIER_SENDER_NUMBER',
] as const;
const ROLE_URLS = ['API_DATABASE_URL', 'INGRESS_DATABASE_URL', 'WORKER_DATABASE_URL'] as const;

export function planFor(env: Environment): Plan {
  const gives = (name: SettingName): boolean => isGiven(env, name);
  if (!gives('DATABASE_URL') && (ROLE_URLS.some(gives) || namesSomeRoles(env)))
    return {
      isApart: true,
      hasPostgres: false,
      hasQueue: false,
      hasSimulator: false,
      isDefault: false,
      promised: new Set(),
    };

  const promised = new Set<SettingName>([...ROLE_URLS, 'QUEUE_URL', ...GENERATED]);
  // A public key alone is no reason to make a private one: it opens what some other private key
  // opens.
  if (gives('VAULT_PRIVATE_KEYS')) promised.add('VAULT_PUBLIC_KEY');
  else if (!gives('VAULT_PUBLIC_KEY')) promised.add('VAULT_PUBLIC_KEY').add('VAULT_PRIVATE_KEYS');
  // As is the key that checks signatures: alone it is that of some other signing key.
  if (gives('PRESENTATION_SIGNING_KEY')) promised.add('PRESENTATION_VERIFYING_KEY');
  else if (!gives('PRESENTATION_VERIFYING_KEY'))
    promised.add('PRESENTATION_VERIFYING_KEY').add('PRESENTATION_SIGNING_KEY');
  // Who gives a carrier's account means a real carrier: without its address that is a mistake, not
  // a wish to simulate.
  const hasSimulator = !gives('CARRIER_BASE_URL') && !CARRIER.some(gives);
  if (hasSimulator)
    for (const name of ['CARRIER_BASE_URL', ...CARRIER] as const) promised.add(name);
  const hasPostgres = !gives('DATABASE_URL');
  const isReachedElsewhere = gives('HOST') || gives('API_PUBLIC_URL');
  return {
    isApart: false,
    hasPostgres,
    hasQueue: !gives('QUEUE_URL'),
    hasSimulator,
    isDefault: hasPostgres && hasSimulator && !isReachedElsewhere,
    promised,
  };
}

/**
 * Some of the roles run here, so the others run elsewhere. A database and keys that are made here
 * alone would be of no use to them: whatever these roles need must be given, and a start names what
 * is missing.
 */
function namesSomeRoles(env: Environment): boolean {
  const named = (env['ROLES'] ?? '').split(',').map((name) => name.trim());
  return (
    named.every((name) => ROLES.some((role) => role === name)) &&
    ROLES.some((role) => !named.includes(role))
  );
}
