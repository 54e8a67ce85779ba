import type { FastifyInstance, FastifyRequest } from 'fastify';
import { messageOrder } from './orders.js';
import { filtered, paged } from './listing.js';
import { MESSAGE_FILTERS, messageResource, type Message } from '../messages/message.js';
import type { Messages } from '../messages/messages.service.js';
import type { Network } from '../network/network.service.js';
import { formOf, missing, serve, sidOf } from './rest-request.service.js';
import { TwilioError } from './twilio-errors.js';

const LIST = '/2010-04-01/Accounts/:account/Messages.json';
const ONE = '/2010-04-01/Accounts/:account/Messages/:document';

/** The Messages resource of Twilio's API of 2010-04-01. */
export function messagesController(app: FastifyInstance, network: Network, messages: Messages): void {
  const named = (request: FastifyRequest): Message => messages.find(sidOf(request)) ?? fail(missing(request));
  const numberOf = (request: FastifyRequest): string | undefined => messages.find(sidOf(request))?.to;

  app.post(LIST, (request, reply) => serve(network, request, reply, {
    channel: 'sms', on: 'create', number: formOf(request).get('To'),
    act: (form, requestSeq) => {
      const message = messages.create(messageOrder(form, network.ownNumbers));
      network.journal.add({ type: 'created', channel: 'sms', sid: message.sid, number: message.to, from: message.from, requestSeq });
      return { status: 201, body: messageResource(message), sid: message.sid, then: () => messages.dispatch(message) };
    },
  }));

  app.get(LIST, (request, reply) => serve(network, request, reply, {
    channel: 'sms', on: 'list', number: formOf(request).get('To'),
    act: (query) => {
      const { records, page } = paged(filtered(messages.newestFirst(), query, MESSAGE_FILTERS), request.url.split('?')[0] ?? '', query);
      return { status: 200, body: { messages: records.map(messageResource), ...page } };
    },
  }));

  app.get(ONE, (request, reply) => serve(network, request, reply, {
    channel: 'sms', on: 'fetch', number: numberOf(request),
    act: () => ({ status: 200, body: messageResource(named(request)) }),
  }));

  app.post(ONE, (request, reply) => serve(network, request, reply, {
    channel: 'sms', on: 'update', number: numberOf(request),
    act: (form) => {
      const message = named(request);
      const body = form.get('Body');
      if (body !== undefined) messages.redact(message, body);
      const status = form.filled('Status');
      if (status !== undefined && status !== 'canceled') throw new TwilioError(20001, 400, 'Status can only be updated to canceled');
      if (status === 'canceled') messages.cancel(message);
      return { status: 200, body: messageResource(message), sid: message.sid };
    },
  }));

  app.delete(ONE, (request, reply) => serve(network, request, reply, {
    channel: 'sms', on: 'update', number: numberOf(request),
    act: () => {
      messages.erase(named(request));
      return { status: 204 };
    },
  }));
}

function fail(error: Error): never {
  throw error;
}
