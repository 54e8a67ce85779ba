import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CALL_FILTERS, callResource, type Call } from '../calls/call.js';
import type { Calls } from '../calls/calls.service.js';
import { callOrder, callSource, webhook } from './orders.js';
import { filtered, paged } from './listing.js';
import type { Network } from '../network/network.service.js';
import { formOf, missing, serve, sidOf } from './rest-request.service.js';
import { TwilioError } from './twilio-errors.js';

const LIST = '/2010-04-01/Accounts/:account/Calls.json';
const ONE = '/2010-04-01/Accounts/:account/Calls/:document';

/** The Calls resource of Twilio's API of 2010-04-01. */
export function callsController(app: FastifyInstance, network: Network, calls: Calls): void {
  const named = (request: FastifyRequest): Call => calls.find(sidOf(request)) ?? fail(missing(request));
  const numberOf = (request: FastifyRequest): string | undefined => calls.find(sidOf(request))?.to;

  app.post(LIST, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'create', number: formOf(request).get('To'),
    act: (form, requestSeq) => {
      const call = calls.create(callOrder(form, network.ownNumbers));
      network.journal.add({ type: 'created', channel: 'call', sid: call.sid, number: call.to, from: call.from, requestSeq });
      return { status: 201, body: callResource(call), sid: call.sid, then: () => calls.dial(call) };
    },
  }));

  app.get(LIST, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'list', number: formOf(request).get('To'),
    act: (query) => {
      const { records, page } = paged(filtered(calls.newestFirst(), query, CALL_FILTERS), request.url.split('?')[0] ?? '', query);
      return { status: 200, body: { calls: records.map(callResource), ...page } };
    },
  }));

  app.get(ONE, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'fetch', number: numberOf(request),
    act: () => ({ status: 200, body: callResource(named(request)) }),
  }));

  app.post(ONE, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'update', number: numberOf(request),
    act: (form) => {
      const call = named(request);
      const status = form.filled('Status');
      if (status !== undefined && status !== 'canceled' && status !== 'completed') {
        throw new TwilioError(20001, 400, 'Status can only be updated to canceled or completed');
      }
      const statusCallback = webhook(form, 'StatusCallback', 21609);
      if (statusCallback !== undefined) call.statusCallback = statusCallback;
      const fallback = webhook(form, 'FallbackUrl', 21205, 'FallbackMethod');
      if (fallback !== undefined) call.fallback = fallback;
      const source = callSource(form);
      if (status !== undefined) calls.endByCaller(call, status);
      else if (source !== undefined) calls.redirect(call, source);
      return { status: 200, body: callResource(call), sid: call.sid };
    },
  }));

  app.delete(ONE, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'update', number: numberOf(request),
    act: () => {
      calls.erase(named(request));
      return { status: 204 };
    },
  }));
}

function fail(error: Error): never {
  throw error;
}
