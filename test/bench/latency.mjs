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
import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { request } from 'undici';
import { startRedisIn, temporaryFolder } from '../support/servers.mjs';
import { MAIN, startStack } from './latency-stack.mjs';
import { measure, summary, told } from './latency-measure.mjs';

const USAGE =
  'latency [--rate 20] [--seconds 15] [--rounds 3] [--queue postgres|redis|both] [--profile FOLDER]';
const TARGET = { p50Ms: 50, p99Ms: 250 };
/**
 * The product's own limits (src/handoff/budgets.ts): what one person may be rung decides how
 * many people are needed.
 */
const RING_EVERY_MS = 60_000;
const RINGS_IN_15_MIN = 3;
const TEAM = 20;

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
