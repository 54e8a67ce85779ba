// The role `worker` as a process of its own that dies by its own kill -9 where a test wants it to.
// It is told what to do over its parent's channel: { boot: true }, { now }, { dieAt, known }, and tells
// every step of every hand-off.
import { createRole } from '../../dist/app.module.js';
import { Clock } from '../../dist/kernel/clock.js';
import { parseSettings } from '../../dist/settings.js';

class TestsClock extends Clock {
  at = 0;

  now() {
    return new Date(this.at);
  }
}

const clock = new TestsClock();
let dieAt;
/** It dies by the first new hand-off that it takes once it is armed: what follows from that one takes steps, too. */
let dieBy;
let known;
const settings = parseSettings(process.env).worker;

process.on('disconnect', () => process.exit(1)); // the test has ended
process.on('message', (told) => {
  if (told.now !== undefined) {
    clock.at = told.now;
    process.send({ heard: told.now });
  }
  if (told.dieAt !== undefined) {
    ({ dieAt, known } = told);
    process.send({ armed: dieAt });
  }
  if (told.boot) {
    void createRole('worker', settings, {
      clock,
      log: (line) => process.send({ log: line }),
      onStep: (step, handoffId) => {
        if (step === 'taken' && dieAt !== undefined && !known.includes(handoffId))
          dieBy ??= handoffId;
        // No message is sure to leave before a kill -9: the step at which it dies isn't told.
        if (step === dieAt && handoffId === dieBy) process.kill(process.pid, 'SIGKILL');
        process.send({ step, handoffId });
      },
    }).then(async (role) => {
      await role.listen();
      process.send({ booted: true });
    });
  }
});
process.send({ loaded: true });
