import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readMessageOrder } from './orders.js';
import type { Message } from '../messages/message.js';
import { buildMessageResource, MESSAGE_FILTERS } from './message-resource.js';
import type { Messages } from '../messages/messages.service.js';
import type { Network } from '../network/network.service.js';
import { readForm, readPath, readSid, requireFound, serve } from './rest-request.service.js';
import { listRecords } from './troubled-list.js';
import { TwilioError } from './twilio-errors.js';

const LIST = '/2010-04-01/Accounts/:account/Messages.json';
const ONE = '/2010-04-01/Accounts/:account/Messages/:document';

/** Serves the Messages resource of Twilio's API of 2010-04-01. */
export function registerMessageRoutes(
  app: FastifyInstance,
  network: Network,
  messages: Messages,
): void {
  const getMessage = (request: FastifyRequest): Message =>
    requireFound(request, messages.find(readSid(request)));
  const findNumber = (request: FastifyRequest): string | undefined =>
    messages.find(readSid(request))?.to;

  app.post(LIST, (request, reply) =>
    serve(network, request, reply, {
      channel: 'sms',
      on: 'create',
      number: readForm(request).get('To'),
      act: (form, requestSeq) => {
        const message = messages.create(readMessageOrder(form, network.ownNumbers));
        network.journal.add({
          type: 'created',
          channel: 'sms',
          sid: message.sid,
          number: message.to,
          from: message.from,
          requestSeq,
        });
        return {
          status: 201,
          body: buildMessageResource(message),
          sid: message.sid,
          afterReply: () => messages.dispatch(message),
        };
      },
    }),
  );

  app.get(LIST, (request, reply) =>
    serve(network, request, reply, {
      channel: 'sms',
      on: 'list',
      number: readForm(request).get('To'),
      act: (query) => {
        const { records, page } = listRecords(network.troubles, {
          channel: 'sms',
          path: readPath(request),
          query,
          all: messages.listNewestFirst(),
          filters: MESSAGE_FILTERS,
          build: buildMessageResource,
        });
        return { status: 200, body: { messages: records, ...page } };
      },
    }),
  );

  app.get(ONE, (request, reply) =>
    serve(network, request, reply, {
      channel: 'sms',
      on: 'fetch',
      number: findNumber(request),
      act: () => ({ status: 200, body: buildMessageResource(getMessage(request)) }),
    }),
  );

  app.post(ONE, (request, reply) =>
    serve(network, request, reply, {
      channel: 'sms',
      on: 'update',
      number: findNumber(request),
      act: (form) => {
        const message = getMessage(request);
        const body = form.get('Body');
        if (body !== undefined) messages.redact(message, body);
        const status = form.getFilled('Status');
        if (status !== undefined && status !== 'canceled')
          throw new TwilioError(20001, 400, 'Status can only be updated to canceled');
        if (status === 'canceled') messages.cancel(message);
        return { status: 200, body: buildMessageResource(message), sid: message.sid };
      },
    }),
  );

  app.delete(ONE, (request, reply) =>
    serve(network, request, reply, {
      channel: 'sms',
      on: 'update',
      number: findNumber(request),
      act: () => {
        messages.erase(getMessage(request));
        return { status: 204 };
      },
    }),
  );
}
