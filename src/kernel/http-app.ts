import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { parse as parseForm } from 'node:querystring';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clock } from './clock.js';
import { Database } from './database.js';
import { readForwardedFor } from './forwarded.js';
import { countRequest } from './http.metrics.js';
import { type Logger, nestLogger, notedForLog } from './logger.js';
import { Problem } from './problem.js';
import { BODY_LIMIT_BYTES, type ForeignWords, ProblemFilter } from './problem.filter.js';
import { RequestTurns } from './request-turns.js';
import { RouteMethods } from './route-methods.js';
import { QueryGuard } from './schema.pipe.js';

/** One role, booted: its own Nest application on its own port. */
export interface RoleApp {
  readonly app: NestFastifyApplication;
  /** Starts to listen; resolves to the port that was bound (0 asks for a free one). */
  listen(): Promise<number>;
  /** Stops taking requests, finishes what is in hand, closes the role's connections. */
  close(): Promise<void>;
}

export interface HttpOptions {
  host: string;
  port: number;
  logger: Logger;
  /** Addresses of reverse proxies whose X-Forwarded-For is believed; empty: nobody's. */
  trustedProxies: readonly string[];
  /**
   * The one kind of body that this role takes; all others are refused with 415. Ours is JSON, which
   * is parsed. What a carrier sends is handed over as its bytes: its signature may be over just
   * these.
   */
  accepts: 'json' | { rawType: string };
  /**
   * Addresses that begin so are our own API. People's requests take turns by network. Apps' do not,
   * which sign in by HTTP Basic, below the addresses that are named for them: what they ask for at
   * once is decided together, or takes turns by app. A parameter of a query that a route doesn't
   * name is refused.
   */
  turns?: { below: string; butOfApps: readonly string[] };
  /**
   * An API of somebody else's that we speak beside our own: its bodies are forms, its refusals in
   * its own words.
   */
  foreign?: ForeignWords & {
    /** Gives the address as everybody else may see it, before anybody has; of each request. */
    rewriteUrl(request: IncomingMessage): string;
  };
  /** It is called after the module is built and before `listen`. */
  prepare?: (app: NestFastifyApplication) => void | Promise<void>;
}

const FORM = 'application/x-www-form-urlencoded';

