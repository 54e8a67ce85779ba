import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Told {
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** Answers a request; one that does nothing lets it wait. */
export type Answering = (response: ServerResponse, told: Told) => void;
export const status =
  (code: number, headers: Record<string, string> = {}): Answering =>
  (response) =>
    void response.writeHead(code, headers).end();
export const silence: Answering = () => {};

/** An app's own server. It notes what it is told, by path, and answers as the test says. */
export class WebhookReceiver {
  readonly told: Told[] = [];
  private readonly answers = new Map<string, Answering[]>();
  private changed: (() => void)[] = [];

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(port = 0): Promise<WebhookReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const receiver = new WebhookReceiver(server, (server.address() as AddressInfo).port);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      response.on('error', () => {});
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () =>
        receiver.take(
          {
            path: request.url ?? '',
            headers: request.headers as Record<string, string>,
            body: Buffer.concat(chunks).toString(),
          },
          response,
        ),
      );
    });
    return receiver;
  }

  url(path: string): string {
    return `http://127.0.0.1:${String(this.port)}${path}`;
  }

  /** What the next requests to `path` are answered, in turn; the last of them from then on. Without it: 204. */
  answer(path: string, ...answers: Answering[]): void {
    this.answers.set(path, answers);
  }

  at(path: string): Told[] {
    return this.told.filter((one) => one.path === path);
  }

  /** Waits until `count` requests have come to `path`, and gives the last. */
  async expect(path: string, count = 1): Promise<Told> {
    for (const until = Date.now() + 30_000; this.at(path).length < count;) {
      if (Date.now() > until)
        throw new Error(
          `${String(this.at(path).length)} of ${String(count)} requests came to ${path}`,
        );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_000);
        this.changed.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return this.at(path).at(-1) as Told;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(told: Told, response: ServerResponse): void {
    this.told.push(told);
    const answers = this.answers.get(told.path) ?? [status(204)];
    const next = answers.length > 1 ? answers.shift() : answers[0];
    next?.(response, told);
    for (const wake of this.changed.splice(0)) wake();
  }
}

/** What the official verifier makes of it, at the moment that it says it was sent. @throws if it refuses */
export function verified(told: Told, secret: string): unknown {
  const spy = jest
    .spyOn(Date, 'now')
    .mockReturnValue(Number(told.headers['webhook-timestamp']) * 1000);
  try {
    return new Webhook(secret).verify(told.body, told.headers);
  } finally {
    spy.mockRestore();
  }
}
