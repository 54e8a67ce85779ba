import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cuttable } from '../support/cuttable.js';
import { World } from '../support/world.js';
import type { Fault, Plan } from './plan.js';
import { WORKERS } from './plan.js';
import { type Fired, RoleProcess } from './role-process.js';

/** What is shortened, since the time is the real one; leases and deadlines are as they are. */
const SETTINGS = {
  RECONCILE_CALLS_AFTER: '10s',
  RECONCILE_SMS_AFTER: '1m',
  RECONCILE_ROOMS_EVERY: '5s',
  AUTO_VOICE_AFTER: '10s',
  DRAIN_WITHIN: '10s',
  LOG_LEVEL: 'info',
  // One person of the soak stands for many.
  DINGS_AN_HOUR: '10000',
  CONFERENCES_AT_ONCE: '100',
  CONFERENCE_MINUTES_A_DAY: '100000',
  SENDS_PER_ADDRESS_A_MINUTE: '10000',
  READS_A_MINUTE: '10000',
  SPEND_CAP_A_DAY: 'none',
  SPEND_CAP_COUNTRY_A_DAY: 'none',
  SPEND_CAP_ACCOUNT_A_DAY: 'none',
  SPEND_CAP_TEAM_A_DAY: 'none',
  PRESENTATIONS_OF_PERSON_AN_HOUR: '100000',
  PRESENTATIONS_AN_HOUR: '1000000',
  CALLER_ID_LOOKS_A_MINUTE: '10000',
};
/** Rings and pauses last a tenth: a phone that nobody answers rings for 6 s. */
const TIME_SCALE = 0.1;

interface Worker {
  process: RoleProcess;
  cable: Cuttable;
}

/** One api, one ingress and three workers as processes, with cables to what they need, and what goes wrong there. */
export class Site {
  readonly fired: Fired[] = [];
  readonly happened: string[] = [];
  readonly logs: string[] = [];
  private readonly workers: Worker[] = [];
  private readonly processes = new Set<RoleProcess>();
  private ingress!: RoleProcess;
  private lives = 0;
  private isQuiet = true;

  private constructor(
    readonly world: World,
    private readonly plan: Plan,
    private readonly queueCable: Cuttable,
  ) {}

  static async open(plan: Plan): Promise<Site> {
    let queueCable!: Cuttable;
    const world = await World.start({
      roles: ['api'],
      at: new Date(),
      env: { ...SETTINGS, ...plan.pace },
      wire: async (env) => {
        queueCable = await Cuttable.before(env['QUEUE_URL'] ?? '', 5432);
        env['QUEUE_URL'] = queueCable.url;
      },
    });
    // The database goes by its own time, as the processes do.
    await rm(world.database.clockFile, { force: true });
    await world.stop('api');
    const site = new Site(world, plan, queueCable);
    const api = site.boot('api');
    world.urls.set('api', `http://127.0.0.1:${String(await api.booted)}`);
    site.ingress = site.boot('ingress');
    await site.ingress.booted;
    await world.phones.settings({ timeScale: TIME_SCALE, stepMs: 5 });
    for (let i = 0; i < WORKERS; i += 1) {
      const cable = await Cuttable.before(world.env['WORKER_DATABASE_URL'] ?? '', 5432);
      site.workers.push({ cable, process: await site.bootWorker(i, cable) });
    }
    return site;
  }

  /** From now on things go wrong. */
  beginTrouble(): void {
    this.isQuiet = false;
    for (const [i, { process }] of this.workers.entries()) process.arm(this.plan.arms[i] ?? []);
  }

  /** All is well again, and stays so. */
  async endTrouble(): Promise<void> {
    this.isQuiet = true;
    for (const one of this.processes) one.arm([]);
    for (const { cable, process } of this.workers) {
      cable.letAnswersThrough();
      await cable.mendIfCut();
      if (process.isStopped) process.signal('SIGCONT');
    }
    await this.queueCable.mendIfCut();
    await this.world.phones.clearTroubles();
    await this.reviveAll();
  }

  /** Whoever has died has another after it. */
  async reviveAll(): Promise<void> {
    for (const [i, { process }] of this.workers.entries())
      if (process.hasEnded) await this.renew(i);
    if (this.ingress.hasEnded) {
      this.ingress = this.boot('ingress');
      await this.ingress.booted;
    }
  }

