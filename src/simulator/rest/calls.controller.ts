import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Call } from '../calls/call.js';
import { buildCallResource, CALL_FILTERS } from './call-resource.js';
import type { Calls } from '../calls/calls.service.js';
import { readCallOrder, readCallSource, readWebhook } from './orders.js';
import type { Network } from '../network/network.service.js';
import { readForm, readPath, readSid, requireFound, serve } from './rest-request.service.js';
import { listRecords } from './troubled-list.js';
import { TwilioError } from './twilio-errors.js';

const LIST = '/2010-04-01/Accounts/:account/Calls.json';
const ONE = '/2010-04-01/Accounts/:account/Calls/:document';

/** Serves the Calls resource of Twilio's API of 2010-04-01. */
export function registerCallRoutes(app: FastifyInstance, network: Network, calls: Calls): void {
  const getCall = (request: FastifyRequest): Call =>
    requireFound(request, calls.find(readSid(request)));
  const findNumber = (request: FastifyRequest): string | undefined =>
    calls.find(readSid(request))?.to;

  app.post(LIST, (request, reply) =>
    serve(network, request, reply, {
      channel: 'call',
      on: 'create',
      number: readForm(request).get('To'),
      act: (form, requestSeq) => {
        const call = calls.create(readCallOrder(form, network.ownNumbers));
        network.journal.add({
          type: 'created',
          channel: 'call',
          sid: call.sid,
          number: call.to,
          from: call.from,
          requestSeq,
        });
        return {
          status: 201,
          body: buildCallResource(call),
          sid: call.sid,
          afterReply: () => calls.dial(call),
        };
      },
    }),
  );

  app.get(LIST, (request, reply) =>
    serve(network, request, reply, {
      channel: 'call',
      on: 'list',
      number: readForm(request).get('To'),
      act: (query) => {
        const { records, page } = listRecords(network.troubles, {
          channel: 'call',
          path: readPath(request),
          query,
          all: calls.listNewestFirst(),
          filters: CALL_FILTERS,
          build: buildCallResource,
        });
        return { status: 200, body: { calls: records, ...page } };
      },
    }),
  );

  app.get(ONE, (request, reply) =>
    serve(network, request, reply, {
      channel: 'call',
      on: 'fetch',
      number: findNumber(request),
      act: () => ({ status: 200, body: buildCallResource(getCall(request)) }),
    }),
  );

  app.post(ONE, (request, reply) =>
    serve(network, request, reply, {
      channel: 'call',
      on: 'update',
      number: findNumber(request),
      act: (form) => {
        const call = getCall(request);
        const status = form.getFilled('Status');
        if (status !== undefined && status !== 'canceled' && status !== 'completed') {
          throw new TwilioError(20001, 400, 'Status can only be updated to canceled or completed');
        }
        const statusCallback = readWebhook(form, 'StatusCallback', 21609);
        if (statusCallback !== undefined) call.statusCallback = statusCallback;
        const fallback = readWebhook(form, 'FallbackUrl', 21205, 'FallbackMethod');
        if (fallback !== undefined) call.fallback = fallback;
        const source = readCallSource(form);
        if (status !== undefined) calls.endByCaller(call, status);
        else if (source !== undefined) calls.redirect(call, source);
        return { status: 200, body: buildCallResource(call), sid: call.sid };
      },
    }),
  );

  app.delete(ONE, (request, reply) =>
    serve(network, request, reply, {
      channel: 'call',
      on: 'update',
      number: findNumber(request),
      act: () => {
        calls.erase(getCall(request));
        return { status: 204 };
      },
    }),
  );
}
