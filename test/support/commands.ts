import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { Program } from './processes.js';

export interface CommandResult {
  status: unknown;
  out: string;
  err: string;
}

export const DINGLINE = path.join(__dirname, '../../bin/dingline.mjs');

/** Starts `dingline` as an operator does. A start takes half a second of CPU: once for each command is enough. */
export async function startCommand(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  const program = new Program(DINGLINE, words, env);
  const status = await program.ended;
  return { status, out: program.stdout, err: program.stderr };
}

/** Carries out many commands in one process beside the test's (command-host.mjs), one after the other. */
export class Commands {
  private readonly host: ChildProcess;
  private last: Promise<unknown> = Promise.resolve();

  constructor() {
    this.host = fork(path.join(__dirname, 'command-host.mjs'), {
      env: { PATH: process.env['PATH'] ?? '' },
      execArgv: [],
    });
  }

  run(words: readonly string[], env: Readonly<Record<string, string>>): Promise<CommandResult> {
    const result = this.last.then(() => this.ask(words, env));
    this.last = result.catch(() => {});
    return result;
  }

  async close(): Promise<void> {
    const ended = once(this.host, 'exit');
    if (this.host.connected) this.host.disconnect();
    else if (this.host.exitCode !== null) return;
    await ended;
  }

  private async ask(
    words: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<CommandResult> {
    const answered = new AbortController();
    try {
      const ended = once(this.host, 'exit', { signal: answered.signal }).then(() => {
        throw new Error('the process that carries out commands ended');
      });
      const answer = once(this.host, 'message', { signal: answered.signal });
      this.host.send({ words, env });
      const [result] = (await Promise.race([answer, ended])) as [CommandResult];
      return result;
    } finally {
      answered.abort();
    }
  }
}
