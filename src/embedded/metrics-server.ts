import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatMetrics, measureProcess } from '../kernel/metrics.js';

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Answers `GET /metrics` and nothing else, on a port of its own: what people and carriers reach has
 * no such route. One serves all the roles of a process, whose CPU and event loop they share.
 */
export async function serveMetrics(host: string, port: number): Promise<MetricsServer> {
  measureProcess();
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url = '' } = request;
  if (!/^\/metrics(\?|$)/.test(url)) {
    response.writeHead(404).end();
    return;
  }
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    return;
  }
  const { contentType, text } = await formatMetrics();
  response
    .writeHead(200, { 'Content-Type': contentType, 'Cache-Control': 'no-store' })
    .end(method === 'HEAD' ? undefined : text);
}