  async cause({ kind, ms, worker }: Fault): Promise<void> {
    this.happened.push(kind);
    const { cable, process } = this.workers[worker] as Worker;
    switch (kind) {
      case 'database-cut':
        return this.cut(cable, ms);
      case 'database-held':
        return this.hold(cable, ms);
      case 'queue-away':
        return this.cut(this.queueCable, ms);
      case 'database-restarted': // one of its processes is killed: it ends all connections, and replays its log
        return this.restartDatabase();
      case 'ingress-away':
        this.ingress.signal('SIGKILL');
        await this.ingress.ended;
        await sleep(ms);
        return this.reviveAll();
      case 'worker-killed':
        return this.renew(worker, 'SIGKILL');
      case 'worker-ended':
        return this.renew(worker, 'SIGTERM');
      case 'worker-stopped':
        process.signal('SIGSTOP');
        await sleep(ms);
        process.signal('SIGCONT');
    }
  }

  /** With the owner's eyes, which the faults don't spare. */
  async rows<R extends object>(text: string, values: unknown[] = []): Promise<R[]> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.world.rows<R>(text, values);
      } catch (error) {
        if (tries === 40) throw error;
        await sleep(250);
      }
    }
  }

  async close(): Promise<void> {
    for (const one of this.processes) {
      one.signal('SIGCONT');
      one.signal('SIGKILL');
    }
    await Promise.all([...this.processes].map(({ ended }) => ended));
    for (const { cable } of this.workers) await cable.cut();
    await this.world.close({ quietly: true });
    await this.queueCable.cut();
  }

  private boot(role: 'api' | 'ingress' | 'worker', more: Record<string, string> = {}): RoleProcess {
    const life = this.lives;
    if (role === 'worker') this.lives += 1;
    const arms = role === 'worker' && !this.isQuiet ? (this.plan.arms[life] ?? []) : [];
    const process: RoleProcess = new RoleProcess(
      { ...this.world.env, ...more, ROLES: role },
      arms,
      (line) => this.logs.push(line),
      (fired, ms) => this.onFired(process, fired, ms),
    );
    this.processes.add(process);
    void process.ended.then(() => this.processes.delete(process));
    return process;
  }

  private async bootWorker(_: number, cable: Cuttable): Promise<RoleProcess> {
    const process = this.boot('worker', { WORKER_DATABASE_URL: cable.url });
    // Its plan, or its cable, may have ended it.
    await process.booted.catch((error: unknown) => {
      if (this.isQuiet) throw error;
    });
    return process;
  }

  private async renew(i: number, signal?: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const worker = this.workers[i] as Worker;
    if (signal !== undefined) worker.process.signal(signal);
    await Promise.race([worker.process.ended, sleep(15_000, undefined, { ref: false })]);
    worker.process.signal('SIGKILL');
    await worker.process.ended;
    worker.process = await this.bootWorker(i, worker.cable);
  }

  /** The process waits until this is over, but for what lasts. */
  private async onFired(process: RoleProcess, fired: Fired, ms: number): Promise<void> {
    this.fired.push(fired);
    const worker = this.workers.find((one) => one.process === process);
    if (worker === undefined) return;
    const index = this.workers.indexOf(worker);
    if (fired.act === 'cut') {
      await worker.cable.cut();
      void sleep(ms).then(() => worker.cable.mendIfCut());
    } else if (fired.act === 'hold') void this.hold(worker.cable, ms);
    else if (fired.act === 'kill' || fired.act === 'term')
      void process.ended
        .then(() => (this.workers[index]?.process === process ? this.renew(index) : undefined))
        .catch(() => {});
    else if (fired.act === 'stop') {
      process.isStopped = true;
      void sleep(ms).then(() => process.signal('SIGCONT'));
    }
  }

  private async cut(cable: Cuttable, ms: number): Promise<void> {
    await cable.cut();
    await sleep(ms);
    await cable.mendIfCut();
  }

  private async hold(cable: Cuttable, ms: number): Promise<void> {
    cable.holdAnswers();
    await sleep(ms);
    cable.letAnswersThrough();
  }

  private async restartDatabase(): Promise<void> {
    const [row] = await this.rows<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() LIMIT 1`,
    );
    if (row !== undefined) process.kill(row.pid, 'SIGKILL');
  }
}
