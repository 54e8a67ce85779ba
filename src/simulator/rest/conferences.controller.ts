import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Network } from '../network/network.service.js';
import type { Conference } from '../rooms/conference.js';
import type { Conferences } from '../rooms/conferences.service.js';
import { buildConferenceResource, CONFERENCE_FILTERS } from './conference-resource.js';
import { Form } from './form.js';
import { cutPage, filterRecords } from './listing.js';
import { readPath, readSid, requireFound, serve } from './rest-request.service.js';
import { TwilioError } from './twilio-errors.js';

const LIST = '/2010-04-01/Accounts/:account/Conferences.json';
const ONE = '/2010-04-01/Accounts/:account/Conferences/:document';

/** Serves the Conferences resource of Twilio's API of 2010-04-01. */
export function registerConferenceRoutes(
  app: FastifyInstance,
  network: Network,
  conferences: Conferences,
): void {
  const getConference = (request: FastifyRequest): Conference =>
    requireFound(request, conferences.find(readSid(request)));

  app.get(LIST, (request, reply) =>
    serve(network, request, reply, {
      channel: 'call',
      on: 'list',
      number: undefined,
      act: (query) => {
        // Since 30 September 2026 Twilio lists those in progress unless another status is asked
        // for. Source: "Conference resource".
        const withStatus =
          query.getFilled('Status') === undefined
            ? new Form(new URLSearchParams({ ...query.toRecord(), Status: 'in-progress' }))
            : query;
        const { records, page } = cutPage(
          filterRecords(conferences.listNewestFirst(), withStatus, CONFERENCE_FILTERS),
          readPath(request),
          query,
        );
        return {
          status: 200,
          body: { conferences: records.map(buildConferenceResource), ...page },
        };
      },
    }),
  );

  app.get(ONE, (request, reply) =>
    serve(network, request, reply, {
      channel: 'call',
      on: 'fetch',
      number: undefined,
      act: () => ({ status: 200, body: buildConferenceResource(getConference(request)) }),
    }),
  );

  app.post(ONE, (request, reply) =>
    serve(network, request, reply, {
      channel: 'call',
      on: 'update',
      number: undefined,
      act: (form) => {
        const conference = getConference(request);
        if (form.has('AnnounceUrl'))
          throw new TwilioError(20001, 400, 'AnnounceUrl is not simulated');
        const status = form.getFilled('Status');
        if (status !== undefined && status !== 'completed')
          throw new TwilioError(20001, 400, 'Status can only be updated to completed');
        if (status === 'completed') conferences.end(conference);
        return { status: 200, body: buildConferenceResource(conference), sid: conference.sid };
      },
    }),
  );
}
