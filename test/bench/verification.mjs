/**
 * How many verifications a second one process of `api` starts and checks, and what each costs it, beside two others.
 *
 * What is real: `api` as `npm start` runs it, in a process of its own, with its limits on,
 * PostgreSQL as the product brings it (synchronous_commit on) and Redis. No worker runs, so that
 * nothing else competes for the processors: a start's job is added to the queue and stays there. It
 * is asked by an app (HTTP Basic), which verifies its users' numbers as the peer's caller does. The
 * floor (floor.mjs) is the same work on bare Fastify, by the same two statements, batched alike.
 * The peer (peer.mjs) is better-auth's phoneNumber: its send stores the code in clear and seals,
 * counts and queues nothing; its verify makes the number's user and session, where ours says yes or
 * no. Each has a database of its own in the same PostgreSQL.
 *
 * In every round they take turns, in another order each time, and one is measured at a time. Load
 * is closed: each connection asks again when it has its answer. All limits are on at their
 * defaults, in ours and in the floor: what they count by is new in each request, a valid number and
 * the address that the app says its user has, so that none is in the way. A check needs a pending
 * verification with a known code: they are written into the database before the time that counts,
 * each is used once.
 */
import { spawn } from 'node:child_process';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgresIn, startRedisIn, temporaryFolder } from '../support/servers.mjs';
import { load } from './load.mjs';
import { readProfile } from './profile.mjs';
import { HERE, MAIN, numbers, SERVERS, startServer } from './servers.mjs';

const USAGE = 'verification [--seconds 15] [--rounds 3] [--connections 50] [--profile FOLDER]';
export const verification = { usage: USAGE, parse, run };

const KINDS = ['start', 'check', 'wrongCheck'];
const TARGET = {
  start: { oursOverFloor: 0.8, oursOverPeer: 3, cpuOursOverFloor: 1.3, p99Ms: 50 },
  check: { oursOverFloor: 0.85, oursOverPeer: 10, cpuOursOverFloor: 1.3, p99Ms: 50 },
};
const WARM_UP_SECONDS = 4;
/** What is written ahead for the warm-up, before any rate is known; it ends early if that is too little. */
const WARM_UP_CHECKS = 15_000;
const [CODE, WRONG_CODE] = ['314159', '271828'];

