import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';

/** Connections are made and caches filled before anything counts. */
const SETTLE_MS = 500;

/**
 * A closed loop: each connection sends its next request as soon as the one before is answered. `next()` gives a request
 * and whether an answer to it is right, or undefined when there is no more: then the time that counts ends early.
 * `around` is told of that time's begin and end, and what it gives at both is handed back.
 */
export async function load({ origin, connections, seconds, next, around, stopping }) {
  const clients = Array.from({ length: connections }, () => new Client(origin, { pipelining: 1 }));
  const times = [];
  const wrong = {};
  let isCounting = false;
  let isOver = false;
  let completed = 0;
  let isOut;
  const out = new Promise((resolve) => {
    isOut = resolve;
  });
  let firstWrong;
  const fail = (what, body) => {
    if (!isCounting) return;
    wrong[what] = (wrong[what] ?? 0) + 1;
    firstWrong ??= body;
  };
  const loop = (client) =>
    new Promise((resolve) => {
      const again = () => {
        const request = isOver ? undefined : next();
        if (request === undefined) {
          isOut();
          resolve();
          return;
        }
        const since = performance.now();
        let status = 0;
        let body = '';
        client.dispatch(
          { method: 'POST', path: request.path, headers: request.headers, body: request.body },
          {
            onRequestStart() {},
            onResponseStart(_, statusCode) {
              status = statusCode;
            },
            onResponseData(_, chunk) {
              body += chunk.latin1Slice();
            },
            onResponseEnd() {
              completed += 1;
              if (isCounting) times.push(performance.now() - since);
              if (!request.isRight(status, body)) fail(`status ${status}`, body);
              again();
            },
            onResponseError(_, error) {
              fail(error.code ?? error.name);
              if (isOver) resolve();
              else again();
            },
          },
        );
      };
      again();
    });
  const ended = Promise.all(clients.map(loop));
  try {
    await sleep(SETTLE_MS, undefined, { signal: stopping });
    const before = await around();
    const [from, at] = [performance.now(), completed];
    isCounting = true;
    await Promise.race([out, sleep(seconds * 1000, undefined, { signal: stopping })]);
    isCounting = false;
    const [after, requests, ms] = [await around(), completed - at, performance.now() - from];
    return {
      requests: times.length,
      ms,
      cpuRequests: requests,
      completed,
      times,
      wrong,
      firstWrong,
      before,
      after,
    };
  } finally {
    isOver = true;
    await Promise.race([ended, sleep(5_000, undefined, { ref: false })]);
    await Promise.all(clients.map((client) => client.destroy()));
  }
}
