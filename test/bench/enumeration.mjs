/**
 * Does the time of an answer tell whether a number is known here? A stranger, signed in, asks about
 * numbers that another account has proved and about numbers that nobody has: a start, then a check
 * with a wrong code, each number once.
 *
 * What is real: `api` as in the benchmark `verification`, PostgreSQL and Redis. Of a number that
 * was proved there is what remains a day later: its owner's account, the number as theirs, and what
 * their session is known by. One request at a time, in pairs of a known and an unknown number whose
 * order a seeded chance decides, so that what slows the machine falls on both alike.
 *
 * Two tests of whether the two sets of times are one distribution (two-sided, asymptotic):
 * Mann-Whitney, whose `auc` is the chance that an answer about a known number takes longer (0.5:
 * tells nothing), and Kolmogorov-Smirnov, which sees any difference of the two distributions.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { Client } from 'undici';
import { startPostgresIn, startRedisIn, temporaryFolder } from '../support/servers.mjs';
import { MAIN, numbers, startServer } from './servers.mjs';

const USAGE = 'enumeration [--pairs 2000] [--seed N]';
export const enumeration = { usage: USAGE, parse, run };

const KINDS = ['start', 'wrongCheck'];
const WARM_UP_PAIRS = 200;
/** So seldom would either test call two sets of one distribution different. */
const LEAST_P = 0.001;

function parse(words) {
  let values;
  try {
    ({ values } = parseArgs({
      args: words,
      options: {
        pairs: { type: 'string', default: '2000' },
        seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
      },
    }));
  } catch {
    throw new Error(`unknown words; it takes: ${USAGE}`);
  }
  const whole = (name, least, most) => {
    if (
      !/^\d{1,10}$/.test(values[name]) ||
      Number(values[name]) < least ||
      Number(values[name]) > most
    )
      throw new Error(`--${name} must be a whole number from ${least} to ${most}`);
    return Number(values[name]);
  };
  return { pairs: whole('pairs', 50, 50_000), seed: whole('seed', 0, 2 ** 32 - 1) };
}

async function run({ pairs, seed }, say, stopping) {
  if (!existsSync(MAIN)) throw new Error('run `npm run build` first');
  const undo = [];
  try {
    const temporary = await temporaryFolder('dingline-bench-', undo);
    const redisUrl = await startRedisIn(temporary, undo);
    if (redisUrl === undefined) throw new Error('redis-server is not installed');
    const postgres = await startPostgresIn(temporary, undo, () => {});
    const { owner, origin } = await startServer(
      'ours',
      {
        temporary,
        postgres,
        redisUrl,
        password: randomBytes(32).toString('base64url'),
        more: { TRUSTED_PROXIES: '127.0.0.1' },
      },
      undo,
      stopping,
    );
    say(`seed ${seed}; ${pairs} pairs, after ${WARM_UP_PAIRS} that do not count`);
    const isKnownFirst = chance(seed);
    const subjects = await makeSubjects(owner, WARM_UP_PAIRS + pairs);
    const client = new Client(origin, { pipelining: 1 });
    undo.push(() => client.destroy());
    const times = { start: { known: [], unknown: [] }, wrongCheck: { known: [], unknown: [] } };
    const ask = async (kind, subject) => {
      const { headers, number, verificationId } = subject;
      const request =
        kind === 'start'
          ? { path: '/v1/verifications', body: { number } }
          : { path: `/v1/verifications/${verificationId}/check`, body: { code: '271828' } };
      const body = JSON.stringify(request.body);
      const since = performance.now();
      const answer = await client.request({ method: 'POST', path: request.path, headers, body });
      const text = await answer.body.text();
      const took = performance.now() - since;
      if (answer.statusCode !== (kind === 'start' ? 201 : 200))
        throw new Error(`${kind} was answered ${answer.statusCode}: ${text.slice(0, 300)}`);
      subject.verificationId ??= JSON.parse(text).id;
      return took;
    };
    for (const kind of KINDS) {
      await owner.query('VACUUM ANALYZE');
      await owner.query('CHECKPOINT');
      for (let i = 0; i < WARM_UP_PAIRS + pairs; i += 1) {
        stopping.throwIfAborted();
        for (const which of isKnownFirst() ? ['known', 'unknown'] : ['unknown', 'known']) {
          const took = await ask(kind, subjects[which][i]);
          if (i >= WARM_UP_PAIRS) times[kind][which].push(took);
        }
      }
      if (kind === 'start') await openNumbers(owner, subjects);
    }
    const results = KINDS.map((kind) => ({ kind, ...compare(times[kind]) }));
    for (const { kind, known, unknown, mannWhitney, kolmogorovSmirnov } of results) {
      say(
        `${kind}: known p50 ${known.p50Ms} ms, unknown p50 ${unknown.p50Ms} ms; ` +
          `Mann-Whitney auc ${mannWhitney.auc}, p ${mannWhitney.p}; ` +
          `Kolmogorov-Smirnov D ${kolmogorovSmirnov.d}, p ${kolmogorovSmirnov.p}`,
      );
    }
    return {
      benchmark: 'enumeration',
      what: 'milliseconds until the answer, about numbers that another account has proved and that nobody has, one request at a time',
      machine: {
        node: process.version,
        platform: `${process.platform}-${process.arch}`,
        cpus: cpus().length,
        cpu: cpus()[0]?.model,
      },
      pairs,
      seed,
      target: { leastP: LEAST_P },
      isOnTarget: results.every(
        ({ mannWhitney, kolmogorovSmirnov }) =>
          mannWhitney.p >= LEAST_P && kolmogorovSmirnov.p >= LEAST_P,
      ),
      results,
    };
  } finally {
    for (const step of undo.reverse())
      await step().catch((error) => say(`bench: ${error.message}`));
  }
}

