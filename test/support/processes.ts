import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** A real process of the product, with what it printed, and an environment that holds only what it is given. */
export class Program {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly ended: Promise<number | NodeJS.Signals | null>;
  #changed: (() => void)[] = [];

  constructor(file: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, [file, ...args], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
      this.#wake();
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
      this.#wake();
    });
    this.ended = once(this.child, 'close').then(
      ([code, signal]: (number | NodeJS.Signals | null)[]) => {
        this.#wake();
        return signal ?? code ?? null;
      },
    );
  }

  get pid(): number {
    return this.child.pid as number;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits for a line on standard output; fails when the process ends without it. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.stdout);
      if (found) return found;
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(
          `it ended without printing ${String(pattern)}:\n${this.stdout}\n${this.stderr}`,
        );
      await new Promise<void>((resolve) => {
        this.#changed.push(resolve);
      });
    }
  }

  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

/**
 * The processes (zombies left out) whose command line, working folder and environment-free
 * arguments name `text`. Linux only.
 */
export function processesNaming(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => {
      try {
        if (/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return false;
        return (
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text) ||
          readlinkSync(`/proc/${pid}/cwd`).includes(text)
        );
      } catch {
        return false; // it ended, or isn't ours to look at
      }
    });
}

/** Ends what is left of a test, by pid. */
export async function endAll(text: string): Promise<void> {
  for (const until = Date.now() + 5000; ;) {
    const pids = processesNaming(text);
    if (pids.length === 0 || Date.now() > until) return;
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended first.
      }
    }
    await sleep(20);
  }
}
