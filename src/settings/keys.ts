import { key, KEY, list } from './parsers.js';
import { row } from './setting.js';

/** The keys. Each is given to the roles that need it, and to no other. */
export const KEYS = [
  row({
    name: 'VAULT_PUBLIC_KEY',
    roles: ['api', 'ingress'],
    secret: true,
    made: 'generated',
    parse: key,
    must: `${KEY} (X25519)`,
    what:
      'Seals numbers. No secret, but kept as one: who exchanges it reads what is sealed from ' +
      'then on.',
  }),
  row({
    name: 'VAULT_PRIVATE_KEYS',
    roles: ['worker'],
    secret: true,
    made: 'generated',
    parse: list(key, 16),
    must: `one or more of ${KEY} (X25519), with commas between them`,
    what: "Open numbers: the first is the public key's, the others are older ones.",
  }),
  row({
    name: 'LIMITER_KEY',
    roles: ['api'],
    secret: true,
    made: 'generated',
    parse: key,
    must: KEY,
    what: 'Counts and finds numbers for two days.',
  }),
  row({
    name: 'CODE_PEPPER',
    roles: ['api', 'worker'],
    secret: true,
    made: 'generated',
    parse: key,
    must: KEY,
    what:
      'Hashes codes: those that the worker makes, and those that are typed in. Binds the links of ' +
      'SMS to them, by a key of its own.',
  }),
  row({
    name: 'PRESENTATION_KEY',
    roles: ['api'],
    secret: true,
    made: 'generated',
    parse: key,
    must: KEY,
    what: 'Wraps the daily keys of caller IDs.',
  }),
  row({
    name: 'PRESENTATION_SIGNING_KEY',
    roles: ['api'],
    secret: true,
    made: 'generated',
    parse: key,
    must: `${KEY} (Ed25519)`,
    what: 'Signs the daily keys of caller IDs, each for its day.',
  }),
  row({
    name: 'PRESENTATION_VERIFYING_KEY',
    roles: ['worker'],
    secret: true,
    made: 'generated',
    parse: key,
    must: `${KEY} (Ed25519)`,
    what:
      "The signing key's public half: numbers are sealed to be shown to keys that it signed, and " +
      'to no other. No secret, but kept as one: who exchanges it reads what is sealed from then on.',
  }),
  row({
    name: 'IDEMPOTENCY_KEY',
    roles: ['api'],
    secret: true,
    made: 'generated',
    parse: key,
    must: KEY,
    what: 'Fingerprints requests that carry an `Idempotency-Key`.',
  }),
  row({
    name: 'NUMBER_INDEX_KEY',
    roles: ['worker'],
    secret: true,
    made: 'generated',
    parse: key,
    must: KEY,
    what: 'The permanent index of numbers.',
  }),
  row({
    name: 'WEBHOOK_KEY',
    roles: ['worker'],
    secret: true,
    made: 'generated',
    parse: key,
    must: KEY,
    what:
      'The secrets that webhooks are signed with are computed from it: another key, and every ' +
      'app needs its new secret.',
  }),
  row({
    name: 'INGRESS_PROBE_KEY',
    roles: ['ingress', 'worker'],
    secret: true,
    made: 'generated',
    parse: key,
    must: KEY,
    what:
      'By it the worker and `ingress` know each other when the worker asks whether `ingress` ' +
      'answers. It opens and signs nothing else.',
  }),
] as const;