export async function createHttpApp(module: DynamicModule, options: HttpOptions): Promise<RoleApp> {
  const { logger, foreign } = options;
  let answer: (error: unknown, request: FastifyRequest, reply: FastifyReply) => void = () => {};
  const adapter = new FastifyAdapter({
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    logger: false,
    ...(foreign === undefined
      ? {}
      : { rewriteUrl: (request: IncomingMessage) => foreign.rewriteUrl(request) }),
    requestTimeout: 30_000,
    // An id that is too long gets the 404 of every other id that nobody has.
    routerOptions: { maxParamLength: 16_384 },
    // A path that can't be decoded never reaches Nest, and Fastify's own answer would repeat it.
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      logger.info('request', {
        requestId: request.id,
        method: request.method,
        route: '(none)',
        status: 400,
      });
      answer(error, request, reply);
    },
    clientErrorHandler: answerUnparsed,
    // SIGTERM must not wait for idle keep-alive connections.
    forceCloseConnections: 'idle',
    return503OnClosing: true,
  });
  const routes = new RouteMethods();
  adapter.getInstance().addHook('onRoute', ({ method, url }) => routes.add(method, url));
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: nestLogger(logger),
    abortOnError: false,
    forceCloseConnections: true,
    bodyParser: false, // Nest's would take both kinds everywhere
  });
  if (options.accepts === 'json') {
    const fastify = adapter.getInstance();
    fastify.removeContentTypeParser(['text/plain', 'application/json']);
    // Fastify's own, which refuses __proto__ keys; what it refuses is kept apart from what a
    // schema does.
    const parse = fastify.getDefaultJsonParser('error', 'error');
    fastify.addContentTypeParser(
      'application/json',
      { parseAs: 'string' },
      (request, body: string, done) => {
        // An empty body is none, whatever its Content-Type: a route that needs one says so itself.
        if (body === '') return done(null, undefined);
        void parse(request, body, (error, value) =>
          error === null
            ? done(null, value)
            : done(
                new Problem('INVALID_INPUT', {
                  errors: [{ path: '', message: 'expected JSON, without __proto__' }],
                }),
              ),
        );
      },
    );
  } else {
    const fastify = adapter.getInstance();
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser(
      options.accepts.rawType,
      { parseAs: 'buffer' },
      (_request, body, done) => done(null, body),
    );
  }
  const filter = app.get(ProblemFilter);
  if (foreign !== undefined) {
    filter.speak(foreign);
    adapter
      .getInstance()
      .addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) =>
        done(null, { ...parseForm(String(body)) }),
      );
  }
  filter.know(routes);
  app.useGlobalFilters(filter);
  answer = (error, request, reply) => filter.send(error, request, reply);
  const fastify = adapter.getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('X-Request-Id', request.id);
    void reply.header('X-Content-Type-Options', 'nosniff');
    void reply.header('Referrer-Policy', 'no-referrer');
    // Nearly all that is answered here is somebody's own; what may be kept says so itself.
    void reply.header('Cache-Control', 'no-store');
    if (options.trustedProxies.length > 0) cleanForwardedFor(request.raw);
    // This runs before any of the body is read. Fastify itself refuses a type that is neither of
    // these two.
    done(
      foreign !== undefined && !isOwnType(request, foreign.prefix)
        ? new Problem('UNSUPPORTED_MEDIA_TYPE')
        : undefined,
    );
  });
  if (options.turns !== undefined) {
    const { below, butOfApps } = options.turns;
    app.useGlobalGuards(new QueryGuard(below));
    const [turns, clock] = [app.get(RequestTurns), app.get(Clock)];
    fastify.addHook('preHandler', async (request, reply) => {
      const isApps =
        /^Basic /i.test(request.headers.authorization ?? '') &&
        butOfApps.some((start) => request.url.startsWith(start));
      if (isApps || !request.url.startsWith(below)) return;
      await turns.takeForAddress(request, reply, clock.now());
    });
  }
  fastify.addHook('onResponse', (request, reply, done) => {
    countRequest(logger.role, reply.statusCode);
    const durationMs = Math.round(reply.elapsedTime);
    logger.info('request', {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? '(none)',
      status: reply.statusCode,
      ...notedForLog(request),
      // A stream's may have six digits, which the scrubber takes for a code.
      ...(durationMs < 100_000 ? { durationMs } : {}),
    });
    done();
  });
  await options.prepare?.(app);
  return {
    app,
    async listen() {
      await app.listen(options.port, options.host);
      return (app.getHttpServer().address() as AddressInfo).port;
    },
    async close() {
      const database = app.get(Database);
      await app.close(); // runs the roles' own hooks, which still write
      await database.close();
    },
  };
}

/** It has to run before anybody asks for `request.ip`, which is read from this header then. */
function cleanForwardedFor({ headers }: IncomingMessage): void {
  const header = headers['x-forwarded-for'];
  if (header === undefined) return;
  const clean = readForwardedFor([header].flat().join(','));
  if (clean === undefined) delete headers['x-forwarded-for'];
  else headers['x-forwarded-for'] = clean;
}

/** A form goes to the foreign API, JSON to ours. */
function isOwnType(request: FastifyRequest, foreignPrefix: string): boolean {
  const type = /^[^;,\s]*/.exec(request.headers['content-type'] ?? '')?.[0].toLowerCase();
  const isForeign = request.url.startsWith(foreignPrefix);
  return request.routeOptions.url === undefined || type !== (isForeign ? 'application/json' : FORM);
}

/**
 * What Node's parser refuses is no request yet: no id, no route, nothing to log but that it
 * happened.
 */
function answerUnparsed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = new Problem(
    error.code === 'HPE_HEADER_OVERFLOW' ? 'PAYLOAD_TOO_LARGE' : 'INVALID_INPUT',
  );
  const body = JSON.stringify(problem.body(randomUUID(), new Date(0)));
  socket.end(
    `HTTP/1.1 ${problem.status} Refused\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
