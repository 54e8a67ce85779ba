// A role as a process of its own, in real time. Its parent says over the channel which points of a hand-off do what:
// { boot: [{ point, nth, act, ms }] }, and later { arm: [...] }. It tells which have fired, and its lines of moves,
// warnings and errors.
import { setTimeout as sleep } from 'node:timers/promises';
import { createRole } from '../../dist/app.module.js';
import { parseSettings } from '../../dist/settings.js';

const [role] = process.env.ROLES.split(',');
const counts = new Map();
const waiting = new Map();
let arms = [];
let asked = 0;

// The run has ended.
process.on('disconnect', () => process.exit(1));
process.on('error', () => process.exit(1));
process.on('message', (told) => {
  if (told.done !== undefined) waiting.get(told.done)?.();
  if (told.arm !== undefined) {
    counts.clear();
    arms = told.arm;
  }
  if (told.boot === undefined) return;
  arms = told.boot;
  void boot();
});

/** The parent has a part in it: whoever is to be cut off has been by then. */
function ask(what) {
  asked += 1;
  const id = asked;
  const done = new Promise((resolve) => waiting.set(id, resolve));
  process.send({ ask: id, ...what });
  return done;
}

function onPoint(point, handoffId) {
  const nth = (counts.get(point) ?? 0) + 1;
  counts.set(point, nth);
  const arm = arms.find((one) => one.point === point && one.nth === nth);
  return arm === undefined ? undefined : fire(arm, handoffId);
}

async function fire({ point, act, ms }, handoffId) {
  // Told before it dies: the answer says that the parent has it.
  await ask({ fired: { point, act, handoffId }, ms });
  switch (act) {
    case 'wait':
      return sleep(ms);
    case 'throw':
      throw new Error('a fault of the soak');
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return sleep(60_000);
    case 'stop':
      process.kill(process.pid, 'SIGSTOP');
      return undefined;
    case 'term':
      process.kill(process.pid, 'SIGTERM');
      return undefined;
    default: // the parent has cut or held the cable
      return undefined;
  }
}

async function boot() {
  const log = (text) => {
    for (const line of text.split('\n'))
      if (/"event":"handoff_moved"|"level":"(warn|error)"/.test(line)) process.send({ log: line });
  };
  const settings = parseSettings(process.env)[role];
  const app = await createRole(role, settings, { log, onPoint });
  const port = await app.listen();
  process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
  process.send({ booted: port });
}
