import { randomUUID } from 'node:crypto';
import { Agent, request as sendRequest } from 'undici';
import { readConnectionOverrides, type Failure } from './connection-overrides.js';
import type { EntryWithType, Journal } from './journal.js';
import type { Scheduler } from './scheduler.service.js';
import { sign, type FormFields } from './signature.js';
import type { Underway } from './underway.js';
import type { Webhook } from './webhook.js';

/** No more of an answer is read than this: TwiML of 64 kB, as Twilio has it. */
const MAX_BYTES = 65_536;

export interface Answer {
  status: number;
  contentType: string;
  body: string;
}

export interface OutboundRequest {
  webhook: Webhook;
  fields: FormFields;
  purpose: EntryWithType<'callback'>['purpose'];
  sid: string;
  event: string;
  /**
   * Every try of one request has the same token, so that the receiver can recognise a repetition.
   */
  token?: string;
  isForged?: boolean;
  signal?: AbortSignal;
}

export function makeIdempotencyToken(): string {
  return randomUUID();
}

/**
 * Makes the network's own requests. They are signed, have an idempotency token and Twilio's
 * deadlines (connect 5 s, answer 15 s), and are tried again as the URL's fragment says.
 * Source: Twilio, "Webhooks" (security; connection overrides).
 */
export class Outbound {
  private readonly agents = new Map<number, Agent>();

  constructor(
    private readonly authToken: string,
    private readonly journal: Journal,
    private readonly scheduler: Scheduler,
    private readonly retryAfterMs: number,
    private readonly underway: Underway,
  ) {}

  /** Answers what the last try brought, or undefined where none reached anyone. */
  send(request: OutboundRequest): Promise<Answer | undefined> {
    return this.sendWithRetries(request).finally(this.underway.begin());
  }

  private async sendWithRetries(request: OutboundRequest): Promise<Answer | undefined> {
    const { method } = request.webhook;
    const overrides = readConnectionOverrides(request.webhook.url);
    const token = request.token ?? makeIdempotencyToken();
    const deadline = Date.now() + overrides.totalTimeoutMs;
    for (let attempt = 0; ; attempt++) {
      const left = deadline - Date.now();
      const result = await this.attempt(
        request,
        overrides,
        token,
        Math.min(overrides.readTimeoutMs, Math.max(left, 1)),
      );
      const status = typeof result === 'string' ? null : result.status;
      this.journal.add({
        type: 'callback',
        purpose: request.purpose,
        sid: request.sid,
        event: request.event,
        method,
        url: overrides.url,
        fields: request.fields,
        token,
        attempt,
        status,
        isForged: request.isForged ?? false,
      });
      const failure = typeof result === 'string' ? result : classifyStatus(result.status);
      if (failure === undefined) return result as Answer;
      const wait = this.retryAfterMs * 2 ** attempt;
      const isLast =
        attempt >= overrides.retries ||
        !overrides.retryOn.has(failure) ||
        Date.now() + wait >= deadline;
      if (request.signal?.aborted) return undefined;
      if (isLast) {
        this.journal.add({
          type: 'alert',
          code: 11200,
          sid: request.sid,
          text: `No good answer from the ${request.purpose} webhook: ${status === null ? failure : String(status)}`,
        });
        return typeof result === 'string' ? undefined : result;
      }
      await this.scheduler.wait(wait, request.sid, 'callback');
    }
  }

  private async attempt(
    request: OutboundRequest,
    overrides: ReturnType<typeof readConnectionOverrides>,
    token: string,
    answerMs: number,
  ): Promise<Answer | Failure> {
    const { method } = request.webhook;
    const form = new URLSearchParams(request.fields).toString();
    const isGet = method === 'GET';
    const url =
      isGet && form !== ''
        ? overrides.url + (overrides.url.includes('?') ? '&' : '?') + form
        : overrides.url;
    const signature = sign(
      request.isForged ? `${this.authToken}?` : this.authToken,
      url,
      isGet ? {} : request.fields,
    );
    try {
      const answer = await sendRequest(url, {
        method,
        dispatcher: this.getAgent(overrides.connectTimeoutMs),
        headersTimeout: answerMs,
        bodyTimeout: answerMs,
        signal:
          request.signal === undefined
            ? AbortSignal.timeout(answerMs + overrides.connectTimeoutMs)
            : AbortSignal.any([
                request.signal,
                AbortSignal.timeout(answerMs + overrides.connectTimeoutMs),
              ]),
        headers: {
          'user-agent': 'TwilioProxy/1.1',
          accept: '*/*',
          'x-twilio-signature': signature,
          'i-twilio-idempotency-token': token,
          ...(isGet ? {} : { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' }),
        },
        ...(isGet ? {} : { body: form }),
      });
      const contentType = [answer.headers['content-type']].flat()[0] ?? '';
      return {
        status: answer.statusCode,
        contentType,
        body: (await answer.body.text()).slice(0, MAX_BYTES),
      };
    } catch (error) {
      return isConnectFailure(error) ? 'ct' : 'rt';
    }
  }

  /**
   * Each request has a connection of its own. A receiver that restarts may close one that is kept,
   * which would look like a failure of the receiver.
   */
  private getAgent(connectTimeoutMs: number): Agent {
    let agent = this.agents.get(connectTimeoutMs);
    if (agent === undefined) {
      agent = new Agent({ connect: { timeout: connectTimeoutMs }, pipelining: 0 });
      this.agents.set(connectTimeoutMs, agent);
    }
    return agent;
  }

  async close(): Promise<void> {
    await Promise.all([...this.agents.values()].map((agent) => agent.destroy()));
  }
}

function classifyStatus(status: number): Failure | undefined {
  return status >= 500 ? '5xx' : status >= 400 ? '4xx' : undefined;
}

const CONNECT_FAILURES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function isConnectFailure(error: unknown): boolean {
  const { code, errors } = error as { code?: string; errors?: unknown[] };
  return CONNECT_FAILURES.has(code ?? '') || (errors ?? []).some(isConnectFailure);
}
