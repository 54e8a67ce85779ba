import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z, ZodError } from 'zod';
import type { Calls } from '../calls/calls.service.js';
import { buildRoomView } from '../rooms/conference.js';
import type { Conferences } from '../rooms/conferences.service.js';
import { readBearerToken, isEqual } from '../rest/access.js';
import type { JournalEvent, JournalEntry } from '../network/journal.js';
import type { Network } from '../network/network.service.js';
import type { Invitations } from './invitations.js';
import { troubleOrder } from '../network/trouble.js';

const phoneNumber = z.string().regex(/^\+[1-9]\d{6,14}$/);
const newPhone = z.strictObject({
  number: phoneNumber,
  name: z.string().min(1).max(60).optional(),
});
const whichCall = z.strictObject({ callSid: z.string().optional() });
const keys = z.strictObject({
  callSid: z.string().optional(),
  keys: z.string().regex(/^[0-9*#]{1,32}$/),
  whenListening: z.boolean().default(false),
});
const timerName = z.enum([
  'gather',
  'ring',
  'pause',
  'speech',
  'detection',
  'time-limit',
  'validity',
  'dial',
  'screener',
]);
const fire = z.strictObject({ callSid: z.string().optional(), timer: timerName.optional() });
const settings = z
  .strictObject({
    speechMsPerChar: z.number().min(0).max(1_000),
    timeScale: z.number().min(0).max(100),
    stepMs: z.number().min(0).max(60_000),
    callsPerSecond: z.number().min(0).max(1_000),
  })
  .partial();
const since = z.strictObject({ since: z.coerce.number().int().min(0).default(0) });

const HEARTBEAT_MS = 15_000;

/**
 * Offers what the handsets' page and the tests do: they see and use the phones, make trouble, and
 * read what happened.
 * A token guards it, because it shows every number and text on the network.
 */
export function registerControlRoutes(
  app: FastifyInstance,
  network: Network,
  calls: Calls,
  conferences: Conferences,
  controlToken: string,
  invitations: Invitations,
): void {
  const { journal, handsets, troubles, scheduler } = network;

  app.post('/control/pages', (request, reply) => {
    const token = invitations.accept(readBearerToken(request.headers.authorization));
    return token === undefined ? reply.code(401).send({ error: 'token' }) : reply.send({ token });
  });
  void app.register(
    (control, _options, done) => {
      control.addHook('onRequest', async (request, reply) => {
        const given = readBearerToken(request.headers.authorization);
        if (!isEqual(given, controlToken) && !invitations.isOfPage(given))
          return reply.code(401).send({ error: 'token' });
        return undefined;
      });
      control.setErrorHandler(async (error, _request, reply) => {
        if (error instanceof ZodError)
          return reply.code(400).send({ error: 'bad request', issues: error.issues });
        throw error;
      });

      control.get('/handsets', () => ({
        seq: journal.lastSeq,
        handsets: handsets.list(),
        troubles: troubles.list(),
        rooms: conferences.listLive().map(buildRoomView),
      }));
      control.post('/handsets', (request) => {
        const { number, name } = newPhone.parse(request.body);
        return handsets.open(number, name);
      });
      control.get(
        '/handsets/:number',
        (request) =>
          handsets.find(readNumber(request)) ?? {
            number: readNumber(request),
            messages: [],
            calls: [],
          },
      );

      const registerCallAction = (
        path: string,
        act: (live: NonNullable<ReturnType<Calls['findLive']>>) => boolean,
      ): void => {
        control.post(`/handsets/:number/${path}`, async (request, reply) => {
          const live = calls.findLive(
            readNumber(request),
            whichCall.parse(request.body ?? {}).callSid,
          );
          if (live === undefined || !act(live))
            return replyConflict(reply, `there is no call to ${path}`);
          return { callSid: live.call.sid };
        });
      };
      registerCallAction('answer', (live) => calls.progress.answer(live));
      registerCallAction('decline', (live) => calls.progress.decline(live));
      registerCallAction('hangup', (live) => calls.progress.hangUpByCallee(live));

      control.post('/handsets/:number/keys', async (request, reply) => {
        const order = keys.parse(request.body);
        const live = calls.findLive(readNumber(request), order.callSid);
        if (live === undefined || !live.hasPerson())
          return replyConflict(reply, 'there is no answered call, or a screener has it');
        const heard: boolean[] = [];
        for (const key of order.keys)
          heard.push(
            order.whenListening
              ? await live.session.keypad.pressWhenListening(key)
              : live.session.keypad.press(key, 'person'),
          );
        return { callSid: live.call.sid, heard };
      });

      control.post('/handsets/:number/timeout', async (request, reply) => {
        const { callSid, timer } = fire.parse(request.body ?? {});
        const live = calls.findLive(readNumber(request), callSid);
        const fired =
          live === undefined
            ? undefined
            : await scheduler.fireWhenPending(
                live.call.sid,
                timer === undefined ? ['gather', 'ring'] : [timer],
              );
        return fired === undefined
          ? replyConflict(reply, 'the call ended before it waited for that')
          : { fired };
      });

      control.get('/conferences', () => conferences.listLive().map(buildRoomView));
      /** Dials the next call that waits for its turn. */
      control.post('/turn', (_request, reply) =>
        calls.queue.releaseNext()
          ? { turn: true }
          : replyConflict(reply, 'no call waits for its turn'),
      );

      control.get('/troubles', () => troubles.list());
      control.post('/troubles', (request) => {
        const trouble = troubles.add(troubleOrder.parse(request.body));
        journal.add({ type: 'trouble', text: `${trouble.kind} for ${trouble.number ?? 'all'}` });
        return { id: trouble.id };
      });
      control.delete('/troubles', () => clearTroubles());
      control.delete('/troubles/:id', (request) =>
        clearTroubles(Number((request.params as { id: string }).id)),
      );
      const clearTroubles = (id?: number): { left: number } => {
        troubles.clear(id);
        journal.add({
          type: 'trouble',
          text: id === undefined ? 'none any more' : `number ${String(id)} is over`,
        });
        return { left: troubles.list().length };
      };

      control.post('/reset', () => {
        handsets.empty();
        return clearTroubles();
      });

      const listEntries = (path: string, type: JournalEvent['type']): void => {
        control.get(path, (request) => journal.listByType(type, since.parse(request.query).since));
      };
      listEntries('/requests', 'request');
      listEntries('/replies', 'reply');
      listEntries('/created', 'created');
      listEntries('/callbacks', 'callback');
      listEntries('/alerts', 'alert');
      control.get('/journal', (request) => journal.listSince(since.parse(request.query).since));

      const readSettings = () => ({
        speechMsPerChar: network.speechMsPerChar,
        timeScale: scheduler.timeScale,
        stepMs: network.stepMs,
        callsPerSecond: network.callsPerSecond,
      });
      control.get('/settings', readSettings);
      control.put('/settings', (request) => {
        const { timeScale, speechMsPerChar, stepMs, callsPerSecond } = settings.parse(request.body);
        if (timeScale !== undefined) scheduler.timeScale = timeScale;
        if (speechMsPerChar !== undefined) network.speechMsPerChar = speechMsPerChar;
        if (stepMs !== undefined) network.stepMs = stepMs;
        if (callsPerSecond !== undefined) network.callsPerSecond = callsPerSecond;
        return readSettings();
      });
      control.get('/settled', async () => {
        await network.waitUntilSettled();
        return { seq: journal.lastSeq };
      });

      control.get('/events', (request, reply) =>
        streamJournal(network, request, reply, since.parse(request.query).since),
      );
      done();
    },
    { prefix: '/control' },
  );
}

/**
 * Streams the journal as server-sent events from a number on: first what was, then what comes.
 * Nothing between is lost or repeated.
 */
function streamJournal(
  network: Network,
  request: FastifyRequest,
  reply: FastifyReply,
  from: number,
): void {
  reply.hijack();
  const out = reply.raw;
  out.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    connection: 'keep-alive',
  });
  const write = (entry: JournalEntry): void => {
    out.write(`id: ${String(entry.seq)}\ndata: ${JSON.stringify(entry)}\n\n`);
  };
  out.write(': hello\n\n');
  for (const entry of network.journal.listSince(from)) write(entry);
  const unsubscribe = network.journal.subscribe(write);
  const heartbeat = setInterval(() => out.write(': still here\n\n'), HEARTBEAT_MS);
  request.raw.socket.once('close', () => {
    unsubscribe();
    clearInterval(heartbeat);
  });
}

function readNumber(request: FastifyRequest): string {
  return phoneNumber.parse((request.params as { number: string }).number);
}

function replyConflict(reply: FastifyReply, error: string): FastifyReply {
  return reply.code(409).send({ error });
}
