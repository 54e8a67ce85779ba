import { createRole, type DefaultMode } from '../app.module.js';
import type { Role, Settings } from '../settings.js';
import { formatHost } from './ports.js';
import type { RoleApp } from './role-apps.js';

/**
 * A role as the stack starts it: with its own settings picked out, and the address where it
 * listens.
 */
export async function startable(
  role: Role,
  settings: Settings,
  defaultMode?: DefaultMode,
): Promise<RoleApp> {
  const own = settings[role];
  if (own === undefined) throw new Error(`ROLES does not name ${role}`);
  const app = await createRole(role, own, {}, defaultMode);
  return {
    listen: async () => `http://${formatHost(own.host)}:${await app.listen()}`,
    close: () => app.close(),
  };
}
