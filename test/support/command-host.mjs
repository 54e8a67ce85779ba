// A process that carries out operators' commands of the built product, one after the other, as
// test/support/commands.ts asks for them. Each is the whole program `dist/embedded/NAME.js`,
// evaluated anew with arguments, environment and output of its own; only what the program imports
// is loaded once, which is all but a tenth of what a start costs.
import { format } from 'node:util';

const streams = { out: process.stdout, err: process.stderr };
let count = 0;

process.on('message', async ({ file, words, env }) => {
  const printed = { out: '', err: '' };
  for (const [name, stream] of Object.entries(streams))
    stream.write = (text) => {
      printed[name] += text;
      return true;
    };
  process.argv = [process.execPath, file, ...words];
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.exitCode = undefined;
  count += 1;
  try {
    await import(`${file}?${count}`);
  } catch (error) {
    printed.err += format(error);
    process.exitCode = 1;
  }
  const status = process.exitCode ?? 0;
  process.exitCode = undefined;
  process.send({ status, ...printed });
});
