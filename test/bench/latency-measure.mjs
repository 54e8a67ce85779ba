import { setTimeout as sleep } from 'node:timers/promises';

/** What is not at the carrier this long after the last POST counts as lost. */
export const LATEST_MS = 10_000;

const now = () => performance.timeOrigin + performance.now();

/**
 * Sends `count` requests at their times, then reads at the carrier when each came, told apart by
 * the number it is for.
 */
export async function measure(stack, rate, numbers, stopping, send) {
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

export function summary(samples) {
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

export function told(sample) {
  const { requests, lost, refused, p50Ms, p99Ms, maxMs, serverCpuMsPerRequest } = summary([sample]);
  return `${requests} requests, p50 ${p50Ms} ms, p99 ${p99Ms} ms, max ${maxMs} ms, ${lost} lost, ${refused} refused${serverCpuMsPerRequest === undefined ? '' : `, CPU ${serverCpuMsPerRequest} ms each`}`;
}
