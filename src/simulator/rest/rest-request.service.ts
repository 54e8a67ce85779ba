import type { FastifyReply, FastifyRequest } from 'fastify';
import { readBasicCredentials, isEqual } from './access.js';
import { Form } from './form.js';
import type { Network } from '../network/network.service.js';
import { ANSWER_KINDS, type Occasion } from '../network/trouble.js';
import { TwilioError } from './twilio-errors.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The request's head had arrived at this time, in milliseconds since 1970 with a fraction. */
    receivedAt: number;
  }
}

export interface RestAnswer {
  status: number;
  body?: object;
  sid?: string;
  /**
   * The request sets this going. It begins when the answer is out, so that no callback overtakes
   * the answer without a trouble.
   */
  afterReply?: () => void;
}

export interface RestRequest {
  channel: 'sms' | 'call';
  on: NonNullable<Occasion['on']>;
  /** The troubles of this number strike. */
  number: string | undefined;
  act: (form: Form, requestSeq: number) => RestAnswer;
}

export function readForm(request: FastifyRequest): Form {
  return request.body instanceof Form
    ? request.body
    : new Form(new URL(request.url, 'http://simulator').searchParams);
}

/**
 * Serves one request of the REST API: it is written down, authenticated, troubled, carried out and
 * answered.
 */
export async function serve(
  network: Network,
  request: FastifyRequest,
  reply: FastifyReply,
  rest: RestRequest,
): Promise<void> {
  const { journal, troubles, scheduler } = network;
  const form = readForm(request);
  const path = readPath(request);
  const requestSeq = journal.add({
    type: 'request',
    method: request.method,
    path,
    receivedAt: request.receivedAt,
    channel: rest.channel,
    fields: form.toRecord(),
  });
  const send = (status: number, body: object | string | undefined, sid?: string): void => {
    journal.add({ type: 'reply', requestSeq, status, sid: sid ?? null });
    void reply
      .code(status)
      .header('content-type', 'application/json')
      .send(typeof body === 'object' ? JSON.stringify(body) : body);
  };
  const reset = (sid?: string): void => {
    journal.add({ type: 'reply', requestSeq, status: 'reset', sid: sid ?? null });
    reply.hijack();
    request.raw.socket.resetAndDestroy();
  };
  try {
    authenticate(network, request);
    const occasion: Occasion = {
      channel: rest.channel,
      on: rest.on,
      ...(rest.number === undefined ? {} : { number: rest.number }),
    };
    const latency = troubles.take(['latency'], occasion);
    const trouble = troubles.take(ANSWER_KINDS, occasion);
    if (latency?.accepted === false) await scheduler.wait(latency.ms, 'rest', 'reply');
    if (trouble?.kind === 'error')
      throw new TwilioError(trouble.code, trouble.status, undefined, trouble.retryAfter);
    if (trouble?.kind === 'server-error' && !trouble.accepted)
      throw new TwilioError(20500, trouble.status);
    if (trouble?.kind === 'reset' && !trouble.accepted) return reset();

    const { status, body, sid, afterReply } = rest.act(form, requestSeq);
    // A client that gave up waiting has closed already; what it asked for happens all the same.
    if (
      afterReply !== undefined &&
      (latency?.accepted === true || reply.raw.destroyed || request.raw.socket.destroyed)
    )
      afterReply();
    else if (afterReply !== undefined) reply.raw.once('close', afterReply);
    if (latency?.accepted === true) await scheduler.wait(latency.ms, 'rest', 'reply');
    if (trouble?.kind === 'reset') return reset(sid);
    if (trouble?.kind === 'server-error')
      return send(trouble.status, new TwilioError(20500, trouble.status).body, sid);
    if (trouble?.kind === 'garbled') return send(201, JSON.stringify(body).slice(0, 40), sid);
    send(status, body, sid);
  } catch (error) {
    if (!(error instanceof TwilioError)) throw error;
    if (error.retryAfter !== undefined) void reply.header('retry-after', error.retryAfter);
    send(error.body.status, error.body);
  }
}

function authenticate(network: Network, request: FastifyRequest): void {
  const { user, password } = readBasicCredentials(request.headers.authorization);
  const own = { sid: network.accountSid, secret: network.authToken };
  const isKnown = [own, ...(network.apiKey === undefined ? [] : [network.apiKey])].map(
    ({ sid, secret }) => [isEqual(user, sid), isEqual(password, secret)].every(Boolean),
  );
  if (!isKnown.includes(true)) throw new TwilioError(20003);
  const { account } = request.params as { account?: string };
  if (account !== network.accountSid) throw makeNotFound(request);
}

/** Answers the path without its query. */
export function readPath(request: FastifyRequest): string {
  return request.url.split('?')[0] ?? '';
}

/** Answers the record, or throws Twilio's 404 where there is none. */
export function requireFound<T>(request: FastifyRequest, record: T | undefined): T {
  if (record === undefined) throw makeNotFound(request);
  return record;
}

function makeNotFound(request: FastifyRequest): TwilioError {
  const path = readPath(request);
  return new TwilioError(20404, 404, `The requested resource ${path} was not found`);
}

/** Reads the sid from `SM....json`. Anything without that ending names no record. */
export function readSid(request: FastifyRequest): string {
  const { document } = request.params as { document: string };
  return document.endsWith('.json') ? document.slice(0, -'.json'.length) : '';
}
