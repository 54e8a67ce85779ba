import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Calls } from '../calls/calls.service.js';
import {
  CONFERENCE_FILTERS, PARTICIPANT_FILTERS, buildConferenceResource, buildParticipantResource, type Conference, type Participant,
} from '../rooms/conference.js';
import type { Conferences } from '../rooms/conferences.service.js';
import { readParticipantOrder } from './orders.js';
import { Form } from './form.js';
import { filterRecords, cutPage } from './listing.js';
import type { Network } from '../network/network.service.js';
import { readForm, makeNotFound, serve, readSid } from './rest-request.service.js';
import { TwilioError } from './twilio-errors.js';

const LIST = '/2010-04-01/Accounts/:account/Conferences.json';
const ONE = '/2010-04-01/Accounts/:account/Conferences/:document';
const PARTICIPANTS = '/2010-04-01/Accounts/:account/Conferences/:conference/Participants.json';
const PARTICIPANT = '/2010-04-01/Accounts/:account/Conferences/:conference/Participants/:document';

/** The Conferences and Participants resources of Twilio's API of 2010-04-01. */
export function registerConferenceRoutes(app: FastifyInstance, network: Network, conferences: Conferences, calls: Calls): void {
  const readConference = (request: FastifyRequest): string => (request.params as { conference: string }).conference;
  const getConference = (request: FastifyRequest): Conference => conferences.find(readSid(request)) ?? fail(makeNotFound(request));
  const getParentConference = (request: FastifyRequest): Conference => conferences.find(readConference(request)) ?? fail(makeNotFound(request));
  /** By call or by label. An ended conference has nobody. */
  const findParticipant = (request: FastifyRequest): Participant | undefined => conferences.find(readConference(request))?.participants
    .find(({ sid, label }) => sid === readSid(request) || (label !== undefined && label === readSid(request)));
  const findNumber = (request: FastifyRequest): string | undefined => findParticipant(request)?.call.to;
  const readPath = (request: FastifyRequest): string => request.url.split('?')[0] ?? '';

  app.get(LIST, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'list', number: undefined,
    act: (query) => {
      // Since 30 September 2026 Twilio lists those in progress unless another status is asked for. Source: "Conference resource".
      const asked = query.getFilled('Status') === undefined ? new Form(new URLSearchParams({ ...query.toRecord(), Status: 'in-progress' })) : query;
      const { records, page } = cutPage(filterRecords(conferences.listNewestFirst(), asked, CONFERENCE_FILTERS), readPath(request), query);
      return { status: 200, body: { conferences: records.map(buildConferenceResource), ...page } };
    },
  }));

  app.get(ONE, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'fetch', number: undefined,
    act: () => ({ status: 200, body: buildConferenceResource(getConference(request)) }),
  }));

  app.post(ONE, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'update', number: undefined,
    act: (form) => {
      const conference = getConference(request);
      if (form.has('AnnounceUrl')) throw new TwilioError(20001, 400, 'AnnounceUrl is not simulated');
      const status = form.getFilled('Status');
      if (status !== undefined && status !== 'completed') throw new TwilioError(20001, 400, 'Status can only be updated to completed');
      if (status === 'completed') conferences.end(conference);
      return { status: 200, body: buildConferenceResource(conference), sid: conference.sid };
    },
  }));

  app.post(PARTICIPANTS, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'create', number: readForm(request).get('To'),
    act: (form, requestSeq) => {
      const order = readParticipantOrder(form, network.ownNumbers);
      // What is refused must leave no call behind.
      const refusal = conferences.findRefusal(conferences.findNamed(readConference(request)), order.entrance);
      if (refusal !== undefined) throw new TwilioError(refusal);
      const { conference, participant } = calls.createForRoom(readConference(request), order.call, order.entrance);
      const { call } = participant;
      network.journal.add({ type: 'created', channel: 'call', sid: call.sid, number: call.to, from: call.from, requestSeq });
      return { status: 201, body: { ...buildParticipantResource(conference, participant), queue_time: String(call.queueMs) }, sid: call.sid, then: () => calls.dial(call) };
    },
  }));

  app.get(PARTICIPANTS, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'list', number: undefined,
    act: (query) => {
      const conference = getParentConference(request);
      const { records, page } = cutPage(filterRecords([...conference.participants].reverse(), query, PARTICIPANT_FILTERS), readPath(request), query);
      return { status: 200, body: { participants: records.map((one) => buildParticipantResource(conference, one)), ...page } };
    },
  }));

  app.get(PARTICIPANT, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'fetch', number: findNumber(request),
    act: () => ({ status: 200, body: buildParticipantResource(getParentConference(request), findParticipant(request) ?? fail(makeNotFound(request))) }),
  }));

  app.post(PARTICIPANT, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'update', number: findNumber(request),
    act: (form) => {
      const conference = getParentConference(request);
      const one = findParticipant(request) ?? fail(makeNotFound(request));
      if (form.has('AnnounceUrl')) throw new TwilioError(20001, 400, 'AnnounceUrl is not simulated');
      // What isn't "true" is taken for false. Source: Twilio, "Participants resource", Muted.
      const readFlag = (name: string): boolean | undefined => (form.has(name) ? form.get(name) === 'true' : undefined);
      const [isMuted, isOnHold, endsOnExit] = [readFlag('Muted'), readFlag('Hold'), readFlag('EndConferenceOnExit')];
      conferences.update(conference, one, {
        ...(isMuted === undefined ? {} : { isMuted }), ...(isOnHold === undefined ? {} : { isOnHold }), ...(endsOnExit === undefined ? {} : { endsOnExit }),
      });
      return { status: 200, body: buildParticipantResource(conference, one), sid: one.sid };
    },
  }));

  app.delete(PARTICIPANT, (request, reply) => serve(network, request, reply, {
    channel: 'call', on: 'update', number: findNumber(request),
    act: () => {
      conferences.kick(getParentConference(request), findParticipant(request) ?? fail(makeNotFound(request)));
      return { status: 204 };
    },
  }));
}

function fail(error: Error): never {
  throw error;
}
