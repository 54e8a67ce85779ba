import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Conference, CONFERENCE_FILTERS, conferenceResource, type Participant, participantResource } from './conference.js';
import type { Conferences } from './conferences.service.js';
import type { Form } from './form.js';
import { filtered, paged } from './listing.js';
import type { Network } from './network.service.js';
import { missing, serve, sidOf } from './rest-request.service.js';
import { TwilioError } from './twilio-errors.js';

const BASE = '/2010-04-01/Accounts/:account/Conferences';

/** The Conferences and Participants of Twilio's API of 2010-04-01, but for creating a participant by REST. */
export function conferencesController(app: FastifyInstance, network: Network, conferences: Conferences): void {
  const named = (request: FastifyRequest, sid = sidOf(request)): Conference => conferences.find(sid) ?? fail(missing(request));
  const within = (request: FastifyRequest): Conference => named(request, (request.params as { conference: string }).conference);
  const inRoom = (request: FastifyRequest): { conference: Conference; participant: Participant } => {
    const conference = within(request);
    return { conference, participant: conferences.participant(conference, sidOf(request)) ?? fail(missing(request)) };
  };
  const numberOf = (request: FastifyRequest): string | undefined => {
    const conference = conferences.find((request.params as { conference: string }).conference);
    return conference && conferences.participant(conference, sidOf(request))?.number;
  };
  const call = { channel: 'call' as const, number: undefined };

  app.get(`${BASE}.json`, (request, reply) => serve(network, request, reply, { ...call, on: 'list', act: (query) => {
    // Since 30 September 2026 a list without Status is of those in progress.
    const all = conferences.newestFirst().filter((one) => query.filled('Status') !== undefined || one.status === 'in-progress');
    const { records, page } = paged(filtered(all, query, CONFERENCE_FILTERS), request.url.split('?')[0] ?? '', query);
    return { status: 200, body: { conferences: records.map(conferenceResource), ...page } };
  } }));

  app.get(`${BASE}/:document`, (request, reply) => serve(network, request, reply, { ...call, on: 'fetch', act: () => ({ status: 200, body: conferenceResource(named(request)) }) }));

  app.post(`${BASE}/:document`, (request, reply) => serve(network, request, reply, { ...call, on: 'update', act: (form) => {
    const conference = named(request);
    if (form.filled('Status') !== 'completed') throw new TwilioError(20001, 400, 'Status can only be updated to completed');
    conferences.end(conference, 'conference-ended-via-api');
    return { status: 200, body: conferenceResource(conference), sid: conference.sid };
  } }));

  app.get(`${BASE}/:conference/Participants.json`, (request, reply) => serve(network, request, reply, { ...call, on: 'list', act: (query) => {
    const conference = within(request);
    const isMuted = flag(query, 'Muted');
    const records = [...conference.participants.values()].filter((one) => isMuted === undefined || one.isMuted === isMuted).map((one) => ({ ...one, sid: one.callSid }));
    const { records: shown, page } = paged(records, request.url.split('?')[0] ?? '', query);
    return { status: 200, body: { participants: shown.map((one) => participantResource(conference, one)), ...page } };
  } }));

  app.get(`${BASE}/:conference/Participants/:document`, (request, reply) => serve(network, request, reply, { ...call, number: numberOf(request), on: 'fetch', act: () => {
    const { conference, participant } = inRoom(request);
    return { status: 200, body: participantResource(conference, participant) };
  } }));

  app.post(`${BASE}/:conference/Participants/:document`, (request, reply) => serve(network, request, reply, { ...call, number: numberOf(request), on: 'update', act: (form) => {
    const { conference, participant } = inRoom(request);
    conferences.update(conference, participant, { isMuted: flag(form, 'Muted'), isHeld: flag(form, 'Hold'), endsOnExit: flag(form, 'EndConferenceOnExit') });
    return { status: 200, body: participantResource(conference, participant), sid: participant.callSid };
  } }));

  app.delete(`${BASE}/:conference/Participants/:document`, (request, reply) => serve(network, request, reply, { ...call, number: numberOf(request), on: 'update', act: () => {
    const { participant } = inRoom(request);
    conferences.leave(participant.callSid, true);
    return { status: 204, body: {} };
  } }));
}

function flag(form: Form, name: string): boolean | undefined {
  const text = form.filled(name);
  return text === undefined ? undefined : text.toLowerCase() === 'true';
}

function fail(error: TwilioError): never {
  throw error;
}
