import { setTimeout as sleep } from 'node:timers/promises';
import type { DefaultMode } from '../app.module.js';
import type { Role, Settings } from '../settings.js';
import type { Plan } from './plan.js';

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
 * In default mode a stop may take 5 s: 2 x 800 ms for the roles, 700 for the simulator, 2,500 for
 * PostgreSQL.
 */
const DRAIN_MS = 800;

/** How long each step of a drain may take. */
export function drainLimits(plan: Pick<Plan, 'isDefault'>, drainMs: number): DrainLimits {
  return { workMs: plan.isDefault ? DRAIN_MS : drainMs, doorMs: DRAIN_MS };
}

interface DrainLimits {
  /** For what takes work: the worker has the carrier's answers to wait for. */
  workMs: number;
  /** For what the carrier calls, once no work is left. */
  doorMs: number;
}

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
  limits: DrainLimits,
): Promise<void> {
  for (const [limitMs, roles] of [
    [limits.workMs, ['api', 'worker']],
    [limits.doorMs, ['ingress']],
  ] as const) {
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
      sleep(limitMs, 'late' as const, { signal: abort.signal }).catch(() => 'late' as const),
    ]);
    abort.abort();
    if (result === 'closed') continue;
    const failure = result === 'late' ? 'did not finish in time' : 'failed to close';
    say(`${roles.join(' and ')} ${failure}; what was in hand is taken up at the next start`);
  }
}
