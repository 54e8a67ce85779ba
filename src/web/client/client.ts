import type { Problem } from './generated/operations.js';
import type { ProblemCode } from './generated/problem-codes.js';
import type { Operation } from './operation.js';

/** An answer of the API's that is none of those hoped for. */
export class ApiProblem extends Error {
  readonly code: ProblemCode;
  /** After so many seconds the same request may succeed. */
  readonly retryAfter: number | undefined;
  /** The fields that are wrong, as `address.0.city`; what stood there isn't repeated. */
  readonly fields: readonly string[];

  constructor(readonly body: Problem) {
    super(body.title);
    this.code = body.code as ProblemCode;
    this.retryAfter = body.retryAfter;
    this.fields = [...new Set((body.errors ?? []).map(({ path }) => path))];
  }
}

/** No answer came, or none of ours: what was asked for may have been done or not. */
export class NoAnswer extends Error {}

export interface ClientOptions {
  /** `https://dingline.example`; nothing for a page of that origin. */
  readonly origin?: string;
  /** Added to each request, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly fetch?: typeof fetch;
}

interface AnyInput {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
}

/** What is given for an operation that takes nothing may be left out. */
type Given<Input> = object extends Input ? [input?: Input] : [input: Input];

/** A key is kept for as long as it isn't known how its request ended: the same one, sent again, has it again. */
const RETRY_AFTER_MS = [500, 2000];

/** Speaks to the API. A request that may be repeated is, where no answer comes. */
export class Client {
  private readonly unanswered = new Map<string, string>();

  constructor(private readonly options: ClientOptions = {}) {}

  /** @throws ApiProblem, NoAnswer */
  async send<Input, Answer>(
    operation: Operation<Input, Answer>,
    ...[given]: Given<Input>
  ): Promise<Answer> {
    const input = (given ?? {}) as AnyInput;
    const request = `${operation.method} ${fillPath(operation.path, input)}`;
    const id = `${request} ${JSON.stringify(input.body)}`;
    const key = this.unanswered.get(id) ?? crypto.randomUUID();
    if (operation.isKeyed === true) this.unanswered.set(id, key);
    const mayRepeat = operation.isKeyed === true || operation.method === 'GET';
    for (let tries = 0; ; tries++) {
      const waitMs = RETRY_AFTER_MS[tries];
      try {
        const answer = await this.ask(operation, input, key);
        this.unanswered.delete(id);
        return answer as Answer;
      } catch (error) {
        if (error instanceof ApiProblem) this.unanswered.delete(id);
        if (error instanceof ApiProblem || !mayRepeat || waitMs === undefined) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  private async ask(
    { method, path, isKeyed }: Operation<unknown, unknown>,
    input: AnyInput,
    key: string,
  ): Promise<unknown> {
    const { origin = '', headers = {}, fetch: send = fetch } = this.options;
    const response = await send(origin + fillPath(path, input), {
      method,
      headers: {
        accept: 'application/json',
        ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(isKeyed === true ? { 'idempotency-key': key } : {}),
        ...headers,
      },
      ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
    }).catch(() => undefined);
    if (response?.status === 204) return undefined;
    const body: unknown = await response?.json().catch(() => undefined);
    if (response === undefined || body === undefined) throw new NoAnswer('no answer came');
    if (!response.ok) throw isProblem(body) ? new ApiProblem(body) : new NoAnswer('not our answer');
    return body;
  }
}

const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' && body !== null && 'code' in body;

function fillPath(pattern: string, { path = {}, query = {} }: AnyInput): string {
  const filled = pattern.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(path[name] ?? ''),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? filled : `${filled}?${search.toString()}`;
}
