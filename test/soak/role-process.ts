import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Act, Arm } from './plan.js';

export interface Fired {
  point: string;
  act: Act;
  handoffId: string;
}
interface Told {
  booted?: number;
  log?: string;
  ask?: number;
  fired?: Fired;
  ms?: number;
}

/** A role as a process of its own (role.mjs). */
export class RoleProcess {
  readonly ended: Promise<void>;
  readonly booted: Promise<number>;
  isStopped = false;
  private readonly child: ChildProcess;

  constructor(
    env: Record<string, string>,
    arms: readonly Arm[],
    onLog: (line: string) => void,
    onFired: (fired: Fired, ms: number) => Promise<void>,
  ) {
    this.child = fork(path.join(__dirname, 'role.mjs'), [], {
      env: { ...env, PATH: process.env['PATH'] ?? '' },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.ended = once(this.child, 'exit').then(() => {});
    this.booted = new Promise((resolve, reject) => {
      this.child.on('message', (told: Told) => {
        if (told.booted !== undefined) resolve(told.booted);
        if (told.log !== undefined) onLog(told.log);
        if (told.fired !== undefined)
          void onFired(told.fired, told.ms ?? 0).finally(() => this.send({ done: told.ask }));
      });
      void this.ended.then(() => reject(new Error('a role ended before it listened')));
    });
    this.booted.catch(() => {});
    this.send({ boot: arms });
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** From now on these, counted from here. */
  arm(arms: readonly Arm[]): void {
    this.send({ arm: arms });
  }

  signal(name: NodeJS.Signals): void {
    if (name === 'SIGSTOP') this.isStopped = true;
    if (name === 'SIGCONT') this.isStopped = false;
    this.child.kill(name);
  }

  private send(what: object): void {
    if (this.child.connected) this.child.send(what, () => {});
  }
}
