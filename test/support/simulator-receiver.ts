import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import twilio from 'twilio';

export const accountSid = `AC${'0123456789abcdef'.repeat(2)}`;
export const authToken = 'the-auth-token-of-the-simulated-account';
export const controlToken = 'the-token-of-the-handsets';
export const service = '+15005550006';
export const ann = '+14155550101';
export const bob = '+14155550102';
export const cleo = '+14155550103';

export interface Received {
  path: string;
  url: string;
  method: string;
  headers: IncomingMessage['headers'];
  fields: Record<string, string>;
}

/** The other side of the callbacks: notes what comes, and answers what the test says. */
export class Receiver {
  readonly received: Received[] = [];
  answer: (request: Received, response: ServerResponse) => void = (_request, response) =>
    void response.writeHead(204).end();
  private readonly waiting = new Set<() => void>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Receiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const receiver = new Receiver(server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const path = request.url ?? '';
        const received = {
          path: path.split('?')[0] ?? '',
          url: receiver.url(path),
          method: request.method ?? '',
          headers: request.headers,
          fields: Object.fromEntries(new URLSearchParams(body)),
        };
        receiver.received.push(received);
        receiver.answer(received, response);
        for (const look of [...receiver.waiting]) look();
      });
    });
    return receiver;
  }

  url(path: string): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}${path}`;
  }

  /** Waits until `count` requests have come to the path. */
  async at(path: string, count: number): Promise<Received[]> {
    const found = (): Received[] => this.received.filter((request) => request.path === path);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new Error(`${String(found().length)} of ${String(count)} requests came to ${path}`),
          ),
        8_000,
      );
      const look = (): void => {
        if (found().length < count) return;
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
    return found();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Answers with these instructions. */
export function twiml(text: string): (response: ServerResponse) => void {
  return (response) =>
    void response
      .writeHead(200, { 'content-type': 'text/xml' })
      .end(`<?xml version="1.0" encoding="UTF-8"?><Response>${text}</Response>`);
}

/** The refusal that the SDK threw. */
export async function refusal(
  request: Promise<unknown>,
): Promise<{ status: number; code: number | undefined }> {
  try {
    await request;
  } catch (error) {
    const { status, code } = error as { status: number; code?: number };
    return { status, code };
  }
  throw new Error('the request was accepted');
}

export function isSigned(request: Received): boolean {
  return twilio.validateRequest(
    authToken,
    String(request.headers['x-twilio-signature']),
    request.url,
    request.fields,
  );
}
