import { runCommand } from './program.js';

/** `dingline`. Its reader may end before it does (`dingline apps list | head -1`): what it does, it does. */
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
process.exitCode = await runCommand(process.argv.slice(2));
