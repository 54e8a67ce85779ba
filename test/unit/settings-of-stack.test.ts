import { planFor } from '../../src/embedded/plan.js';
import { SETTINGS, parseStackSettings } from '../../src/settings.js';
import { complete, missingIn } from '../support/complete-settings.js';

describe('what the stack brings', () => {
  it('is everything, when nothing is given', () => {
    const plan = planFor({});
    expect(plan).toMatchObject({
      isApart: false,
      hasPostgres: true,
      hasQueue: true,
      hasSimulator: true,
    });
    expect([...plan.promised].sort()).toEqual(Object.keys(complete).sort());
    expect(parseStackSettings({}, plan.promised)).toMatchObject({
      apiPort: 3000,
      postgresPort: 3004,
      dataDir: '.data',
    });
  });

  it('is nothing, when the roles are given their own logins', () => {
    const plan = planFor({ API_DATABASE_URL: 'x' });
    expect(plan).toMatchObject({
      isApart: true,
      hasPostgres: false,
      hasQueue: false,
      hasSimulator: false,
    });
    expect(plan.promised.size).toBe(0);
  });

  it.each(['api', 'ingress', 'worker', 'api,ingress', 'ingress, worker', 'worker,api'])(
    'is nothing for ROLES=%s alone: each setting that these roles lack is named',
    (named) => {
      expect(planFor({ ROLES: named })).toMatchObject({
        isApart: true,
        hasPostgres: false,
        hasQueue: false,
        hasSimulator: false,
      });
      const needed = SETTINGS.filter(
        ({ name, roles }) => name in complete && roles.some((role) => named.includes(role)),
      );
      expect(missingIn({ ROLES: named })).toEqual(needed.map(({ name }) => name).sort());
    },
  );

  it("is everything for all three roles, named or not, and for some beside a database of one's own", () => {
    for (const ROLES of [undefined, '', 'api,ingress,worker', 'worker,ingress,api'])
      expect(planFor({ ROLES })).toMatchObject({ isApart: false, hasPostgres: true });
    expect(planFor({ ROLES: 'api', DATABASE_URL: 'x' })).toMatchObject({
      isApart: false,
      hasPostgres: false,
    });
  });

  it('is not judged by roles that there are not: ROLES is named, and nothing else', () => {
    const plan = planFor({ ROLES: 'wrker' });
    expect(() => parseStackSettings({ ROLES: 'wrker' }, plan.promised)).toThrow(
      /^ROLES must be [^\n]*$/,
    );
  });

  it("is no simulator for one who gives an account but forgets the carrier's address", () => {
    const env = { CARRIER_ACCOUNT_SID: complete['CARRIER_ACCOUNT_SID'] };
    const plan = planFor(env);
    expect(plan.hasSimulator).toBe(false);
    expect(() => parseStackSettings(env, plan.promised)).toThrow(/CARRIER_BASE_URL is missing/);
  });

  it('is no private key for one who gives a public key alone', () => {
    expect(planFor({ VAULT_PUBLIC_KEY: 'x' }).promised.has('VAULT_PRIVATE_KEYS')).toBe(false);
    expect(planFor({ VAULT_PRIVATE_KEYS: 'x' }).promised.has('VAULT_PUBLIC_KEY')).toBe(true);
  });
});
