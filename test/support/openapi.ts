import addFormats from 'ajv-formats';
import Ajv2020 from 'ajv/dist/2020.js';

interface Operation {
  operationId: string;
  summary?: string;
  security?: unknown[];
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: object; example?: unknown }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}
export interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}

const pointer = (...parts: string[]): string =>
  parts
    .map((part) => `/${encodeURIComponent(part.replace(/~/g, '~0').replace(/\//g, '~1'))}`)
    .join('');

interface Schema {
  $ref?: string;
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
}

/** Lists where fields stand in an answer: `recipients[].leg.state`. */
export function listFields(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => listFields(one, `${at}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => [
    `${at}.${name}`,
    ...listFields(part, `${at}.${name}`),
  ]);
}

/** The API's own description, to hold what it answers against. */
export class Description {
  private readonly ajv = addFormats.default(
    new Ajv2020.default({ strict: false, allErrors: true }),
  );

  constructor(readonly document: Document) {
    this.ajv.addSchema(document, 'api');
  }

  get operations(): { method: string; path: string; operation: Operation }[] {
    return Object.entries(this.document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        operation,
      })),
    );
  }

  /** The described route of a request; a path without parameters goes first, as in the router. */
  find(method: string, path: string): { path: string; operation: Operation } | undefined {
    const bare = path.split('?')[0] as string;
    const fits = this.operations.filter(
      (one) =>
        one.method === method &&
        new RegExp(`^${one.path.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(bare),
    );
    return fits.sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
  }

  /** What is wrong with an answer, in words; undefined: it is as described. */
  complaint({
    method,
    path,
    status,
    body,
    type,
  }: {
    method: string;
    path: string;
    status: number;
    body: unknown;
    type: string | null;
  }): string | undefined {
    const route = this.find(method, path);
    if (route === undefined) return `${method} ${path} is not described`;
    const response = route.operation.responses[status];
    if (response === undefined)
      return `${method} ${route.path} is not described to answer ${status}`;
    if (response.content === undefined)
      return type === null
        ? undefined
        : `${method} ${route.path} ${status} is described without a body`;
    const media = (type ?? '').split(';')[0] as string;
    if (response.content[media] === undefined)
      return `${method} ${route.path} ${status} is not described as ${media}`;
    const ref = `api#${pointer('paths', route.path, method.toLowerCase(), 'responses', String(status), 'content', media, 'schema')}`;
    const validate = this.ajv.getSchema(ref) ?? this.ajv.compile({ $ref: ref });
    return validate(body)
      ? undefined
      : `${method} ${route.path} ${status}: ${this.ajv.errorsText(validate.errors)}`;
  }

  /** Lists the fields that an answer is described with, as `listFields` does those of one. */
  listFields(method: string, path: string, status: number, media: string): string[] {
    const response = this.find(method, path)?.operation.responses[status];
    const schema = response?.content?.[media]?.schema as Schema | undefined;
    return schema === undefined ? [] : [...new Set(this.listFieldsOf(schema, ''))];
  }

  listFieldsOfProblems(): string[] {
    return Object.keys(this.resolve('#/components/schemas/Problem').properties ?? {});
  }

  private listFieldsOf(schema: Schema, at: string): string[] {
    if (schema.$ref !== undefined) return this.listFieldsOf(this.resolve(schema.$ref), at);
    const parts = [...(schema.allOf ?? []), ...(schema.anyOf ?? [])];
    return [
      ...parts.flatMap((part) => this.listFieldsOf(part, at)),
      ...(schema.items === undefined ? [] : this.listFieldsOf(schema.items, `${at}[]`)),
      ...Object.entries(schema.properties ?? {}).flatMap(([name, part]) => [
        `${at}.${name}`,
        ...this.listFieldsOf(part, `${at}.${name}`),
      ]),
    ];
  }

  private resolve(ref: string): Schema {
    let found: unknown = this.document;
    for (const part of ref.replace(/^#\//, '').split('/'))
      found = (found as Record<string, unknown>)[part];
    return found as Schema;
  }
}
