// A process that carries out operators' commands of the built product, one after the other, as
// test/support/commands.ts asks for them. Each has words, environment and output of its own; only what a command
// imports is loaded once, which is all but a tenth of what a start costs.
import { format } from 'node:util';
import { runCommand } from '../../dist/cli/program.js';

const streams = { out: process.stdout, err: process.stderr };

process.on('message', async ({ words, env }) => {
  const printed = { out: '', err: '' };
  for (const [name, stream] of Object.entries(streams))
    stream.write = (text) => {
      printed[name] += text;
      return true;
    };
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  const status = await runCommand(words).catch((error) => {
    printed.err += format(error);
    return 1;
  });
  process.send({ status, ...printed });
});
