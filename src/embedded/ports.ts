import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Role, StackSettings } from '../settings.js';
import { ExpectedError, portTaken } from './expected-error.js';
import type { Plan } from './plan.js';

/** A simulator or a server whose parent was killed notices within this and gives its port back. */
const GIVEN_BACK_MS = 2000;

/**
 * Asks whether a port is free before anything is started on it, so that a taken one is told at once
 * and in our words. Returns the port; for 0 a free one.
 */
export async function findPort(
  setting: string,
  port: number,
  host: string,
  hostSetting = 'HOST',
): Promise<number> {
  for (const until = Date.now() + GIVEN_BACK_MS; ;) {
    const probe = createServer();
    const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      probe.once('error', resolve);
      probe.listen({ port, host, exclusive: true }, () => resolve(undefined));
    });
    if (error === undefined) {
      const { port: found } = probe.address() as { port: number };
      await new Promise((resolve) => {
        probe.close(resolve);
      });
      return found;
    }
    if (error.code !== 'EADDRINUSE') throw explainListen(setting, port, error, hostSetting);
    if (Date.now() > until) throw new ExpectedError(portTaken(setting, port));
    await sleep(50);
  }
}

export function explainListen(
  setting: string,
  port: number,
  error: unknown,
  hostSetting = 'HOST',
): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return new ExpectedError(portTaken(setting, port));
  if (code === 'EACCES')
    return new ExpectedError(
      `${setting}: port ${port} is kept for root; set ${setting} to one above 1023`,
    );
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new ExpectedError(
      `${hostSetting}: this machine has no such address; ` +
        `set ${hostSetting} to one of its own, such as 127.0.0.1`,
    );
  return error;
}

/** Finds a port for each role and the simulator, and refuses one that two of them share. */
export async function findPorts(own: StackSettings, plan: Plan): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  const wanted: Record<Role, number> = {
    api: own.apiPort,
    ingress: own.ingressPort,
    worker: own.workerPort,
  };
  for (const role of own.roles) {
    const name = `${role.toUpperCase()}_PORT`;
    ports.set(name, await findPort(name, wanted[role], own.host));
  }
  const { metricsPort, metricsHost } = own;
  if (metricsPort !== undefined)
    ports.set(
      'METRICS_PORT',
      await findPort('METRICS_PORT', metricsPort, metricsHost, 'METRICS_HOST'),
    );
  if (plan.hasSimulator)
    ports.set('SIMULATOR_PORT', await findPort('SIMULATOR_PORT', own.simulatorPort, '127.0.0.1'));
  const seen = new Map<number, string>(
    plan.hasPostgres && own.postgresPort !== 0 ? [[own.postgresPort, 'POSTGRES_PORT']] : [],
  );
  for (const [name, port] of ports) {
    const other = seen.get(port);
    if (other !== undefined)
      throw new ExpectedError(`${name}: is the same port as ${other}; set one of them to another`);
    seen.set(port, name);
  }
  return ports;
}

/** How a listening address is written in a URL of this machine. */
export function formatHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
