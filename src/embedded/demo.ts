import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { environment } from '../settings.js';
import { explain } from './explain.js';
import { runStack } from './run.js';
import { leaveTo } from './journey/afterwards.js';
import { type Cast, playJourney } from './journey/journey.js';
import { startable } from './startable.js';

// `npm run demo`: the stack, and the main journey played on it. `--exit` ends after the journey,
// with status 0 or 1.
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

let isExiting = false;
try {
  isExiting = parseArgs({ options: { exit: { type: 'boolean', default: false } } }).values.exit;
} catch {
  process.stderr.write('dingline: npm run demo takes only --exit: npm run demo -- --exit\n');
  process.exit(2);
}

const status = await runStack(
  {
    // Each story has eight people, who all come from this machine.
    env: {
      LOG_LEVEL: 'warn',
      SIGN_UPS_PER_ADDRESS_AN_HOUR: '1000',
      SENDS_PER_ADDRESS_A_MINUTE: '100',
      ...environment(),
    },
    createRole: startable,
    simulatorProgram: fileURLToPath(new URL('../simulator/main.js', import.meta.url)),
    say,
    isDemo: true,
  },
  async (stack, stopping) => {
    let cast: Cast;
    try {
      cast = await playJourney(stack, say, stopping);
    } catch (error) {
      if (stopping.aborted) return 0;
      explain(error);
      return 1;
    }
    if (isExiting) return 0;
    say('');
    const token = await leaveTo(stack, cast);
    if (token !== undefined)
      say(
        'Still running. The app, signed in as Ann, and the phones beside it ' +
          `(one browser, within ten minutes): ${stack.split}&demo=${token}`,
      );
    else {
      say(`Still running. The app: ${stack.settings.api?.apiPublicUrl}/app/`);
      say(`Phones, to see and answer them: ${stack.handsets}`);
    }
    say(`API docs: ${stack.urls.api}/docs`);
    say('Ctrl+C stops everything.');
    return undefined;
  },
);
process.exit(status);
