import { alignColumns } from './columns.mjs';
import { SERVERS } from './servers.mjs';

export const TARGET = {
  start: { oursOverFloor: 0.8, oursOverPeer: 3, cpuOursOverFloor: 1.3, p99Ms: 50 },
  check: { oursOverFloor: 0.85, oursOverPeer: 10, cpuOursOverFloor: 1.3, p99Ms: 50 },
};

// The figures -------------------------------------------------------------------------------------------------------

export function summary({ requests, cpuRequests, ms, times, wrong, before, after }) {
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
export function judge(kind, samples) {
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

export const told = ({
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

export function table(results) {
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
  return alignColumns(rows);
}
