import { fileURLToPath } from 'node:url';
import { startable } from './embedded/startable.js';
import { runStack } from './embedded/run.js';
import { environment } from './settings.js';

/** Boots the roles that ROLES names, and all that they need and the environment doesn't give. */
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const status = await runStack(
  {
    env: environment(),
    createRole: startable,
    simulatorProgram: fileURLToPath(new URL('./simulator/main.js', import.meta.url)),
    say,
  },
  (stack) => {
    if (stack.settings.api !== undefined) say(`app: ${stack.settings.api.apiPublicUrl}/app/`);
    if (stack.urls.api !== undefined)
      say(`API: ${stack.urls.api}   its docs: ${stack.urls.api}/docs`);
    if (stack.metrics !== undefined) say(`metrics: ${stack.metrics}`);
    if (stack.split !== undefined) say(`phones, beside the app: ${stack.split}`);
    else if (stack.handsets !== undefined) say(`phones, to see and answer them: ${stack.handsets}`);
    say(
      `running: ${stack.settings.roles.join(', ')}${stack.settings.isLive ? ', with a live carrier' : ''}`,
    );
    return Promise.resolve(undefined);
  },
);
// What a library left open must not keep a drained process alive.
process.exit(status);
