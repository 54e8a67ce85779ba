import { applyDecorators } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  ApiBody,
  ApiExtension,
  ApiOperation,
  ApiResponse,
  DocumentBuilder,
  type OpenAPIObject,
  SwaggerModule,
} from '@nestjs/swagger';
import { z } from 'zod';
import { type JsonSchema, makeExample } from './openapi-examples.js';
import { PROBLEMS, type ProblemCode } from './problem.js';

/**
 * The API's description, made from what runs: routes from the controllers, shapes from their zod
 * schemas, and the problems from the table. What every route of a kind may answer is added here; a
 * route names only its own.
 */

const CODES = 'x-problem-codes';
const NEXT = 'x-problem-next';

/** What a call does, in the words of somebody who wants that done. */
export const Title = (summary: string): MethodDecorator => ApiOperation({ summary });

/**
 * What a route answers when all goes well. `schema` is for the body as it is sent; undefined: no
 * body.
 */
export function Answer(
  status: number,
  schema: z.ZodType | undefined,
  description: string,
): MethodDecorator {
  return ApiResponse({
    status,
    description,
    ...(schema === undefined ? {} : { standardSchema: schema }),
  });
}

/**
 * A stream of server-sent events; `schema` is for the data of each. OpenAPI 3.1 has no word for
 * "one after the other".
 */
export function AnswerStream(schema: z.ZodType, description: string): MethodDecorator {
  return ApiResponse({
    status: 200,
    description,
    content: { 'text/event-stream': { schema: convert(schema, 'output').schema as object } },
  });
}

/** The body of a route that Nest's own decorator doesn't name. */
export const DescribedBody = (schema: z.ZodType): MethodDecorator =>
  ApiBody({ required: true, schema: convert(schema, 'input').schema as object });

/**
 * The problems that are a route's own; those of its kind (a body, a session, an id in the path) are
 * added by themselves.
 */
export function Problems(...codes: ProblemCode[]): MethodDecorator {
  return applyDecorators(ApiExtension(CODES, codes));
}

/** What the refusals of a route say in `next`. */
export const NextInProblems = (schema: z.ZodType): MethodDecorator =>
  applyDecorators(ApiExtension(NEXT, convert(schema, 'output').schema));

/** The body of every refusal, as RFC 9457 says. */
const problemSchema = z
  .object({
    type: z.string().meta({ description: 'urn:dingline:problem: and the code' }),
    title: z.string().meta({ description: 'The code in words; may change' }),
    status: z.int(),
    code: z.string().meta({ description: 'Stable: never renamed, never reused' }),
    instance: z.string().optional().meta({
      description: 'urn:uuid: and the X-Request-Id; a 404 has none, so that all 404s are the same',
    }),
    retryAfter: z
      .int()
      .min(1)
      .optional()
      .meta({ description: 'Seconds after which the same request may succeed' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Where the body is wrong; never what stands there' }),
    accountIds: z.array(z.uuid()).optional().meta({ description: 'Who stands in the way' }),
    next: z.looseObject({}).optional().meta({ description: 'What may be done next, and when' }),
  })
  .meta({ id: 'Problem' });

/**
 * zod's own JSON Schema 2020-12, which is what OpenAPI 3.1 speaks; schemas with an id in their meta
 * become components.
 */
function convert(
  schema: z.ZodType,
  io: 'input' | 'output',
): { schema: JsonSchema; components: Record<string, JsonSchema> } {
  const made = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => simplify(jsonSchema),
  }) as JsonSchema;
  const { $schema: _dialect, $defs = {}, ...rest } = made;
  return { schema: rest, components: $defs as Record<string, JsonSchema> };
}

/** zod writes a pattern beside each format; 300 characters about leap years help no reader. */
function simplify(schema: JsonSchema): void {
  if (schema['format'] !== undefined) delete schema['pattern'];
  delete schema['id'];
}

interface Operation {
  parameters?: { name: string; in: string; schema?: unknown }[];
  requestBody?: { content: Record<string, { schema: JsonSchema; example?: unknown }> };
  responses: Record<string, { description: string }>;
  tags?: string[];
  summary?: string;
  security?: unknown[];
  [CODES]?: ProblemCode[];
  [NEXT]?: JsonSchema;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const SAFE = new Set(['get', 'head', 'options']);

/** The whole description as one JSON value. */
export function describeApi(app: NestFastifyApplication, publicUrl: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.1')
    .setTitle('Dingline')
    .setDescription(
      'Verifies phone numbers by code and rings people with a Ding. A number is sent to the carrier, ' +
        'by a queued job, and to nobody else.',
    )
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer(publicUrl)
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        description: 'The token that POST /v1/sessions answers with',
      },
      'bearer',
    )
    .addBasicAuth(
      {
        type: 'http',
        scheme: 'basic',
        description:
          'For apps: the id that npm run apps shows (AC and 32 hex digits), and one of its secrets',
      },
      'basic',
    )
    .addCookieAuth(
      '__Host-dingline',
      {
        type: 'apiKey',
        description:
          'For our own pages: set by POST /v1/sessions with kind cookie. What changes something also ' +
          'needs an Origin of ours',
      },
      'cookie',
    )
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) =>
      `${controller.replace(/Controller$/, '').replace(/^./, (first) => first.toLowerCase())}.${method}`,
    autoTagControllers: false,
    standardSchemaConverter: (schema, { schemaType }) => convert(schema as z.ZodType, schemaType),
  });
  document.components ??= {};
  Object.assign((document.components.schemas ??= {}), convert(problemSchema, 'output').components);
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS)
      if (item[method]) complete(path, method, item[method] as unknown as Operation);
  }
  return document;
}

