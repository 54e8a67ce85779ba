import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { HandoffStep } from '../../src/handoff/handoff.js';
import type { World } from './world.js';

interface Told {
  loaded?: true;
  booted?: true;
  armed?: HandoffStep;
  heard?: number;
  step?: HandoffStep;
  handoffId?: string;
  log?: string;
}

/** A worker in a process of its own, that a test can kill with -9 at a step of a hand-off. Needs `npm run build`. */
export class WorkerProcess {
  readonly steps: { step: HandoffStep; handoffId: string }[] = [];
  /** The signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
  private readonly told: Told[] = [];
  private readonly child: ChildProcess;
  private changed: (() => void)[] = [];

  private constructor(private readonly world: World) {
    const env = { ...world.env, ROLES: 'worker', PATH: process.env['PATH'] ?? '' };
    this.child = fork(path.join(__dirname, 'worker-that-dies.mjs'), [], {
      env,
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.child.on('message', (told: Told) => {
      this.told.push(told);
      if (told.step !== undefined && told.handoffId !== undefined)
        this.steps.push({ step: told.step, handoffId: told.handoffId });
      if (told.log !== undefined) world.logs.push(told.log);
      for (const wake of this.changed.splice(0)) wake();
    });
    this.ended = once(this.child, 'close').then(([, signal]: (NodeJS.Signals | null)[]) => {
      for (const wake of this.changed.splice(0)) wake();
      return signal ?? null;
    });
  }

  /** Loads the product and waits: loading takes most of a second, and a test may spend it on something else. */
  static spare(world: World): WorkerProcess {
    return new WorkerProcess(world);
  }

  /** Begins to work. */
  async boot(): Promise<this> {
    await this.hears((told) => told.loaded);
    await this.tellTime();
    this.child.send({ boot: true });
    await this.hears((told) => told.booted);
    return this;
  }

  /** The time stands still in there too, until it is told; it knows by then. */
  async tellTime(): Promise<void> {
    const now = this.world.clock.now().getTime();
    this.child.send({ now });
    await this.hears((told) => told.heard === now);
  }

  /** It dies at this step of the hand-off that it takes next, but for those that are known. */
  async dieAt(step: HandoffStep, known: readonly string[]): Promise<void> {
    this.child.send({ dieAt: step, known });
    await this.hears((told) => told.armed === step);
  }

  /** It does nothing more, and closes nothing. */
  stop(): void {
    this.child.kill('SIGSTOP');
  }

  goOn(): void {
    this.child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  private async hears(fits: (told: Told) => boolean | undefined): Promise<void> {
    while (!this.told.some(fits)) {
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error('the worker process has ended');
      await new Promise<void>((resolve) => this.changed.push(resolve));
    }
  }
}
