/**
 * How long from the POST until the request arrives at the carrier.
 *
 * What is real: the product as `npm start` runs it (three roles in one process, the embedded
 * PostgreSQL, the simulator as a process of its own), with its limits on: each person has an
 * address of their own, as behind a reverse proxy, and is rung at most once a minute. Both queue
 * backends are up at once and take turns, so that a noisy machine is noisy for both; in every round
 * a bare POST goes straight to the simulator at the same rate, the floor that the rest stands on.
 *
 * Load is open: a request leaves at its time whether or not the one before was answered, so a stall is seen by all that
 * fall into it. A POST's time is taken right before it is written, the arrival by the simulator at the request's head
 * (for the same machine the two clocks are one to well under a millisecond). Every phone declines, so that a Ding's
 * callbacks are part of the load.
 */
import { spawn } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Agent, request } from 'undici';
import { startRedisIn, temporaryFolder } from '../support/servers.mjs';

const USAGE =
  'latency [--rate 20] [--seconds 15] [--rounds 3] [--queue postgres|redis|both] [--profile FOLDER]';
const TARGET = { p50Ms: 50, p99Ms: 250 };
/**
 * The product's own limits (src/handoff/ring-limit.ts): what one person may be rung decides how
 * many people are needed.
 */
const RING_EVERY_MS = 60_000;
const RINGS_IN_15_MIN = 3;
/** What is not at the carrier this long after the last POST counts as lost. */
const LATEST_MS = 10_000;
const TEAM = 20;
const MAIN = path.join('dist', 'main.js');

export const latency = { usage: USAGE, parse, run };

function parse(words) {
  let values;
  try {
    ({ values } = parseArgs({
      args: words,
      options: {
        rate: { type: 'string', default: '20' },
        seconds: { type: 'string', default: '15' },
        rounds: { type: 'string', default: '3' },
        queue: { type: 'string', default: 'both' },
        profile: { type: 'string' },
      },
    }));
  } catch {
    throw new Error(`unknown words; it takes: ${USAGE}`);
  }
  const whole = (name, most) => {
    if (!/^\d{1,4}$/.test(values[name]) || Number(values[name]) < 1 || Number(values[name]) > most)
      throw new Error(`--${name} must be a whole number from 1 to ${most}`);
    return Number(values[name]);
  };
  if (!['postgres', 'redis', 'both'].includes(values.queue))
    throw new Error('--queue must be postgres, redis or both');
  return {
    rate: whole('rate', 200),
    seconds: whole('seconds', 300),
    rounds: whole('rounds', 20),
    queue: values.queue,
    profile: values.profile,
  };
}

async function run({ rate, seconds, rounds, queue, profile }, say, stopping) {
  if (!existsSync(MAIN)) throw new Error('run `npm run build` first');
  setMaxListeners(0, stopping); // every request in flight waits with it
  const undo = [];
  try {
    const temporary = await temporaryFolder('dingline-bench-', undo);
    const stacks = [];
    for (const name of queue === 'both' ? ['postgres', 'redis'] : [queue]) {
      const queueUrl = name === 'redis' ? await startRedisIn(temporary, undo) : undefined;
      if (name === 'redis' && queueUrl === undefined) {
        say('queue in Redis: NOT measured, redis-server is not installed');
        if (queue === 'redis') throw new Error('redis-server is not installed');
        continue;
      }
      say(`queue in ${name}: starting`);
      stacks.push(
        await startStack(name, path.join(temporary, name), queueUrl, profile, undo, stopping),
      );
    }

    const perRound = rate * seconds;
    const people = perRound * Math.ceil(rounds / RINGS_IN_15_MIN);
    for (const stack of stacks) {
      say(`queue in ${stack.name}: ${people} people sign up, verify their numbers and form teams`);
      await warmUp(stack, people, stopping);
    }

    const samples = [];
    const floor = [];
    for (let round = 1; round <= rounds; round += 1) {
      floor.push(await measureFloor(stacks[0], rate, perRound, stopping));
      say(`round ${round}: floor ${told(floor.at(-1))}`);
      for (const stack of round % 2 === 1 ? stacks : stacks.toReversed()) {
        for (const kind of ['verification', 'ding']) {
          const sample = await (kind === 'ding' ? measureDings : measureVerifications)(
            stack,
            rate,
            perRound,
            stopping,
          );
          samples.push({ queue: stack.name, kind, round, ...sample });
          say(`round ${round}: ${kind}, queue in ${stack.name}: ${told(sample)}`);
        }
      }
    }
    const results = stacks.flatMap((stack) =>
      ['verification', 'ding'].map((kind) => {
        const mine = samples.filter(
          (sample) => sample.queue === stack.name && sample.kind === kind,
        );
        const all = summary(mine);
        return {
          queue: stack.name,
          kind,
          ...all,
          isOnTarget:
            all.lost === 0 &&
            all.refused === 0 &&
            all.p50Ms < TARGET.p50Ms &&
            all.p99Ms < TARGET.p99Ms,
          rounds: mine.map(({ round, ...sample }) => ({ round, ...summary([sample]) })),
        };
      }),
    );
    return {
      benchmark: 'latency',
      what: "milliseconds from the POST to the request's arrival at the carrier; `answered`: to our own answer",
      machine: {
        node: process.version,
        platform: `${process.platform}-${process.arch}`,
        cpus: cpus().length,
        cpu: cpus()[0]?.model,
      },
      ratePerSecond: rate,
      seconds,
      rounds,
      target: TARGET,
      isOnTarget: results.every((result) => result.isOnTarget),
      floor: {
        what: 'a bare POST straight to the simulator, same rate, same rounds',
        ...summary(floor),
      },
      results,
    };
  } finally {
    for (const step of undo.reverse())
      await step().catch((error) => say(`bench: ${error.message}`));
  }
}

