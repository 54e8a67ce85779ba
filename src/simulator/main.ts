import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isSid } from './network/sid.js';
import { startSimulator } from './simulator.js';

const USAGE = `The simulator: a telephone network that speaks Twilio's REST API and TwiML, on 127.0.0.1.
  --port 3003                 0 for any free one
  --account-sid AC...         its only account
  --auth-token-file FILE      that account's token
  --control-token-file FILE   the token of the handsets' page and of the control API
  --app ORIGIN                the service's app on this machine, to be shown beside the phones
  --number +15005550006       a number of the account; may be repeated
  --speech-ms-per-char 60     how fast it speaks; 0: at once
  --time-scale 1              factor on every wait
  --step-ms 80                from one step of a call or message to the next
  --calls-per-second 0        calls created in excess of it wait; 0: no limit
  --exit-with-parent          end when standard input closes`;

try {
  await run();
} catch (error) {
  process.stderr.write(`simulator: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '3003' },
      'account-sid': { type: 'string' },
      'auth-token-file': { type: 'string' },
      'control-token-file': { type: 'string' },
      app: { type: 'string' },
      number: { type: 'string', multiple: true },
      'speech-ms-per-char': { type: 'string' },
      'time-scale': { type: 'string' },
      'step-ms': { type: 'string' },
      'calls-per-second': { type: 'string' },
      'exit-with-parent': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const accountSid = values['account-sid'] ?? '';
  if (!isSid('AC', accountSid))
    throw new Error('--account-sid must be AC and 32 hexadecimal digits');
  const numbers = values.number;
  if (numbers?.some((number) => !/^\+[1-9]\d{6,14}$/.test(number)))
    throw new Error('--number must be in E.164');
  const { app } = values;
  if (app !== undefined && !/^http:\/\/(localhost|127\.0\.0\.1):\d+$/.test(app))
    throw new Error('--app must be an origin on localhost or 127.0.0.1');
  const readSpeed = (
    name: 'speech-ms-per-char' | 'time-scale' | 'step-ms' | 'calls-per-second',
  ): number | undefined => {
    const text = values[name];
    return text === undefined ? undefined : parseAmount(name, text);
  };
  const speechMsPerChar = readSpeed('speech-ms-per-char');
  const timeScale = readSpeed('time-scale');
  const stepMs = readSpeed('step-ms');
  const callsPerSecond = readSpeed('calls-per-second');
  const simulator = await startSimulator({
    port: parseAmount('port', values.port),
    accountSid,
    authToken: readSecret('auth-token-file', values['auth-token-file']),
    controlToken: readSecret('control-token-file', values['control-token-file']),
    ...(app === undefined ? {} : { app }),
    ...(numbers === undefined ? {} : { numbers }),
    ...(speechMsPerChar === undefined ? {} : { speechMsPerChar }),
    ...(timeScale === undefined ? {} : { timeScale }),
    ...(stepMs === undefined ? {} : { stepMs }),
    ...(callsPerSecond === undefined ? {} : { callsPerSecond }),
    onInvitation: (addresses) => {
      process.stdout.write(`${JSON.stringify({ event: 'invitation', ...addresses })}\n`);
    },
    report: (error) =>
      process.stderr.write(
        `simulator: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      ),
  }).catch((error: unknown) => {
    const { code } = error as { code?: string };
    throw code === 'EADDRINUSE'
      ? new Error(`port ${values.port} is taken; choose another with --port`)
      : error;
  });
  const stop = (): void => void simulator.close().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  if (values['exit-with-parent']) process.stdin.once('close', stop).once('end', stop).resume();
  process.stdout.write(
    `${JSON.stringify({ event: 'listening', port: simulator.port, ...simulator.addresses })}\n`,
  );
}

function parseAmount(name: string, text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value) || value < 0)
    throw new Error(`--${name} must be a number from 0`);
  return value;
}

/** Secrets come by file: a command line is there for every user of the machine to read. */
function readSecret(name: string, path: string | undefined): string {
  if (path === undefined) throw new Error(`--${name} is missing`);
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch {
    throw new Error(`--${name} can't be read`);
  }
  if (text.length < 16) throw new Error(`--${name} must hold at least 16 characters`);
  return text;
}
