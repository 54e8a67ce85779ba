import { createRole } from '../app.module.js';
import type { Role, Settings } from '../settings.js';
import type { RoleApp } from './role-apps.js';

/**
 * A role as the stack starts it: with its own settings picked out, and the address where it
 * listens.
 */
export async function startable(role: Role, settings: Settings): Promise<RoleApp> {
  const own = settings[role];
  if (own === undefined) throw new Error(`ROLES does not name ${role}`);
  const app = await createRole(role, own);
  const host =
    own.host === '0.0.0.0' || own.host === '::'
      ? 'localhost'
      : own.host.includes(':')
        ? `[${own.host}]`
        : own.host;
  return { listen: async () => `http://${host}:${await app.listen()}`, close: () => app.close() };
}
