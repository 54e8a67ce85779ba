import { complain, explain } from './explain.js';
import type { Environment } from '../settings.js';
import { startStack, type Stack, type StackOptions } from './stack.js';

/**
 * npm passes on a terminal's SIGINT that the terminal has sent already: two within this are one.
 */
const SAME_SIGNAL_MS = 1000;

/** How soon the stack sees that the shell between npm and it has gone. */
const PARENT_LOOK_MS = 250;

/**
 * Runs the stack until a signal, until a child ends by itself, or until `whenUp` returns a status;
 * then drains, and returns the status to exit with. A second signal ends the children at once and
 * the process with them.
 */
export async function runStack(
  options: Omit<StackOptions, 'signal' | 'abandoners'>,
  whenUp: (stack: Stack, stopping: AbortSignal) => Promise<number | undefined>,
): Promise<number> {
  const stopping = new AbortController();
  const abandoners = new Set<() => void>();
  let firstAt = 0;
  const onSignal = (): void => {
    if (!stopping.signal.aborted) {
      firstAt = Date.now();
      options.say('stopping');
      stopping.abort();
    } else if (Date.now() - firstAt > SAME_SIGNAL_MS) {
      for (const abandon of abandoners) abandon();
      process.exit(1);
    }
  };
  const parent = watchParent(options.env, onSignal);
  // SIGHUP too: PostgreSQL is detached and would outlive a closed terminal.
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, onSignal);
  const signalled = new Promise<number>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve(0));
  });
  try {
    const stack = await startStack({ ...options, signal: stopping.signal, abandoners });
    try {
      const failed = stack.failed.then((line) => {
        complain(line);
        return 1;
      });
      const done = whenUp(stack, stopping.signal).then(
        (status) => status ?? new Promise<never>(() => undefined),
      );
      return await Promise.race([signalled, failed, done]);
    } finally {
      await stack.stop();
    }
  } catch (error) {
    if (stopping.signal.aborted) return 0;
    explain(error);
    return 1;
  } finally {
    clearInterval(parent);
    for (const name of signals) process.off(name, onSignal);
  }
}

/**
 * A `kill` of `npm start` in a script: npm passes the signal on to its shell, which ends and tells
 * nobody, and the stack would go on as an orphan. What npm didn't start may well be meant to outlive
 * its parent.
 */
function watchParent(env: Environment, onGone: () => void): NodeJS.Timeout | undefined {
  if (env['npm_lifecycle_event'] === undefined) return undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, PARENT_LOOK_MS);
  return timer.unref();
}
