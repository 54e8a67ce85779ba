import { setTimeout as sleep } from 'node:timers/promises';
import type { DefaultMode } from '../app.module.js';
import type { Role, Settings } from '../settings.js';

/** One role, as the composition makes it. */
export interface RoleApp {
  /** Begins to work, and returns where it listens. */
  listen(): Promise<string>;
  /** Takes nothing new and finishes what it has in hand. */
  close(): Promise<void>;
}
export type CreateRole = (
  role: Role,
  settings: Settings,
  defaultMode?: DefaultMode,
) => Promise<RoleApp>;

/**
 * A stop may take 5 s: 2 x 800 ms for the roles, 700 for the simulator, 2,500 for PostgreSQL.
 */
const DRAIN_MS = 800;

/** A role that waits for something while it starts must not keep a signal waiting. */
export async function orStopped<T>(
  starting: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return starting;
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
  });
  return Promise.race([starting, stopped]);
}

/**
 * Closes what takes work first, then what the carrier calls: its answers to the last job still
 * find a door.
 */
export async function drain(
  apps: ReadonlyMap<Role, RoleApp>,
  say: (text: string) => void,
): Promise<void> {
  for (const roles of [['api', 'worker'], ['ingress']] as const) {
    const closing = Promise.all(
      roles.map(async (role) => {
        await apps.get(role)?.close();
      }),
    ).then(
      () => 'closed' as const,
      (error: unknown) => error,
    );
    const abort = new AbortController();
    const result = await Promise.race([
      closing,
      sleep(DRAIN_MS, 'late' as const, { signal: abort.signal }).catch(() => 'late' as const),
    ]);
    abort.abort();
    if (result === 'closed') continue;
    const failure = result === 'late' ? 'did not finish in time' : 'failed to close';
    say(`${roles.join(' and ')} ${failure}; what was in hand is taken up at the next start`);
  }
}
