import { Command } from 'commander';
import { parseOperatorSettings } from '../settings.js';
import { operate, readPlace } from './operate.js';
import { describeStatus, formatStatus } from './status/describe.js';
import { readStatus } from './status/read.js';

/**
 * `dingline status`: what stands where, at a glance: carrier, workers, queue, money, blocks. What is
 * wrong stands first, with a mark. It shows no number, name or text; an app is its id.
 *
 * It exits with 0 whatever it shows: whoever asks a machine reads `--json`, or the alerts.
 */
export function status(): Command {
  return new Command('status')
    .description('how everything stands: carrier, workers, what waits and why, money, blocks')
    .option('--json', 'for a program')
    .action(async ({ json: isJson }: { json?: true }) => {
      const place = readPlace();
      const { spendCaps } = parseOperatorSettings(place.env);
      await operate(
        'status',
        async ({ sql }) => {
          const found = await readStatus(sql, spendCaps);
          if (isJson !== true) return formatStatus(found);
          const wrong = describeStatus(found).filter(({ isWrong }) => isWrong);
          const lines = wrong.map(({ part, text }) => `${part}: ${text}`);
          return [JSON.stringify({ isWell: lines.length === 0, wrong: lines, ...found }, null, 2)];
        },
        place,
      );
    });
}
