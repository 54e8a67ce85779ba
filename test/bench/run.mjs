// `npm run bench -- NAME [options]`: one benchmark of the built product. What it does is told on stderr, the result is
// one JSON on stdout, so that `npm run --silent bench -- latency > result.json` keeps it.
import { cli } from './cli.mjs';
import { enumeration } from './enumeration.mjs';
import { firstView } from './first-view.mjs';
import { latency } from './latency.mjs';
import { retention } from './retention.mjs';
import { verification } from './verification.mjs';

const BENCHMARKS = { cli, enumeration, 'first-view': firstView, latency, retention, verification };
const USAGE = Object.values(BENCHMARKS)
  .map(({ usage }) => usage)
  .join('; ');

/** One clear line, and the status that shells use for a wrong call. */
function refuse(line) {
  process.stderr.write(`bench: ${line}\n`);
  process.exit(2);
}

const [name, ...words] = process.argv.slice(2);
const benchmark = BENCHMARKS[name];
if (benchmark === undefined)
  refuse(
    `${name === undefined ? 'name a benchmark' : 'there is no such benchmark'}; there is: ${USAGE}`,
  );
let options;
try {
  options = benchmark.parse(words);
} catch (error) {
  refuse(error.message);
}

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));
try {
  const result = await benchmark.run(
    options,
    (line) => process.stderr.write(`${line}\n`),
    stopping.signal,
  );
  process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
  process.exitCode = result.isOnTarget ? 0 : 1;
} catch (error) {
  process.stderr.write(
    `bench: ${stopping.signal.aborted ? stopping.signal.reason.message : (error.stack ?? error.message)}\n`,
  );
  process.exitCode = 1;
}
