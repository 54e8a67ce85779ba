import fastify, { type FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import { registerCallRoutes } from './rest/calls.controller.js';
import { Calls } from './calls/calls.service.js';
import { Conferences } from './rooms/conferences.service.js';
import { registerConferenceRoutes } from './rest/conferences.controller.js';
import { registerControlRoutes } from './handsets/control.controller.js';
import { isOwnHost } from './rest/access.js';
import { Form } from './rest/form.js';
import { registerHandsetsPage } from './handsets/handsets.controller.js';
import { Invitations } from './handsets/invitations.js';
import { registerSplitPage } from './split/split.controller.js';
import { registerMessageRoutes } from './rest/messages.controller.js';
import { Messages } from './messages/messages.service.js';
import { registerParticipantRoutes } from './rest/participants.controller.js';
import { Network } from './network/network.service.js';
import { TwilioError } from './rest/twilio-errors.js';

export interface SimulatorOptions {
  /** 0 takes any free port. */
  port: number;
  accountSid: string;
  authToken: string;
  controlToken: string;
  /** A key of the account, beside its token. */
  apiKey?: { sid: string; secret: string };
  /**
   * The account owns these numbers. By default it owns the one magic number that works as a sender.
   */
  numbers?: readonly string[];
  speechMsPerChar?: number;
  timeScale?: number;
  retryAfterMs?: number;
  stepMs?: number;
  /** 0, the default, means no limit. */
  callsPerSecond?: number;
  /** The service's app has this origin: it is shown beside the phones, in the split view. */
  app?: string;
  /** Is called with the addresses for the next browser, when one has come by those before. */
  onInvitation?: (addresses: Addresses) => void;
  /** Is called with a failure of the network itself, which nothing should cause. */
  report?: (error: unknown) => void;
}

/**
 * The pages have these addresses, for one browser: what lets it in is in the fragment, which browsers
 * don't send.
 */
export interface Addresses {
  handsets: string;
  /**
   * The split view's, if there is an app. It has the app's host, so that the app's cookies, which no
   * other site's frame is given, are given to the frame.
   */
  split?: string;
}

export interface Simulator {
  port: number;
  url: string;
  addresses: Addresses;
  close(): Promise<void>;
}

export const DEFAULT_NUMBERS = ['+15005550006'] as const;
/** A brisk speaker says about 16 characters a second. */
export const DEFAULT_SPEECH_MS_PER_CHAR = 60;
export const DEFAULT_STEP_MS = 80;
const DEFAULT_RETRY_AFTER_MS = 100;

/**
 * Starts a telephone network on 127.0.0.1. It keeps everything in memory, and forgets it when it
 * ends.
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  // An empty token would let everybody in; a blank one would let nobody in.
  if (!/^\S{16,}$/.test(options.controlToken))
    throw new Error('the control token must have at least 16 characters and no blanks');
  const network = new Network({
    accountSid: options.accountSid,
    authToken: options.authToken,
    apiKey: options.apiKey,
    numbers: options.numbers ?? DEFAULT_NUMBERS,
    speechMsPerChar: options.speechMsPerChar ?? DEFAULT_SPEECH_MS_PER_CHAR,
    timeScale: options.timeScale ?? 1,
    retryAfterMs: options.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS,
    stepMs: options.stepMs ?? DEFAULT_STEP_MS,
    callsPerSecond: options.callsPerSecond ?? 0,
  });
  const conferences = new Conferences(network);
  const calls = new Calls(network, conferences);
  const messages = new Messages(network);
  // An event stream lives as long as its reader; closing must not wait for it.
  const app = fastify({ logger: false, forceCloseConnections: true, bodyLimit: 262_144 });
  let port = 0;
  addGuards(app, () => port, options.report);
  registerMessageRoutes(app, network, messages);
  registerCallRoutes(app, network, calls);
  registerConferenceRoutes(app, network, conferences);
  registerParticipantRoutes(app, network, conferences, calls);
  const write = (invitation: string): Addresses => ({
    handsets: `http://127.0.0.1:${String(port)}/handsets#${invitation}`,
    ...(options.app === undefined
      ? {}
      : {
          split: `http://${new URL(options.app).hostname}:${String(port)}/split#phones=${invitation}`,
        }),
  });
  const invitations = new Invitations((next) => options.onInvitation?.(write(next)));
  registerControlRoutes(app, network, calls, conferences, options.controlToken, invitations);
  registerHandsetsPage(app, options.app !== undefined);
  if (options.app !== undefined) registerSplitPage(app, options.app);
  await app.listen({ host: '127.0.0.1', port: options.port });
  port = (app.server.address() as AddressInfo).port;
  const url = `http://127.0.0.1:${String(port)}`;
  return {
    port,
    url,
    addresses: write(invitations.invitation),
    close: async () => {
      conferences.stop();
      calls.close();
      await network.close();
      await app.close();
    },
  };
}

function addGuards(
  app: FastifyInstance,
  port: () => number,
  report: (error: unknown) => void = () => undefined,
): void {
  app.decorateRequest('receivedAt', 0);
  app.addHook('onRequest', async (request, reply) => {
    request.receivedAt = performance.timeOrigin + performance.now();
    void reply
      .header('cache-control', 'no-store')
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer');
    if (!isOwnHost(request.headers.host, port())) return reply.code(421).send({ error: 'host' });
    return undefined;
  });
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => {
      done(null, Form.parse(body as string));
    },
  );
  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    return reply
      .code(404)
      .send(new TwilioError(20404, 404, `The requested resource ${path} was not found`).body);
  });
  app.setErrorHandler(async (error, _request, reply) => {
    const { statusCode = 500 } = error as { statusCode?: number };
    if (statusCode < 500)
      return reply
        .code(statusCode)
        .send(new TwilioError(20001, statusCode, 'Unreadable request').body);
    report(error);
    return reply.code(500).send(new TwilioError(20500).body);
  });
}
