import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Calls } from '../calls/calls.service.js';
import {
  CONFERENCE_FILTERS, PARTICIPANT_FILTERS, conferenceResource, participantResource, type Conference, type Participant,
} from '../rooms/conference.js';
import type { Conferences } from '../rooms/conferences.service.js';
import { participantOrder } from './orders.js';
import { Form } from './form.js';
import { filtered, paged } from './listing.js';
import type { Network } from '../network/network.service.js';
import { formOf, missing, serve, sidOf } from './rest-request.service.js';
import { TwilioError } from './twilio-errors.js';

const LIST = '/2010-04-01/Accounts/:account/Conferences.json';
const ONE = '/2010-04-01/Accounts/:account/Conferences/:document';
const PARTICIPANTS = '/2010-04-01/Accounts/:account/Conferences/:conference/Participants.json';
const PARTICIPANT = '/2010-04-01/Accounts/:account/Conferences/:conference/Participants/:document';

/** The Conferences and Participants resources of Twilio's API of 2010-04-01. */
export function conferencesController(app: FastifyInstance, network: Network, conferences: Conferences, calls: Calls): void {
  const place = (request: FastifyRequest): string => (request.params as { conference: string }).conference;
  const named = (request: FastifyRequest): Conference => conferences.find(sidOf(request)) ?? fail(missing(request));
  const around = (request: FastifyRequest): Conference => conferences.find(place(request)) ?? fail(missing(request));
  /** By call or by label. An ended conference has nobody. */
  const someone = (request: FastifyRequest): Participant | undefined => conferences.find(place(request))?.participants
    .find(({ sid, label }) => sid === sidOf(request) || (label !== undefined && label === sidOf(request)));
  const numberOf = (request: FastifyRequest): string | undefined => someone(request)?.call.to;
  const path = (request: FastifyRequest): string => request.url.split('?')[0] ?? '';

  app.get(LIST, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'list', number: undefined,
    act: (query) => {
      // Since 30 September 2026 Twilio lists those in progress unless another status is asked for. Source: "Conference resource".
      const asked = query.filled('Status') === undefined ? new Form(new URLSearchParams({ ...query.record(), Status: 'in-progress' })) : query;
      const { records, page } = paged(filtered(conferences.newestFirst(), asked, CONFERENCE_FILTERS), path(request), query);
      return { status: 200, body: { conferences: records.map(conferenceResource), ...page } };
    },
  }));

  app.get(ONE, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'fetch', number: undefined,
    act: () => ({ status: 200, body: conferenceResource(named(request)) }),
  }));

  app.post(ONE, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'update', number: undefined,
    act: (form) => {
      const conference = named(request);
      if (form.has('AnnounceUrl')) throw new TwilioError(20001, 400, 'AnnounceUrl is not simulated');
      const status = form.filled('Status');
      if (status !== undefined && status !== 'completed') throw new TwilioError(20001, 400, 'Status can only be updated to completed');
      if (status === 'completed') conferences.end(conference);
      return { status: 200, body: conferenceResource(conference), sid: conference.sid };
    },
  }));

  app.post(PARTICIPANTS, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'create', number: formOf(request).get('To'),
    act: (form, requestSeq) => {
      const order = participantOrder(form, network.ownNumbers);
      // What is refused must leave no call behind.
      const refusal = conferences.refusal(conferences.named(place(request)), order.entrance);
      if (refusal !== undefined) throw new TwilioError(refusal);
      const { conference, participant } = calls.createInto(place(request), order.call, order.entrance);
      const { call } = participant;
      network.journal.add({ type: 'created', channel: 'call', sid: call.sid, number: call.to, from: call.from, requestSeq });
      return { status: 201, body: { ...participantResource(conference, participant), queue_time: String(call.queueMs) }, sid: call.sid, then: () => calls.dial(call) };
    },
  }));

  app.get(PARTICIPANTS, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'list', number: undefined,
    act: (query) => {
      const conference = around(request);
      const { records, page } = paged(filtered([...conference.participants].reverse(), query, PARTICIPANT_FILTERS), path(request), query);
      return { status: 200, body: { participants: records.map((one) => participantResource(conference, one)), ...page } };
    },
  }));

  app.get(PARTICIPANT, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'fetch', number: numberOf(request),
    act: () => ({ status: 200, body: participantResource(around(request), someone(request) ?? fail(missing(request))) }),
  }));

  app.post(PARTICIPANT, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'update', number: numberOf(request),
    act: (form) => {
      const conference = around(request);
      const one = someone(request) ?? fail(missing(request));
      if (form.has('AnnounceUrl')) throw new TwilioError(20001, 400, 'AnnounceUrl is not simulated');
      // What isn't "true" is taken for false. Source: Twilio, "Participants resource", Muted.
      const flag = (name: string): boolean | undefined => (form.has(name) ? form.get(name) === 'true' : undefined);
      const [isMuted, isOnHold, endsOnExit] = [flag('Muted'), flag('Hold'), flag('EndConferenceOnExit')];
      conferences.update(conference, one, {
        ...(isMuted === undefined ? {} : { isMuted }), ...(isOnHold === undefined ? {} : { isOnHold }), ...(endsOnExit === undefined ? {} : { endsOnExit }),
      });
      return { status: 200, body: participantResource(conference, one), sid: one.sid };
    },
  }));

  app.delete(PARTICIPANT, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'update', number: numberOf(request),
    act: () => {
      conferences.kick(around(request), someone(request) ?? fail(missing(request)));
      return { status: 204 };
    },
  }));
}

function fail(error: Error): never {
  throw error;
}
