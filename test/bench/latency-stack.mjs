import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { LATEST_MS } from './latency-measure.mjs';

export const MAIN = path.join('dist', 'main.js');

// The processes -----------------------------------------------------------------------------------------------------

export async function startStack(name, dataDir, queueUrl, profile, undo, stopping) {
  await mkdir(dataDir);
  // The developer's own settings are not what is measured.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) =>
      /^(PATH|HOME|TMPDIR|TEMP|LANG|SystemRoot)$/i.test(key),
    ),
  );
  const child = spawn(
    process.execPath,
    [...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]), MAIN],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: {
        ...env,
        DATA_DIR: dataDir,
        TRUSTED_PROXIES: '127.0.0.1',
        ...(queueUrl === undefined ? {} : { QUEUE_URL: queueUrl }),
        SPEND_CAP_A_DAY: 'none',
        SPEND_CAP_COUNTRY_A_DAY: 'none',
        GUARD_CONVERSION: '0', // nobody types these codes in
        API_PORT: '0',
        INGRESS_PORT: '0',
        WORKER_PORT: '0',
        SIMULATOR_PORT: '0',
        POSTGRES_PORT: '0',
        METRICS_PORT: 'none',
      },
    },
  );
  const ended = once(child, 'exit');
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors = (errors + chunk).slice(-4000);
  });
  undo.push(async () => {
    child.kill('SIGTERM');
    await ended;
    // A root whose temporary folder no other user may enter has the database elsewhere.
    const elsewhere = await readFile(path.join(dataDir, 'postgres.path'), 'utf8').catch(() => '');
    if (elsewhere.trim() !== '') await rm(elsewhere.trim(), { recursive: true, force: true });
  });
  const seen = {};
  await Promise.race([
    new Promise((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        // read to the end: a full pipe would block the server
        seen.api ??= /^API: (\S+)/.exec(line)?.[1];
        seen.handsets ??= /^phones, .*: (http\S+)$/.exec(line)?.[1];
        if (line.startsWith('running:')) resolve();
      });
    }),
    ended.then(() => {
      throw new Error(`the server ended: ${errors}`);
    }),
    sleep(60_000, undefined, { signal: stopping, ref: false }).then(() => {
      throw new Error(`the server did not start: ${errors}`);
    }),
  ]);
  const key = async (file) => (await readFile(path.join(dataDir, 'keys', file), 'utf8')).trim();
  const [accountSid, authToken, controlToken] = [
    await key('CARRIER_ACCOUNT_SID'),
    await key('CARRIER_AUTH_TOKEN'),
    await key('SIMULATOR_CONTROL_TOKEN'),
  ];
  const agent = new Agent({ connections: 64 });
  undo.push(() => agent.destroy());
  const simulator = new URL(seen.handsets).origin;
  const json = (origin, method, where, body, headers) =>
    request(`${origin}${where}`, {
      method,
      dispatcher: agent,
      headers: {
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const asPerson = ({ address, token }) => ({
    'x-forwarded-for': address,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  });
  let numbers = 0;
  const stack = {
    name,
    simulator,
    accountSid,
    authToken,
    agent,
    people: [],
    rung: 0,
    /** Valid and ordinary, none twice: area, exchange (none is 555 or N11) and line. */
    nextNumber: () => {
      const n = numbers++;
      return `+1${['202', '212', '310', '312', '415'][n % 5]}${['234', '346', '458', '660', '773', '984'][Math.floor(n / 50_000) % 6]}${String(Math.floor(n / 5) % 10_000).padStart(4, '0')}`;
    },
    async post(where, body, person) {
      const answer = await json(seen.api, 'POST', where, body, asPerson(person));
      await answer.body.dump();
      return { status: answer.statusCode };
    },
    async call(method, where, body, person) {
      const answer = await json(seen.api, method, where, body, asPerson(person));
      const text = await answer.body.text();
      if (answer.statusCode >= 300)
        throw new Error(`${method} ${where}: ${answer.statusCode} ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    },
    get201: (where, body, person) => stack.call('POST', where, body, person),
    async control(method, where, body) {
      const answer = await json(simulator, method, `/control${where}`, body, {
        authorization: `Bearer ${controlToken}`,
      });
      if (answer.statusCode >= 300)
        throw new Error(`${method} ${where}: ${answer.statusCode} ${await answer.body.text()}`);
      return answer.body.json();
    },
    async codeFor(number, since, signal) {
      for (
        const until = Date.now() + LATEST_MS;
        Date.now() < until;
        await sleep(10, undefined, { signal })
      ) {
        const { messages } = await stack.control('GET', `/handsets/${encodeURIComponent(number)}`);
        const code = /#(\d{6})$/.exec(messages.at(-1)?.body ?? '')?.[1];
        if (code !== undefined) return code;
      }
      throw new Error(`no code since ${since}`);
    },
    /** What the server process has used, from Linux; elsewhere unknown. In ticks of 10 ms. */
    async cpuMs() {
      const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8').catch(() => undefined);
      if (stat === undefined) return undefined;
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) * 10;
    },
  };
  await stack.control('POST', '/troubles', { kind: 'decline' });
  return stack;
}
