import fc from 'fast-check';
import { app, type Client, crowd, type Someone } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { Description, type Document } from '../support/openapi.js';
import { runs } from '../support/runs.js';
import { readTables } from '../support/stored.js';
import { type Answer, World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue. Fake: the telephone network (simulator).
// Whatever is sent to the routes of verification is made from their description and made wrong.

/** Digits and letters of every input that an answer, or a log, could repeat. */
const DIGITS = '7351946';
const LETTERS = 'qZvXw';
const ROUTES = /^\/v1\/(verifications|app|risk-notice)(\/|$)/;
const COMMON = ['INVALID_INPUT', 'NOT_FOUND'];

let world: World;
let api: Description;
let shop: Client;
let ann: Someone;
let id: string;

beforeAll(async () => {
  world = await World.start();
  [ann] = await crowd(world, 1);
  shop = await app(world, 'shop');
  const number = numbersOf(1205)();
  id = (await world.call<{ id: string }>('POST', '/v1/verifications', { number }, ann)).body.id;
  await world.phones.phone(number).expectSms(/#(\d{6})$/);
  await world.phones.settled();
  api = new Description(
    (await world.call<Document & Record<string, unknown>>('GET', '/openapi.json')).body,
  );
});
afterAll(() => world.close());

const marked = (text: string): string => `${LETTERS}${DIGITS}${text}`;
const text = fc.string({ unit: 'binary', maxLength: 30 }).map(marked);
/** Near to a number that could be taken, and none. */
const number = fc.oneof(
  fc
    .constantFrom(
      '',
      '+',
      '00',
      '++',
      '+0',
      '+999',
      '+1555',
      '+882',
      ' +1 ',
      '+1-',
      'tel:+1',
      '+１',
      '+1\u200b',
      '+1\u0000',
    )
    .map((before) => `${before}${DIGITS}`),
  fc.integer({ min: 1, max: 5_000 }).map((times) => `+1${DIGITS.repeat(times)}x`),
  text,
);
const wrong: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.constant(LETTERS.repeat(2_000)),
  fc.constantFrom(null, true, [], {}, 7, -1, 1e300),
  fc.constant(Number(DIGITS)),
  fc.array(text, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('constructor', 'prototype', 'toString', '$ne', DIGITS), text, {
    maxKeys: 2,
  }),
  fc.anything({ maxDepth: 2, withNullPrototype: false }).map((any) => ({ [LETTERS]: any })),
);
const body = (fields: readonly string[]): fc.Arbitrary<string> => {
  const known = Object.fromEntries(
    fields.map((field) => [field, field === 'number' ? fc.oneof(number, wrong) : wrong]),
  );
  const objects = fc
    .tuple(
      fc.record(known, { requiredKeys: [] }),
      fc.dictionary(
        fc.constantFrom('constructor', 'hasOwnProperty', '', marked('field'), `+${DIGITS}`),
        wrong,
        { minKeys: fields.length === 0 ? 1 : 0, maxKeys: 2 },
      ),
    )
    .map(([one, more]) =>
      JSON.stringify({ ...one, ...more }, (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      ),
    );
  const broken = fc
    .constantFrom(
      ...(fields.length === 0 ? [] : ['']),
      '[',
      'null',
      '7',
      '"',
      '[]',
      '{"number":',
      '{"a":1}{"b":2}',
      '\u0000',
      '\ufeff{}',
    )
    .map((start) => (start === '{"number":' ? `${start}"+${DIGITS}` : start));
  const prototypes = fc
    .constantFrom('__proto__', 'constructor')
    .map((key) => `{"${key}":{"prototype":{"${LETTERS}":1},"number":"+1${DIGITS}"}}`);
  return fc.oneof(
    { weight: 6, arbitrary: objects },
    broken,
    prototypes,
    objects.map((one) => one.slice(0, -1)),
  );
};
const visible = (max: number) =>
  fc
    .string({ unit: 'grapheme-ascii', maxLength: max })
    .map((part) => marked(part.replace(/[^\x21-\x7e]/g, '')));
const NON_KEYS = ['a b', 'x'.repeat(256), `${DIGITS} `, `${LETTERS}\u00e9 `].map(
  (one) => `${LETTERS} ${one}`,
);

test('whatever is sent to a route of verification is refused as that route says, repeats nothing and changes nothing', async () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
  console.log(`SEED=${String(seed)}`);
  const RUNS = runs(20, 150);
  const operations = api.operations.filter(({ path }) => ROUTES.test(path));
  expect(operations.length).toBeGreaterThanOrEqual(7);
  const before = await readTables(world);
  const since = world.logs.length;
  let refused = 0;
  for (const { method, path, operation } of operations) {
    const schema = operation.requestBody?.content['application/json']?.schema as
      { properties: Record<string, object> } | undefined;
    const isForApps = path.startsWith('/v1/app');
    const good = isForApps ? shop.headers : { authorization: `Bearer ${ann.token}` };
    const garbage = fc.constantFrom('Basic ', 'Bearer ', 'basic ', 'Digest ', '').chain((scheme) =>
      visible(60).map((rest) => ({
        authorization: `${scheme}${scheme === 'Basic ' ? Buffer.from(`AC${rest}:${rest}`).toString('base64') : rest}`,
      })),
    );
    const withQuery = path.includes('risk-notice');
    const kinds = [
      ...((operation.security ?? []).length === 0 ? [] : ['headers']),
      ...(path.includes('{id}') ? ['id'] : []),
      ...(schema === undefined ? [] : ['body', 'type']),
      ...(operation.parameters?.some(({ name }) => name === 'Idempotency-Key') ? ['key'] : []),
      ...(withQuery ? ['query'] : []),
    ];
    if (kinds.length === 0) throw new Error(`${method} ${path} takes nothing that could be wrong`);
    const sent = fc.record({
      kind: fc.constantFrom(...kinds),
      body: body(Object.keys(schema?.properties ?? {})),
      headers: garbage,
      key: fc.constantFrom(...NON_KEYS),
      id: fc.oneof(
        fc
          .constantFrom('0', 'null', '..%2f', '%2e%2e', '%00', '%F0%9F%93%9E', 'NaN')
          .map((one) => `${DIGITS}${one}`),
        fc.uuid(),
        visible(40).map(encodeURIComponent),
      ),
      type: fc.constantFrom(
        'text/plain',
        'application/xml',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        `x/${LETTERS}`,
        'application/json-patch+json',
      ),
    });
    await fc.assert(
      fc.asyncProperty(sent, async (one) => {
        const url = `${path.replace('{id}', one.kind === 'id' ? one.id : id)}${one.kind === 'query' ? `?language=${encodeURIComponent(marked(one.id))}` : ''}`;
        const isGet = method === 'GET';
        const valid =
          schema === undefined
            ? undefined
            : path.endsWith('/check')
              ? '{"code":"123456"}'
              : path.endsWith('/sends')
                ? '{}'
                : `{"number":"+12015550123"}`;
        const answer: Answer = await world.call(
          method,
          url,
          isGet || schema === undefined ? undefined : one.kind === 'body' ? one.body : valid,
          {
            headers: {
              ...(one.kind === 'headers' ? one.headers : good),
              ...(one.kind === 'type' ? { 'content-type': one.type } : {}),
              ...(one.kind === 'key' ? { 'idempotency-key': one.key } : {}),
            },
          },
        );
        if (answer.status < 400 || answer.status >= 500)
          throw new Error(
            `${method} ${path}: ${one.kind} was answered by ${String(answer.status)}`,
          );
        expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
        const described = operation.responses[answer.status]?.content?.['application/problem+json']
          ?.schema as { allOf: [object, { properties: { code: { enum: string[] } } }] } | undefined;
        expect([...(described?.allOf[1].properties.code.enum ?? []), ...COMMON]).toContain(
          answer.body['code'],
        );
        const all = `${JSON.stringify([...answer.headers])}${answer.text}`;
        expect([all.includes(DIGITS), all.includes(LETTERS)]).toEqual([false, false]);
        refused += 1;
      }),
      { seed, numRuns: RUNS },
    );
  }
  expect(refused).toBe(operations.length * RUNS);
  expect(await readTables(world)).toBe(before);
  const lines = world.logs.slice(since).join('\n');
  expect([lines.includes(DIGITS), lines.includes(LETTERS)]).toEqual([false, false]);
});