function parse(words) {
  let values;
  try {
    ({ values } = parseArgs({
      args: words,
      options: {
        seconds: { type: 'string', default: '15' },
        rounds: { type: 'string', default: '3' },
        connections: { type: 'string', default: '50' },
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
  return {
    seconds: whole('seconds', 300),
    rounds: whole('rounds', 20),
    connections: whole('connections', 500),
    profile: values.profile,
  };
}

async function run({ seconds, rounds, connections, profile }, say, stopping) {
  if (!existsSync(MAIN)) throw new Error('run `npm run build` first');
  await installPeers(say);
  const undo = [];
  try {
    const temporary = await temporaryFolder('dingline-bench-', undo);
    const redisUrl = await startRedisIn(temporary, undo);
    if (redisUrl === undefined) throw new Error('redis-server is not installed');
    const postgres = await startPostgresIn(temporary, undo, () => {});
    say('starting: floor, peer, ours');
    const servers = {};
    const password = randomBytes(32).toString('base64url');
    for (const name of SERVERS) {
      const server = (servers[name] = await startServer(
        name,
        { temporary, postgres, redisUrl, password },
        undo,
        stopping,
      ));
      server.supply = name === 'peer' ? suppliesOfPeer(server) : suppliesOfOurs(server);
    }

    const measure = async (server, kind, { lasts, count }) => {
      const next = await server.supply(kind, count);
      await settle(server);
      const result = await load({
        origin: server.origin,
        connections,
        seconds: lasts,
        next,
        around: server.cpu,
        stopping,
      });
      await settle(server);
      if (result.firstWrong !== undefined)
        say(`${server.name} answered: ${result.firstWrong.slice(0, 300)}`);
      return {
        sample: { server: server.name, kind, ...summary(result) },
        completed: result.completed,
      };
    };
    const rates = new Map();
    for (const name of SERVERS) {
      for (const kind of KINDS) {
        const { sample: warm } = await measure(servers[name], kind, {
          lasts: WARM_UP_SECONDS,
          count: WARM_UP_CHECKS,
        });
        say(`warm-up: ${told(warm)}`);
        if (warm.failed > 0)
          throw new Error(
            `${name} does not answer ${kind} as it should: ${JSON.stringify(warm.wrong)}`,
          );
        rates.set(`${name} ${kind}`, warm.requestsPerSecond);
      }
    }
    // Half as many again, and what goes by before anything counts.
    const wanted = (server, kind) => ({
      lasts: seconds,
      count: Math.ceil(rates.get(`${server.name} ${kind}`) * 1.5 * (seconds + 1)),
    });

    const samples = [];
    for (let round = 1; round <= rounds; round += 1) {
      const order = SERVERS.map((_, i) => servers[SERVERS[(i + round - 1) % SERVERS.length]]);
      for (const kind of KINDS) {
        for (const server of order) {
          const { sample } = await measure(server, kind, wanted(server, kind));
          samples.push({ round, ...sample });
          say(`round ${round}: ${told(sample)}`);
        }
      }
    }
    const profiles =
      profile === undefined
        ? undefined
        : await profileBoth(
            servers,
            path.resolve(profile),
            (server, kind) => measure(server, kind, wanted(server, kind)),
            say,
          );

    const results = KINDS.map((kind) =>
      judge(
        kind,
        samples.filter((sample) => sample.kind === kind),
      ),
    );
    const [{ synchronous_commit }] = (await servers.ours.owner.query('SHOW synchronous_commit'))
      .rows;
    const [{ server_version }] = (await servers.ours.owner.query('SHOW server_version')).rows;
    const failed = samples.reduce((sum, sample) => sum + sample.failed, 0);
    say(`\n${table(results)}`);
    return {
      benchmark: 'verification',
      what: "requests a second, milliseconds until the answer, microseconds of the server process's CPU a request; one process each, in turns",
      machine: {
        node: process.version,
        platform: `${process.platform}-${process.arch}`,
        cpus: cpus().length,
        cpu: cpus()[0]?.model,
      },
      postgres: { version: server_version, synchronous_commit },
      peer: `better-auth ${await peerVersion()}`,
      seconds,
      rounds,
      connections,
      target: TARGET,
      isOnTarget: failed === 0 && results.every((result) => result.isOnTarget),
      failed,
      results,
      samples,
      ...(profiles === undefined ? {} : { profiles }),
    };
  } finally {
    for (const step of undo.reverse())
      await step().catch((error) => say(`bench: ${error.message}`));
  }
}

/**
 * What this bench has written is looked after before somebody's time counts: autovacuum would do it
 * in the next one's.
 */
async function settle({ owner }) {
  await owner.query('VACUUM (ANALYZE)');
  await owner.query('CHECKPOINT');
}

// The figures -------------------------------------------------------------------------------------------------------

function summary({ requests, cpuRequests, ms, times, wrong, before, after }) {
  times.sort((a, b) => a - b);
  const cpu = after.user + after.system - before.user - before.system;
  return {
    requests,
    requestsPerSecond: Math.round(requests / (ms / 1000)),
    p50Ms: quantile(times, 0.5),
    p95Ms: quantile(times, 0.95),
    p99Ms: quantile(times, 0.99),
    cpuMicrosPerRequest: Math.round(cpu / cpuRequests),
    failed: Object.values(wrong).reduce((sum, count) => sum + count, 0),
    wrong,
  };
}

/** The ratios of each round, and of all rounds the median. */
function judge(kind, samples) {
  const of = (server, round) =>
    samples.find((sample) => sample.server === server && sample.round === round);
  const rounds = [...new Set(samples.map((sample) => sample.round))].map((round) => {
    const [floor, peer, ours] = SERVERS.map((server) => of(server, round));
    return {
      round,
      oursOverFloor: rounded(ours.requestsPerSecond / floor.requestsPerSecond),
      oursOverPeer: rounded(ours.requestsPerSecond / peer.requestsPerSecond),
      cpuOursOverFloor: rounded(ours.cpuMicrosPerRequest / floor.cpuMicrosPerRequest),
      p99Ms: ours.p99Ms,
    };
  });
  const ratios = Object.fromEntries(
    ['oursOverFloor', 'oursOverPeer', 'cpuOursOverFloor', 'p99Ms'].map((name) => [
      name,
      median(rounds.map((round) => round[name])),
    ]),
  );
  const servers = Object.fromEntries(
    SERVERS.map((server) => {
      const mine = samples.filter((sample) => sample.server === server);
      return [
        server,
        Object.fromEntries(
          ['requestsPerSecond', 'p50Ms', 'p95Ms', 'p99Ms', 'cpuMicrosPerRequest'].map((name) => [
            name,
            median(mine.map((sample) => sample[name])),
          ]),
        ),
      ];
    }),
  );
  const target = TARGET[kind];
  const isOnTarget =
    target === undefined ||
    (ratios.oursOverFloor >= target.oursOverFloor &&
      ratios.oursOverPeer >= target.oursOverPeer &&
      ratios.cpuOursOverFloor <= target.cpuOursOverFloor &&
      ratios.p99Ms < target.p99Ms);
  return { kind, ...ratios, isOnTarget, servers, rounds };
}

const rounded = (value) => Math.round(value * 100) / 100;
/** The nearest-rank quantile of sorted values. */
const quantile = (sorted, q) =>
  sorted.length === 0 ? null : rounded(sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]);
const median = (values) =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );

const told = ({
  server,
  kind,
  requestsPerSecond,
  p50Ms,
  p99Ms,
  cpuMicrosPerRequest,
  failed,
  wrong,
}) =>
  `${kind}, ${server}: ${requestsPerSecond} a second, p50 ${p50Ms} ms, p99 ${p99Ms} ms, CPU ${cpuMicrosPerRequest} us each${failed > 0 ? `, ${failed} FAILED ${JSON.stringify(wrong)}` : ''}`;

function table(results) {
  const rows = [
    [
      '',
      ...SERVERS.map((server) => `${server}/s`),
      ...SERVERS.map((server) => `${server} us`),
      'p99 ms',
      'of floor',
      'x peer',
      'CPU/floor',
      '',
    ],
  ];
  for (const {
    kind,
    servers,
    p99Ms,
    oursOverFloor,
    oursOverPeer,
    cpuOursOverFloor,
    isOnTarget,
  } of results) {
    rows.push([
      kind,
      ...SERVERS.map((server) => servers[server].requestsPerSecond),
      ...SERVERS.map((server) => servers[server].cpuMicrosPerRequest),
      p99Ms,
      `${Math.round(oursOverFloor * 100)} %`,
      oursOverPeer,
      cpuOursOverFloor,
      TARGET[kind] === undefined ? '' : isOnTarget ? 'on target' : 'MISSED',
    ]);
  }
  const widths = rows[0].map((_, column) =>
    Math.max(...rows.map((row) => String(row[column]).length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0
            ? String(cell).padEnd(widths[column])
            : String(cell).padStart(widths[column]),
        )
        .join('  '),
    )
    .join('\n');
}

/**
 * After the rounds, since a profiled server is a slower one. The time is the clock's: where the
 * processors are short, what the system took from the server meanwhile stands with its system calls
 * (writev).
 */
async function profileBoth(servers, folder, measure, say) {
  await mkdir(folder, { recursive: true });
  const profiles = [];
  for (const kind of KINDS) {
    for (const name of ['floor', 'ours']) {
      const file = path.join(folder, `${name}-${kind}.cpuprofile`);
      await servers[name].ask({ ask: 'profile' });
      const { completed } = await measure(servers[name], kind);
      await servers[name].ask({ ask: 'profiled', file });
      const profile = { server: name, kind, ...(await readProfile(file, completed)) };
      profiles.push(profile);
      for (const list of ['packages', 'functions']) {
        say(
          `\n${kind}, self time of ${name} by ${list}, us a request:\n${profile[list].map((one) => `${String(one.microsPerRequest).padStart(7)}  ${one.name}`).join('\n')}`,
        );
      }
    }
  }
  return profiles;
}

// What is asked -----------------------------------------------------------------------------------------------------

const json = (path, body, headers, isRight) => {
  const text = JSON.stringify(body);
  return { path, body: text, headers: { 'content-type': 'application/json', ...headers }, isRight };
};

/** Rows by the thousand, so that writing them takes no longer than using them. */
async function inBatches(count, write) {
  for (let from = 0; from < count; from += 5_000) await write(Math.min(5_000, count - from));
}

function suppliesOfOurs({ owner, app, pepper }) {
  const number = numbers();
  const keyed = createHmac('sha256', pepper).update(CODE).digest();
  let asked = 0;
  /** Each request is about a user at an address of their own. */
  const address = () => {
    asked += 1;
    return `10.${(asked >> 16) & 255}.${(asked >> 8) & 255}.${asked & 255}`;
  };

  return async (kind, count) => {
    if (kind === 'start')
      return () =>
        json(
          '/v1/verifications',
          { number: number.next().value, address: address() },
          app.headers,
          (status) => status === 201,
        );
    const pending = [];
    await inBatches(count, async (size) => {
      const ids = Array.from({ length: size }, () => randomUUID());
      pending.push(...ids);
      const random = (bytes) => ids.map(() => randomBytes(bytes));
      const limiterIndexes = random(32);
      // As the worker leaves them: the number was opened once, the SMS is with the carrier.
      await owner.query(
        'INSERT INTO numbers (id, sealed, number_index, created_at) SELECT id, sealed, index, now() FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS n (id, sealed, index)',
        [ids, random(61), random(32)],
      );
      await owner.query(
        "INSERT INTO limits (key, hits, expires_at) SELECT key, ARRAY[now()], now() + interval '1 day' FROM unnest($1::bytea[]) AS key",
        [limiterIndexes],
      );
      await owner.query(
        `
        INSERT INTO verifications (
          id, service_id, number_ref, limiter_index, country, prefix_key, language, state,
          code_hash, sends, sms_sends, first_sms_at, last_sms_at, created_at, expires_at
        )
        SELECT
          id, $2, id, index, 'US', prefix, 'en', 'pending', hash, 1, 1, now(), now(), now(),
          now() + interval '1 hour'
        FROM unnest(
          $1::uuid[], $3::bytea[], $4::bytea[], $5::bytea[]
        ) AS v (id, index, prefix, hash)
        `,
        [
          ids,
          app.service,
          limiterIndexes,
          random(32),
          ids.map((id) => createHmac('sha256', keyed).update(id).digest()),
        ],
      );
      await owner.query(
        'INSERT INTO codes (verification_id, sealed) SELECT id, sealed FROM unnest($1::uuid[], $2::bytea[]) AS c (id, sealed)',
        [ids, random(61)],
      );
      await owner.query(
        `
        INSERT INTO handoffs (
          id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, delivery,
          attempts, not_before, not_after, created_at, settled_at
        )
        SELECT
          gen_random_uuid(), 'verification', 'sms', 'deliver', id, $2, id, 'en', 'accepted',
          'delivered', 1, now(), now() + interval '1 hour', now(), now()
        FROM unnest($1::uuid[]) AS id
        `,
        [ids, app.id],
      );
    });
    const [code, isCorrect] =
      kind === 'check' ? [CODE, '"isCorrect":true'] : [WRONG_CODE, '"isCorrect":false'];
    return () => {
      const id = pending.pop();
      return (
        id &&
        json(
          `/v1/verifications/${id}/check`,
          { code, address: address() },
          app.headers,
          (status, body) => status === 200 && body.includes(isCorrect),
        )
      );
    };
  };
}

function suppliesOfPeer({ owner }) {
  const number = numbers();
  return async (kind, count) => {
    if (kind === 'start')
      return () =>
        json(
          '/api/auth/phone-number/send-otp',
          { phoneNumber: number.next().value },
          {},
          (status) => status === 200,
        );
    const pending = [];
    await inBatches(count, async (size) => {
      const made = Array.from({ length: size }, () => number.next().value);
      pending.push(...made);
      await owner.query(
        `
          INSERT INTO verification (id, identifier, value, "expiresAt", "createdAt", "updatedAt")
          SELECT
            gen_random_uuid(), 'phone-number-otp-' || number, $2, now() + interval '1 hour', now(),
            now()
          FROM unnest($1::text[]) AS number
        `,
        [made, `${CODE}:0`],
      );
    });
    const [code, right] = kind === 'check' ? [CODE, 200] : [WRONG_CODE, 400];
    return () => {
      const phoneNumber = pending.pop();
      return (
        phoneNumber &&
        json(
          '/api/auth/phone-number/verify',
          { phoneNumber, code },
          {},
          (status, body) => status === right && (right !== 200 || body.includes('"token":"')),
        )
      );
    };
  };
}

// The peer's packages -----------------------------------------------------------------------------------------------

const peerVersion = async (folder = 'node_modules/better-auth') =>
  JSON.parse(await readFile(path.join(HERE, folder, 'package.json'), 'utf8')).version;

/** Not among the product's own: whoever never runs this benchmark doesn't have them. */
async function installPeers(say) {
  const { dependencies } = JSON.parse(await readFile(path.join(HERE, 'package.json'), 'utf8'));
  if ((await peerVersion().catch(() => undefined)) === dependencies['better-auth']) return;
  say('installing what is measured beside ours, in test/bench (npm ci --prefix test/bench)');
  const npm = spawn(
    'npm',
    [
      'ci',
      '--prefix',
      path.relative(process.cwd(), HERE) || '.',
      '--no-audit',
      '--no-fund',
      '--loglevel',
      'error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' },
  );
  const [code] = await once(npm, 'exit');
  if (code !== 0) throw new Error('npm ci --prefix test/bench failed');
}
