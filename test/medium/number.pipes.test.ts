import { inspect } from 'node:util';
import { Controller, HttpCode, Post } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { createHttpApp, type RoleApp } from '../../src/kernel/http-app.js';
import { KernelModule } from '../../src/kernel/kernel.module.js';
import { Logger } from '../../src/kernel/logger.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { ValidBody } from '../../src/kernel/schema.pipe.js';
import {
  SubmittedCode,
  submittedCode,
  SubmittedCodePipe,
  SubmittedNumber,
  submittedNumber,
  SubmittedNumberPipe,
} from '../../src/plaintext/gate.js';
import { Intake } from '../../src/plaintext/number.pipes.js';
import { numberPool } from '../support/numbers.js';
import { Room } from '../support/room.js';

// Real here: HTTP, Nest, PostgreSQL, the pipes. The controller is the test's own: it shows what a handler gets.

const body = z.strictObject({
  number: submittedNumber.optional(),
  code: submittedCode.optional(),
  note: z.string().optional(),
});
const handled: z.infer<typeof body>[] = [];

@Controller()
class Handler {
  @Post()
  @HttpCode(200)
  handle(
    @ValidBody(body, SubmittedNumberPipe, SubmittedCodePipe) got: z.infer<typeof body>,
  ): object {
    handled.push(got);
    return { ...got };
  }
}

const draw = numberPool(Date.now());
let room: Room;
let app: RoleApp;
let url: string;
/** The body as everything that holds the request sees it when the answer has gone out. */
let left: unknown;
const logs: string[] = [];

beforeAll(async () => {
  room = await Room.open();
  const sealer = room.sealer();
  await sealer.onModuleInit();
  const logger = new Logger('debug', 'api', (line) => logs.push(line));
  app = await createHttpApp(
    {
      module: class HandlerModule {},
      imports: [
        KernelModule.for({
          role: 'api',
          databaseUrl: new Redacted(room.database.apiUrl),
          logger,
          clock: room.clock,
        }),
      ],
      controllers: [Handler],
      providers: [{ provide: Intake, useValue: room.intake(sealer) }],
    },
    {
      host: '127.0.0.1',
      port: 0,
      logger,
      trustedProxies: [],
      accepts: 'json',
      prepare: (nest) => {
        nest
          .getHttpAdapter()
          .getInstance()
          .addHook('onSend', (request: FastifyRequest, _reply, _payload, done) => {
            left = request.body;
            done();
          });
      },
    },
  );
  url = `http://127.0.0.1:${await app.listen()}`;
});
afterAll(async () => {
  await app.close();
  await room.close();
});
beforeEach(() => handled.splice(0));

async function send(sent: unknown): Promise<{ status: number; code: unknown; text: string }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(sent),
  });
  const text = await response.text();
  return { status: response.status, code: (JSON.parse(text) as { code?: unknown }).code, text };
}
const seen = (answer: { text: string }): string =>
  [
    inspect(left, { depth: 20, showHidden: true }),
    JSON.stringify(left),
    inspect(handled, { depth: 20 }),
    answer.text,
    ...logs,
  ].join('\n');

test('a handler gets a number sealed and counted, a code hashed, and nobody the text of either', async () => {
  const { e164 } = draw();
  const answer = await send({ number: e164, code: '918273', note: 'x' });
  expect(answer).toMatchObject({
    status: 200,
    text: '{"number":"<number>","code":"<code>","note":"x"}',
  });
  const [got] = handled;
  expect(got?.number).toBeInstanceOf(SubmittedNumber);
  expect(got?.code).toBeInstanceOf(SubmittedCode);
  expect(left).toMatchObject({ number: got?.number, code: got?.code }); // in place: the request's own body
  for (const secret of [e164, e164.slice(1), '918273']) expect(seen(answer)).not.toContain(secret);
});

