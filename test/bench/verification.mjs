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
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgresIn, startRedisIn, temporaryFolder } from '../support/servers.mjs';
import { load } from './load.mjs';
import { readProfile } from './profile.mjs';
import { MAIN, SERVERS, startServer } from './servers.mjs';
import {
  installPeers,
  peerVersion,
  suppliesOfOurs,
  suppliesOfPeer,
} from './verification-supplies.mjs';
import { TARGET, judge, summary, table, told } from './verification-figures.mjs';

const USAGE = 'verification [--seconds 15] [--rounds 3] [--connections 50] [--profile FOLDER]';
export const verification = { usage: USAGE, parse, run };

const KINDS = ['start', 'check', 'wrongCheck'];
const WARM_UP_SECONDS = 4;
/** What is written ahead for the warm-up, before any rate is known; it ends early if that is too little. */
const WARM_UP_CHECKS = 15_000;

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
