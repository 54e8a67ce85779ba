import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Calls } from '../calls/calls.service.js';
import type { Network } from '../network/network.service.js';
import type { Conference, Participant } from '../rooms/conference.js';
import type { Conferences } from '../rooms/conferences.service.js';
import { buildParticipantResource, PARTICIPANT_FILTERS } from './conference-resource.js';
import { readParticipantOrder } from './orders.js';
import { readForm, readPath, readSid, requireFound, serve } from './rest-request.service.js';
import { listRecords } from './troubled-list.js';
import { TwilioError } from './twilio-errors.js';

const LIST = '/2010-04-01/Accounts/:account/Conferences/:conference/Participants.json';
const ONE = '/2010-04-01/Accounts/:account/Conferences/:conference/Participants/:document';

/**
 * Serves the Participants resource of Twilio's API of 2010-04-01: who is in a conference, or on the
 * way into it.
 */
export function registerParticipantRoutes(
  app: FastifyInstance,
  network: Network,
  conferences: Conferences,
  calls: Calls,
): void {
  const readConferenceName = (request: FastifyRequest): string =>
    (request.params as { conference: string }).conference;
  const getParentConference = (request: FastifyRequest): Conference =>
    requireFound(request, conferences.find(readConferenceName(request)));
  /** Finds a participant by their call or their label. An ended conference has nobody. */
  const findParticipant = (request: FastifyRequest): Participant | undefined =>
    conferences
      .find(readConferenceName(request))
      ?.participants.find(
        ({ sid, label }) =>
          sid === readSid(request) || (label !== undefined && label === readSid(request)),
      );
  const findNumber = (request: FastifyRequest): string | undefined =>
    findParticipant(request)?.call.to;

  app.post(LIST, (request, reply) =>
    serve(network, request, reply, {
      channel: 'call',
      on: 'create',
      number: readForm(request).get('To'),
      act: (form, requestSeq) => {
        const order = readParticipantOrder(form, network.ownNumbers);
        // A refused request must leave no call behind.
        const refusal = conferences.findRefusal(
          conferences.findNamed(readConferenceName(request)),
          order.entrance,
        );
        if (refusal !== undefined) throw new TwilioError(refusal);
        const { conference, participant } = calls.createForRoom(
          readConferenceName(request),
          order.call,
          order.entrance,
        );
        const { call } = participant;
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
          body: {
            ...buildParticipantResource(conference, participant),
            queue_time: String(call.queueMs),
          },
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
      number: undefined,
      act: (query) => {
        const conference = getParentConference(request);
        const { records, page } = listRecords(network.troubles, {
          channel: 'call',
          path: readPath(request),
          query,
          all: [...conference.participants].reverse(),
          filters: PARTICIPANT_FILTERS,
          build: (participant) => buildParticipantResource(conference, participant),
        });
        return { status: 200, body: { participants: records, ...page } };
      },
    }),
  );

  app.get(ONE, (request, reply) =>
    serve(network, request, reply, {
      channel: 'call',
      on: 'fetch',
      number: findNumber(request),
      act: () => ({
        status: 200,
        body: buildParticipantResource(
          getParentConference(request),
          requireFound(request, findParticipant(request)),
        ),
      }),
    }),
  );

  app.post(ONE, (request, reply) =>
    serve(network, request, reply, {
      channel: 'call',
      on: 'update',
      number: findNumber(request),
      act: (form) => {
        const conference = getParentConference(request);
        const participant = requireFound(request, findParticipant(request));
        if (form.has('AnnounceUrl'))
          throw new TwilioError(20001, 400, 'AnnounceUrl is not simulated');
        // Anything but "true" means false. Source: Twilio, "Participants resource", Muted.
        const readFlag = (name: string): boolean | undefined =>
          form.has(name) ? form.get(name) === 'true' : undefined;
        const [isMuted, isOnHold, endsOnExit] = [
          readFlag('Muted'),
          readFlag('Hold'),
          readFlag('EndConferenceOnExit'),
        ];
        conferences.update(conference, participant, {
          ...(isMuted === undefined ? {} : { isMuted }),
          ...(isOnHold === undefined ? {} : { isOnHold }),
          ...(endsOnExit === undefined ? {} : { endsOnExit }),
        });
        return {
          status: 200,
          body: buildParticipantResource(conference, participant),
          sid: participant.sid,
        };
      },
    }),
  );

  app.delete(ONE, (request, reply) =>
    serve(network, request, reply, {
      channel: 'call',
      on: 'update',
      number: findNumber(request),
      act: () => {
        conferences.kick(
          getParentConference(request),
          requireFound(request, findParticipant(request)),
        );
        return { status: 204 };
      },
    }),
  );
}
