import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExpectedError } from './expected-error.js';

/** Its pages for one browser: the phones, and the phones beside the app where it was told of that. */
export interface PhonesAddresses {
  readonly handsets: string;
  readonly split?: string;
}

export interface SimulatorProcess extends PhonesAddresses {
  readonly port: number;
  readonly ended: Promise<void>;
  stop(): Promise<void>;
  abandon(): void;
}

const START_MS = 15_000;
const STOP_MS = 700;

/**
 * The simulator is a program of its own and is met over HTTP only. It ends when its standard input
 * closes, so it does not outlive a parent that is killed; it is detached, so that a terminal's
 * SIGINT doesn't take the network away from those who are still hanging up.
 */
export async function startSimulatorProcess(
  program: string,
  args: readonly string[],
  onInvitation: (addresses: PhonesAddresses) => void = () => undefined,
): Promise<SimulatorProcess> {
  const child = spawn(process.execPath, [program, ...args, '--exit-with-parent'], {
    env: {},
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  child.stdin.on('error', () => undefined); // it ended first
  const ended = once(child, 'exit').then(() => undefined);
  const abort = new AbortController();
  const listening = new Promise<PhonesAddresses & { port: number }>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      if (line.startsWith('{"event":"listening"'))
        resolve(JSON.parse(line) as PhonesAddresses & { port: number });
      else if (line.startsWith('{"event":"invitation"'))
        onInvitation(JSON.parse(line) as PhonesAddresses);
    });
  });
  const started = await Promise.race([
    listening,
    ended,
    sleep(START_MS, undefined, { signal: abort.signal }).catch(() => undefined),
  ]);
  abort.abort();
  if (!started) {
    child.kill('SIGKILL');
    const line = complaint.split('\n').find((text) => text.trim() !== '') ?? 'it said nothing';
    throw new ExpectedError(`SIMULATOR_PORT: the simulator did not start: ${line}`);
  }
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    ...started,
    ended,
    abandon: () => {
      if (!isGone()) child.kill('SIGKILL');
    },
    stop: async () => {
      if (isGone()) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
