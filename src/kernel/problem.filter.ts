import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { findChallenges } from './challenge.js';
import { Clock } from './clock.js';
import { isDatabaseAway, isDatabaseFull, isLockBusy, isTooSlow } from './database.js';
import { countProblem } from './http.metrics.js';
import { Logger } from './logger.js';
import { Problem, type ProblemCode } from './problem.js';
import { RouteMethods } from './route-methods.js';

/** The largest body that any address takes; a Ding's text is at most 1,000 characters. */
export const BODY_LIMIT_BYTES = 32 * 1024;

const BY_STATUS: Record<number, ProblemCode> = {
  403: 'NOT_FOUND', // a path that leads out of a folder of files: /docs/../
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
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
  if (isDatabaseAway(thrown) || isTooSlow(thrown)) return new Problem('UNAVAILABLE');
  if (isDatabaseFull(thrown)) return new Problem('STORAGE_FULL');
  if (isLockBusy(thrown)) return new Problem('TOO_MANY_REQUESTS');
  if (isClientGone(thrown)) return new Problem('INVALID_INPUT');
  const status =
    thrown instanceof HttpException
      ? thrown.getStatus()
      : hasStatus(thrown)
        ? thrown.statusCode
        : 500;
  if (status === 413) return new Problem('PAYLOAD_TOO_LARGE', { errors: [BODY_TOO_LARGE] });
  return new Problem(BY_STATUS[status] ?? findByKind(status));
}

/** The framework's other refusals: whatever it has against a request is the caller's mistake. */
function findByKind(status: number): ProblemCode {
  if (status === 503) return 'UNAVAILABLE';
  return status >= 400 && status < 500 ? 'INVALID_INPUT' : 'INTERNAL';
}

/** Only a body has a place to name; an address or a header that is too large has other statuses. */
const BODY_TOO_LARGE = { path: '', message: `at most ${BODY_LIMIT_BYTES} bytes` };

/** It has hung up while its body was read: nobody reads the answer, and nothing is wrong here. */
const isClientGone = (thrown: unknown): boolean =>
  thrown instanceof Object &&
  'code' in thrown &&
  (thrown.code === 'ECONNRESET' || thrown.code === 'ERR_STREAM_PREMATURE_CLOSE');

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
  STORAGE_FULL: 30, // somebody has to make room
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
  private routes = new RouteMethods();

  constructor(
    private readonly logger: Logger,
    private readonly clock: Clock,
  ) {}

  /** To be called before the first request. */
  speak(foreign: ForeignWords): void {
    this.foreign = foreign;
  }

  /** To be called before the first request. */
  know(routes: RouteMethods): void {
    this.routes = routes;
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
    const methods = request.routeOptions.url === undefined ? this.routes.find(request.url) : [];
    const problem =
      methods.length > 0 && !methods.includes(request.method)
        ? new Problem('METHOD_NOT_ALLOWED')
        : toProblem(thrown);
    if (problem.code === 'METHOD_NOT_ALLOWED') void reply.header('Allow', methods.join(', '));
    countProblem(this.logger.role, problem.code);
    if (problem.status >= 500)
      this.logger.error('request_failed', thrown, {
        requestId: request.id,
        status: problem.status,
      });
    const now = this.clock.now();
    const seconds = problem.retryAfterSeconds(now) ?? AGAIN_AFTER_S[problem.code];
    if (seconds !== undefined) void reply.header('Retry-After', String(seconds));
    if (problem.code === 'UNAUTHENTICATED')
      void reply.header('WWW-Authenticate', findChallenges(request));
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
      .header('Cache-Control', 'no-store') // whatever the route says of its good answers
      .send(JSON.stringify(foreign?.body ?? problem.body(request.id, now)));
  }
}