test('the same number has the same limiter keys however it is written, and a new handle each time', async () => {
  await send({ number: '+1 (202) 834-0123' });
  await send({ number: '+12028340123' });
  await send({ number: '+12028340124' });
  const [one, same, other] = handled.map((got) => got.number as SubmittedNumber) as [
    SubmittedNumber,
    SubmittedNumber,
    SubmittedNumber,
  ];
  expect(same.limiterKeys).toEqual(one.limiterKeys);
  expect(same.fingerprints).toEqual(one.fingerprints);
  expect(other.limiterKeys).not.toEqual(one.limiterKeys);
  expect(same.ref).not.toBe(one.ref);
  expect(same.sealed).not.toEqual(one.sealed);
});

test('ten thousand numbers share a prefix, others have another; the country is told where the number tells it', async () => {
  for (const number of [
    '+1 (202) 834-0123',
    '+12028349999',
    '+12028350123',
    '+14168340123',
    '+447400123456',
  ])
    await send({ number });
  const [one, neighbour, next, canadian, british] = handled.map(
    (got) => got.number as SubmittedNumber,
  ) as [SubmittedNumber, SubmittedNumber, SubmittedNumber, SubmittedNumber, SubmittedNumber];
  expect(neighbour.prefixKey).toEqual(one.prefixKey);
  for (const other of [next, canadian, british]) expect(other.prefixKey).not.toEqual(one.prefixKey);
  expect([one, canadian, british].map(({ country }) => country)).toEqual(['US', 'CA', 'GB']);
  expect(one.limiterKeys).not.toContainEqual(one.prefixKey);
});

test.each([
  ['a national number', '0151 23456789', 'INVALID_NUMBER'],
  ['an emergency number', '+49112', 'INVALID_NUMBER'],
  ['a toll free number', '+18005550199', 'NUMBER_TYPE_REFUSED'],
  ['an empty text', '', 'INVALID_NUMBER'],
  ['a number as a number', 12028340123, 'INVALID_INPUT'],
  ['a number in a list', ['+12028340123'], 'INVALID_INPUT'],
  ['a number in an object', { e164: '+12028340123' }, 'INVALID_INPUT'],
  ['null', null, 'INVALID_INPUT'],
])('%s is refused and can be read nowhere afterwards', async (_, number, code) => {
  const answer = await send({ number, note: 1 });
  expect(answer).toMatchObject({ status: code === 'NUMBER_TYPE_REFUSED' ? 403 : 400, code });
  expect(handled).toEqual([]);
  expect(seen(answer)).not.toMatch(/2345678|49112|8005550199|2028340123/);
});

test.each(['2025550123', '0012025550123', ' 12025550123'])(
  'who sends %j is told that a number begins with +, and where',
  async (number) => {
    expect(JSON.parse((await send({ number })).text)).toMatchObject({
      code: 'INVALID_NUMBER',
      errors: [{ path: 'number', message: expect.stringContaining('begin with +') as string }],
    });
    expect((await send({ number: '+49112' })).text).not.toContain('errors');
  },
);

test.each([
  ['letters', '12345a'],
  ['three digits', '123'],
  ['eleven digits', '12345678901'],
  ['no text', 918273],
  ['null', null],
])('a code of %s is refused before any handler', async (_, code) => {
  const answer = await send({ code, note: 1 });
  expect(answer).toMatchObject({ status: 400, code: 'INVALID_INPUT' });
  expect(handled).toEqual([]);
  expect(seen(answer)).not.toMatch(/12345|918273/);
});

test('a body that is no object is left to the schema', async () => {
  for (const sent of ['+12028340123', ['+12028340123'], 12028340123]) {
    const answer = await send(sent);
    expect(answer).toMatchObject({ status: 400, code: 'INVALID_INPUT' });
    expect(answer.text).not.toContain('2028340123');
  }
});

test("an object of ours can't be imitated", async () => {
  const answer = await send({
    number: { ref: 'x', sealed: 'x', limiterKeys: [] },
    code: { keyed: 'x' },
  });
  expect(answer).toMatchObject({ status: 400, code: 'INVALID_INPUT' });
});
