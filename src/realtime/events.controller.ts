import { Controller, Get, Headers, Req, Res } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Me, SignedIn } from '../accounts/session.guard.js';
import { AnswerStream, Title } from '../kernel/openapi.js';
import { endTurns } from '../kernel/request-turns.js';
import { streamEvent } from './events.js';
import { LiveStreams } from './live-streams.service.js';

/** In small letters, as Fastify's own are: of two spellings both would be sent. */
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform', // a proxy that compresses holds events back
  'x-accel-buffering': 'no', // nginx
};

/** What happens to a person's Dings, conferences and teams, as it happens. */
@Controller('v1/events')
@SignedIn()
export class EventsController {
  constructor(private readonly streams: LiveStreams) {}

  /** Nest's @Sse isn't used: it writes to a connection whether or not that takes more. */
  @Get()
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    schema: { type: 'string' },
    description:
      'The id of the last event that arrived: the stream goes on after it. A browser sends it by ' +
      'itself. Ids are opaque',
  })
  @Title('Follow your Dings, conferences and teams live')
  @AnswerStream(
    streamEvent,
    'Your live events, until you leave or sign out. The data of each is one of these; its `event` is ' +
      'the kind. A comment comes every 15 s',
  )
  async events(
    @Me() me: Me,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const start = await this.streams.resolveStart(lastEventId);
    endTurns(request); // it goes on for hours
    reply.hijack();
    reply.raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...HEADERS });
    if (request.method === 'HEAD') reply.raw.end();
    else this.streams.open(me, start, reply.raw);
  }
}
