import addFormats from 'ajv-formats';
import Ajv2020 from 'ajv/dist/2020.js';

interface Operation {
  operationId: string;
  security?: unknown[];
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: object }> };
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
}