/** Adds what is true of every route of a kind. */
function complete(path: string, method: string, operation: Operation): void {
  const codes = new Set<ProblemCode>(operation[CODES] ?? []);
  const next = operation[NEXT];
  delete operation[CODES];
  delete operation[NEXT];
  const parameters = operation.parameters ?? [];
  for (const parameter of parameters) {
    if (parameter.in !== 'path') continue;
    codes.add('NOT_FOUND');
  }
  for (const media of Object.values(operation.requestBody?.content ?? {}))
    media.example = makeExample(media.schema);
  if (operation.requestBody !== undefined)
    for (const code of ['INVALID_INPUT', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const)
      codes.add(code);
  if (parameters.some((parameter) => parameter.in === 'query')) codes.add('INVALID_INPUT');
  if (parameters.some((parameter) => parameter.name === 'Idempotency-Key'))
    for (const code of ['INVALID_IDEMPOTENCY_KEY', 'IDEMPOTENCY_KEY_REUSED'] as const)
      codes.add(code);
  if (path.startsWith('/v1/')) codes.add('TOO_MANY_REQUESTS'); // at once
  if (operation.security !== undefined) {
    codes.add('UNAUTHENTICATED');
    if (!SAFE.has(method)) codes.add('ORIGIN_REFUSED');
  }
  operation.security ??= []; // open to everybody, which readers of the document must be told
  if (path !== '/livez') codes.add('UNAVAILABLE').add('STORAGE_FULL');
  codes.add('INTERNAL');
  delete operation.responses['default'];
  // What a reader sees in the list: the group, beside the title.
  operation.tags = [path.split('/')[2] ?? 'health'];
  const statuses = new Set([...codes].map((code) => PROBLEMS[code][0]));
  for (const status of statuses)
    operation.responses[status] = problemResponse(
      [...codes].filter((code) => PROBLEMS[code][0] === status),
      next,
    );
}

function problemResponse(
  codes: readonly ProblemCode[],
  next: JsonSchema | undefined,
): { description: string; content: object } {
  const own = { code: { enum: [...codes] }, ...(next === undefined ? {} : { next }) };
  return {
    description: codes.map((code) => `${code}: ${PROBLEMS[code][1]}.`).join(' '),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object', properties: own }],
        },
      },
    },
  };
}

/**
 * On a phone: Swagger UI's tables and columns keep their width, so that the page is wider than the
 * screen, and a path breaks at every letter. Blocks that can't be narrower scroll by themselves.
 */
const DOCS_CSS = `
.topbar { display: none }
@media (max-width: 640px) {
  .swagger-ui .wrapper { padding: 0 10px }
  .swagger-ui .opblock .opblock-summary { flex-wrap: wrap }
  .swagger-ui .opblock-summary-path { max-width: 100%; word-break: normal; overflow-wrap: anywhere }
  .swagger-ui .opblock-summary-description { flex-basis: 100%; padding: 4px 10px }
  .swagger-ui .parameters-col_name, .swagger-ui .response-col_status { min-width: 0; width: auto }
  .swagger-ui table.parameters, .swagger-ui table.responses-table,
  .swagger-ui table.parameters > tbody, .swagger-ui table.parameters > tbody > tr,
  .swagger-ui table.parameters > tbody > tr > td { display: block; width: auto }
  .swagger-ui .table-container, .swagger-ui .highlight-code, .swagger-ui .model-box { overflow-x: auto }
  .swagger-ui .parameters-col_description input, .swagger-ui select { max-width: 100% }
}
`;

/** Swagger UI's page says none, and a phone then lays it out as wide as a desk's screen. */
const DOCS_VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">';

const DOCS = /^\/docs(\/|$|\?)/;

/** Scripts and pictures from here only. Swagger UI sets styles inline. */
const DOCS_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * /openapi.json, and /docs to read it. All assets are our own; nothing is fetched from elsewhere.
 */
export function serveDocs(app: NestFastifyApplication, publicUrl: string): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, reply, done) => {
      if (DOCS.test(request.url)) void reply.header('Content-Security-Policy', DOCS_CSP);
      done();
    })
    .addHook('onSend', (request, _reply, payload, done) => {
      const isPage = DOCS.test(request.url) && typeof payload === 'string';
      done(null, isPage ? payload.replace('<head>', `<head>${DOCS_VIEWPORT}`) : payload);
    });
  // Made when it is first asked for: it takes some 130 ms, which no start need wait for.
  SwaggerModule.setup('docs', app, () => describeApi(app, publicUrl), {
    raw: ['json'],
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'Dingline API',
    customCss: DOCS_CSS,
    swaggerOptions: {
      persistAuthorization: false,
      validatorUrl: null,
      displayRequestDuration: true,
    },
  });
}