/** For each pair a stranger, who asks from an address of their own; for each known number its owner. */
async function makeSubjects(owner, count) {
  const number = numbers();
  const subjects = { known: [], unknown: [] };
  const make = (table, columns, rows) =>
    owner.query(
      `
        INSERT INTO ${table}
        SELECT *
        FROM unnest(${columns.map((type, i) => `$${i + 1}::${type}[]`).join(', ')})
      `,
      columns.map((_, i) => rows.map((row) => row[i])),
    );
  const sha256 = (value) => createHash('sha256').update(value).digest();
  const accountRows = [];
  const sessionRows = [];
  const account = (token) => {
    const id = randomUUID();
    accountRows.push([id, id, 'Somebody', 'en', new Date()]);
    if (token !== undefined)
      sessionRows.push([
        randomUUID(),
        id,
        sha256(sha256(token)),
        'bearer',
        new Date(),
        new Date(Date.now() + 86_400_000),
      ]);
    return id;
  };
  for (let i = 0; i < count; i += 1) {
    const token = randomBytes(32).toString('base64url');
    account(token);
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      'x-forwarded-for': `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`,
    };
    for (const which of ['known', 'unknown'])
      subjects[which].push({
        headers,
        number: number.next().value,
        index: randomBytes(32),
        owner: which === 'known' ? account() : undefined,
        ref: randomUUID(),
      });
  }
  const { known } = subjects;
  const yesterday = new Date(Date.now() - 86_400_000);
  await make(
    'accounts (id, login, name, language, created_at)',
    ['uuid', 'text', 'text', 'text', 'timestamptz'],
    accountRows,
  );
  await make(
    'sessions (id, account_id, token_hash, kind, created_at, expires_at)',
    ['uuid', 'uuid', 'bytea', 'text', 'timestamptz', 'timestamptz'],
    sessionRows,
  );
  await make(
    'numbers (id, sealed, number_index, created_at)',
    ['uuid', 'bytea', 'bytea', 'timestamptz'],
    known.map(({ ref, index }) => [ref, randomBytes(61), index, yesterday]),
  );
  await make(
    'account_numbers (account_id, number_ref, number_index, verified_at)',
    ['uuid', 'uuid', 'bytea', 'timestamptz'],
    known.map((one) => [one.owner, one.ref, one.index, yesterday]),
  );
  await make(
    'number_proofs (proof, proved_at)',
    ['bytea', 'timestamptz'],
    known.map(() => [randomBytes(32), yesterday]),
  );
  return subjects;
}

/** As the worker leaves them when it has opened the numbers and the SMS are with the carrier. */
async function openNumbers(owner, subjects) {
  const all = [...subjects.known, ...subjects.unknown];
  await owner.query(
    `
    UPDATE numbers n
    SET number_index = opened.index
    FROM unnest($1::uuid[], $2::bytea[]) AS opened (id, index)
    JOIN verifications v ON v.id = opened.id
    WHERE n.id = v.number_ref
    `,
    [all.map(({ verificationId }) => verificationId), all.map(({ index }) => index)],
  );
  await owner.query(
    `UPDATE handoffs SET state = 'accepted', delivery = 'delivered', settled_at = now()`,
  );
}

// The figures -------------------------------------------------------------------------------------------------------

function compare({ known, unknown }) {
  return {
    known: distribution(known),
    unknown: distribution(unknown),
    mannWhitney: mannWhitney(known, unknown),
    kolmogorovSmirnov: kolmogorovSmirnov(known, unknown),
  };
}

const rounded = (value, digits = 4) => Number(value.toFixed(digits));
function distribution(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const quantile = (q) => rounded(sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)], 3);
  return {
    count: times.length,
    meanMs: rounded(times.reduce((sum, time) => sum + time, 0) / times.length, 3),
    p10Ms: quantile(0.1),
    p50Ms: quantile(0.5),
    p90Ms: quantile(0.9),
    p99Ms: quantile(0.99),
  };
}

/** Times of a fine clock have hardly any ties: they need no correction. */
export function mannWhitney(xs, ys) {
  const all = [
    ...xs.map((time) => ({ time, isX: true })),
    ...ys.map((time) => ({ time, isX: false })),
  ].sort((a, b) => a.time - b.time);
  const ranks = all.reduce((sum, { isX }, i) => sum + (isX ? i + 1 : 0), 0);
  const [n, m] = [xs.length, ys.length];
  const u = ranks - (n * (n + 1)) / 2;
  const z = (u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12);
  return { auc: rounded(u / (n * m)), z: rounded(z, 2), p: rounded(2 * (1 - normal(Math.abs(z)))) };
}

export function kolmogorovSmirnov(xs, ys) {
  const [a, b] = [xs, ys].map((times) => times.toSorted((p, q) => p - q));
  let [i, j, d] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] <= b[j]) i += 1;
    else j += 1;
    d = Math.max(d, Math.abs(i / a.length - j / b.length));
  }
  const root = Math.sqrt((a.length * b.length) / (a.length + b.length));
  const t = (root + 0.12 + 0.11 / root) * d;
  let p = 0;
  for (let k = 1; k <= 100; k += 1) p += 2 * (-1) ** (k - 1) * Math.exp(-2 * k * k * t * t);
  return { d: rounded(d), p: rounded(t < 0.2 ? 1 : Math.min(1, Math.max(0, p))) };
}

/** The normal distribution's (Abramowitz and Stegun 26.2.17; its error is below 1e-7). */
function normal(z) {
  const t = 1 / (1 + 0.2316419 * z);
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - tail;
}

/** A coin that falls the same way again for the same seed (mulberry32). */
function chance(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) & 1) === 0;
  };
}
