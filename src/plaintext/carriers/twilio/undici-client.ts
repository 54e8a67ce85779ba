import { Agent, request } from 'undici';
import { REQUEST_MS } from '../../../handoff/handoff.js';
import { parseRetryAfter } from './retry-after.js';

/** What the SDK hands to its HTTP client, as far as we use it. */
interface SdkRequest {
  method: string;
  uri: string;
  username?: string;
  password?: string;
  headers?: Record<string, string>;
  params?: Record<string, unknown>;
  data?: Record<string, unknown>;
}

interface Answer {
  statusCode: number;
  body: string;
  headers: Record<string, unknown>;
}

/** Provably before the first byte of the request: nothing was accepted. */
const BEFORE_THE_REQUEST = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH', // no connection
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE', // TLS
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'EPROTO',
]);

/**
 * The request failed without an answer. Its cause is dropped: it may quote the address.
 *
 * Holds plaintext: never.
 */
export class NoAnswer extends Error {
  constructor(readonly mayHaveLeft: boolean) {
    super(mayHaveLeft ? 'NO_ANSWER' : 'NOT_SENT');
  }
}

/**
 * The carrier refuses for now, and says until when. The SDK's own exception has no headers, so this
 * one takes its place.
 *
 * Holds plaintext: never.
 */
export class RefusedForNow extends Error {
  constructor(
    readonly status: number,
    readonly code: number | undefined,
    readonly retryAfterMs: number,
  ) {
    super('REFUSED_FOR_NOW');
  }
}

/**
 * The official SDK's `RequestClient` on undici: connections kept alive and pooled, its own
 * timeouts, and no HTTP_PROXY (the SDK's default honours it, and its https agent has 20 sockets and
 * costs about four times the CPU for a request).
 *
 * Holds plaintext: the form of one request, from `request` until it settles.
 */
export class UndiciClient {
  constructor(
    private readonly onNoAnswer: (error: unknown) => void = () => {},
    private readonly deadlineMs = REQUEST_MS,
  ) {}

  private readonly agent = new Agent({
    connect: { timeout: 5_000 },
    keepAliveTimeout: 30_000,
    connections: 64,
  });

  async request(options: SdkRequest): Promise<Answer> {
    const url = new URL(options.uri);
    for (const [name, value] of Object.entries(options.params ?? {}))
      appendAll(url.searchParams, name, value);
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(options.data ?? {})) appendAll(form, name, value);
    const answer = await this.send(url, options, form);
    throwIfForNow(answer);
    return answer;
  }

  private async send(url: URL, options: SdkRequest, form: URLSearchParams): Promise<Answer> {
    const login = `${options.username ?? ''}:${options.password ?? ''}`;
    try {
      const { statusCode, headers, body } = await request(url, {
        method: options.method.toUpperCase() as 'GET' | 'POST' | 'DELETE',
        dispatcher: this.agent,
        signal: AbortSignal.timeout(this.deadlineMs),
        headers: {
          ...options.headers,
          authorization: `Basic ${Buffer.from(login).toString('base64')}`,
        },
        ...(options.method.toLowerCase() === 'post' ? { body: form.toString() } : {}),
      });
      return { statusCode, body: await body.text(), headers };
    } catch (error) {
      this.onNoAnswer(error);
      // By its field: an error of Node's own, made outside a vm context (as jest has one), is no
      // instance of our Error.
      const { code } = error as { code?: unknown };
      throw new NoAnswer(!BEFORE_THE_REQUEST.has(String(code)));
    }
  }

  close(): Promise<void> {
    return this.agent.close();
  }
}

/** @throws RefusedForNow where a 429 or 503 asks to be left alone for a while */
function throwIfForNow({ statusCode, headers, body }: Answer): void {
  if (statusCode !== 429 && statusCode !== 503) return;
  const retryAfterMs = parseRetryAfter(headers['retry-after'], headers['date']);
  if (retryAfterMs === undefined) return;
  const [, code] = /"code":\s*(\d{1,6})\b/.exec(body) ?? [];
  throw new RefusedForNow(statusCode, code === undefined ? undefined : Number(code), retryAfterMs);
}

function appendAll(to: URLSearchParams, name: string, value: unknown): void {
  for (const one of Array.isArray(value) ? value : [value]) {
    if (one !== undefined && one !== null)
      to.append(name, String(one as string | number | boolean));
  }
}