// What is measured --------------------------------------------------------------------------------------------------

function measureVerifications(stack, rate, count, stopping) {
  const numbers = Array.from({ length: count }, () => stack.nextNumber());
  return measure(stack, rate, numbers, stopping, (number, i) => {
    const person = stack.people[i % stack.people.length];
    return stack.post('/v1/verifications', { number }, person);
  });
}

async function measureDings(stack, rate, count, stopping) {
  const recipients = Array.from(
    { length: count },
    (_, i) => stack.people[(stack.rung + i) % stack.people.length],
  );
  stack.rung += count;
  // The person rung first has waited longest; from then on the rate keeps the distance.
  const waitMs = Math.max(
    0,
    ...recipients.map(
      (person, i) => person.rungAt + RING_EVERY_MS + 1_000 - (Date.now() + (i / rate) * 1000),
    ),
  );
  await sleep(waitMs, undefined, { signal: stopping });
  return measure(
    stack,
    rate,
    recipients.map((person) => person.number),
    stopping,
    (_, i) => {
      const person = recipients[i];
      person.rungAt = Date.now();
      return stack.post(
        '/v1/dings',
        { recipientIds: [person.id], text: 'The pump in hall 3 has stopped.' },
        person.teammate,
      );
    },
  );
}

function measureFloor(stack, rate, count, stopping) {
  const numbers = Array.from({ length: count }, () => stack.nextNumber());
  return measure(stack, rate, numbers, stopping, async (To) => {
    const { statusCode, body } = await request(
      `${stack.simulator}/2010-04-01/Accounts/${stack.accountSid}/Messages.json`,
      {
        method: 'POST',
        dispatcher: stack.agent,
        headers: {
          authorization: `Basic ${Buffer.from(`${stack.accountSid}:${stack.authToken}`).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({ To, From: '+15005550006', Body: 'floor' }).toString(),
      },
    );
    await body.dump();
    return { status: statusCode };
  });
}

const now = () => performance.timeOrigin + performance.now();

/**
 * Sends `count` requests at their times, then reads at the carrier when each came, told apart by
 * the number it is for.
 */
async function measure(stack, rate, numbers, stopping, send) {
  const since = (await stack.control('GET', '/handsets')).seq;
  const posts = new Map();
  const answers = [];
  let refused = 0;
  const cpuBefore = await stack.cpuMs();
  const begin = performance.now() + 50;
  await Promise.all(
    numbers.map(async (number, i) => {
      await sleep(Math.max(0, begin + (i / rate) * 1000 - performance.now()), undefined, {
        signal: stopping,
      });
      const at = now();
      posts.set(number, at);
      const { status } = await send(number, i);
      if (status === 201) answers.push(now() - at);
      else refused += 1;
    }),
  );
  const arrivals = new Map();
  for (const until = Date.now() + LATEST_MS; ; await sleep(100, undefined, { signal: stopping })) {
    for (const { method, receivedAt, fields } of await stack.control(
      'GET',
      `/requests?since=${since}`,
    )) {
      if (method === 'POST' && posts.has(fields.To) && !arrivals.has(fields.To))
        arrivals.set(fields.To, receivedAt - posts.get(fields.To));
    }
    if (arrivals.size >= numbers.length - refused || Date.now() > until) break;
  }
  const cpuAfter = await stack.cpuMs();
  await stack.control('GET', '/settled'); // one round's callbacks are no load on the next
  return {
    times: [...arrivals.values()],
    answers,
    lost: numbers.length - refused - arrivals.size,
    refused,
    ...(cpuBefore === undefined || cpuAfter === undefined ? {} : { cpuMs: cpuAfter - cpuBefore }),
  };
}

function summary(samples) {
  const times = samples.flatMap((sample) => sample.times).sort((a, b) => a - b);
  const answers = samples.flatMap((sample) => sample.answers).sort((a, b) => a - b);
  const total = (field) => samples.reduce((sum, sample) => sum + sample[field], 0);
  const count = times.length + total('lost') + total('refused');
  return {
    requests: count,
    lost: total('lost'),
    refused: total('refused'),
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    maxMs: quantile(times, 1),
    answered: { p50Ms: quantile(answers, 0.5), p99Ms: quantile(answers, 0.99) },
    ...(samples.every((sample) => sample.cpuMs !== undefined)
      ? { serverCpuMsPerRequest: rounded(total('cpuMs') / count) }
      : {}),
  };
}

/** The nearest-rank quantile of sorted values. */
const quantile = (sorted, q) =>
  sorted.length === 0 ? null : rounded(sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]);
const rounded = (value) => Math.round(value * 100) / 100;

function told(sample) {
  const { requests, lost, refused, p50Ms, p99Ms, maxMs, serverCpuMsPerRequest } = summary([sample]);
  return `${requests} requests, p50 ${p50Ms} ms, p99 ${p99Ms} ms, max ${maxMs} ms, ${lost} lost, ${refused} refused${serverCpuMsPerRequest === undefined ? '' : `, CPU ${serverCpuMsPerRequest} ms each`}`;
}

// The people --------------------------------------------------------------------------------------------------------

async function warmUp(stack, count, stopping) {
  const made = await inParallel(
    Array.from({ length: count }, (_, i) => i),
    4,
    async (i) => {
      stopping.throwIfAborted();
      // 100.64.0.0/10 is nobody's public address.
      const person = {
        address: `100.64.${i >> 8}.${i & 255}`,
        number: stack.nextNumber(),
        rungAt: 0,
      };
      const credentials = { login: `person-${i}`, password: 'correct horse battery staple' };
      person.id = (
        await stack.get201(
          '/v1/accounts',
          { ...credentials, name: `Person ${i}`, language: 'en' },
          person,
        )
      ).id;
      person.token = (await stack.get201('/v1/sessions', credentials, person)).token;
      const since = (await stack.control('GET', '/handsets')).seq;
      const { id } = await stack.get201('/v1/verifications', { number: person.number }, person);
      const code = await stack.codeFor(person.number, since, stopping);
      await stack.call('POST', `/v1/verifications/${id}/check`, { code }, person);
      return person;
    },
  );
  const { version } = await stack.call('GET', '/v1/consents/ring', undefined, made[0]);
  for (let first = 0; first < made.length; first += TEAM) {
    const [owner, ...others] = made.slice(first, first + TEAM);
    const team = await stack.get201('/v1/teams', { name: 'Night shift' }, owner);
    await inParallel(others, 4, (person) =>
      stack.call('POST', '/v1/teams/join', { inviteCode: team.inviteCode }, person),
    );
    await inParallel([owner, ...others], 4, (person) =>
      stack.call('PUT', `/v1/teams/${team.id}/consent`, { version }, person),
    );
    [owner, ...others].forEach((person, i, all) => {
      person.teammate = all[(i + 1) % all.length];
    });
  }
  stack.people = made;
}

async function inParallel(items, width, work) {
  const results = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i]);
    }),
  );
  return results;
}

// The processes -----------------------------------------------------------------------------------------------------

async function startStack(name, dataDir, queueUrl, profile, undo, stopping) {
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
