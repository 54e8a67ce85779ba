import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clock } from './clock.js';
import { isDatabaseAway, isLockBusy } from './database.js';
import { Logger } from './logger.js';
import { Problem, type ProblemCode } from './problem.js';

const BY_STATUS: Record<number, ProblemCode> = {
  400: 'INVALID_INPUT',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  431: 'PAYLOAD_TOO_LARGE',
};

/**
 * What a thrown thing is to the caller. What isn't a Problem, or a known refusal of the framework,
 * is INTERNAL.
 */
export function toProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (isDatabaseAway(thrown)) return new Problem('UNAVAILABLE');
  if (isLockBusy(thrown)) return new Problem('TOO_MANY_REQUESTS');
  const status =
    thrown instanceof HttpException
      ? thrown.getStatus()
      : hasStatus(thrown)
        ? thrown.statusCode
        : 500;
  return new Problem(BY_STATUS[status] ?? (status === 503 ? 'UNAVAILABLE' : 'INTERNAL'));
}

function hasStatus(thrown: unknown): thrown is { statusCode: number } {
  return (
    typeof thrown === 'object' &&
    thrown !== null &&
    'statusCode' in thrown &&
    typeof thrown.statusCode === 'number'
  );
}

/** Where the problem itself doesn't say when. */
const AGAIN_AFTER_S: Partial<Record<ProblemCode, number>> = {
  UNAVAILABLE: 2,
  TOO_MANY_REQUESTS: 1,
};

/** How somebody else's API, which we speak below `prefix`, writes what went wrong. */
export interface ForeignWords {
  prefix: string;
  formatProblem(problem: Problem): { status: number; body: object };
}

/** Turns whatever was thrown into one RFC 9457 body. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private foreign: ForeignWords | undefined;

  constructor(
    private readonly logger: Logger,
    private readonly clock: Clock,
  ) {}

  /** To be called before the first request. */
  speak(foreign: ForeignWords): void {
    this.foreign = foreign;
  }

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.send(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /**
   * Answers a request with its problem, also where it fails before Nest sees it: a body that isn't
   * JSON, a path that doesn't decode.
   */
  send(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const problem = toProblem(thrown);
    if (problem.status >= 500)
      this.logger.error('request_failed', thrown, {
        requestId: request.id,
        status: problem.status,
      });
    const now = this.clock.now();
    const seconds = problem.retryAfterSeconds(now) ?? AGAIN_AFTER_S[problem.code];
    if (seconds !== undefined) void reply.header('Retry-After', String(seconds));
    if (problem.code === 'UNAUTHENTICATED')
      void reply.header(
        'WWW-Authenticate',
        /^Basic /i.test(request.headers.authorization ?? '') ? 'Basic realm="Dingline"' : 'Bearer',
      );
    const foreign =
      this.foreign !== undefined && request.url.startsWith(this.foreign.prefix)
        ? this.foreign.formatProblem(problem)
        : undefined;
    void reply
      .status(foreign?.status ?? problem.status)
      .header(
        'Content-Type',
        foreign === undefined ? 'application/problem+json' : 'application/json',
      )
      .header('Cache-Control', 'no-store')
      .send(JSON.stringify(foreign?.body ?? problem.body(request.id, now)));
  }
}
