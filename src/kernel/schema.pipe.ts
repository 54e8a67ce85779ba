import {
  type ArgumentMetadata,
  Body,
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type PipeTransform,
  Query,
  type Type,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { DescribedBody } from './openapi.js';
import { Problem } from './problem.js';
import { REASON } from './reason.js';

/**
 * Checks a part of the request by the zod schema of its parameter. The problem names places, never
 * values.
 */
@Injectable()
export class SchemaPipe implements PipeTransform {
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    const schema = metadata.schema as z.ZodType | undefined;
    if (schema === undefined) throw new Error('a SchemaPipe needs a schema');
    const result = schema.safeParse(value === undefined ? {} : value);
    if (result.success) return refuseNul(result.data);
    throw new Problem('INVALID_INPUT', {
      errors: result.error.issues.slice(0, 20).map(describeIssue),
    });
  }
}

/**
 * PostgreSQL has no text with a NUL in it, whatever the schema. Where one is only a blank to us (in
 * a text that people send), the schema has made it one by now.
 */
function refuseNul(data: unknown): unknown {
  const path = findNul(data);
  if (path === undefined) return data;
  throw new Problem('INVALID_INPUT', {
    errors: [{ path: path.join('.'), message: 'must be without the character NUL' }],
  });
}

/** The names are a schema's, which has refused or dropped all others. */
function findNul(value: unknown): string[] | undefined {
  if (typeof value === 'string') return value.includes('\0') ? [] : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, part] of Object.entries(value)) {
    const within = findNul(part);
    if (within !== undefined) return [name, ...within];
  }
  return undefined;
}

/**
 * The names of fields that a caller sent may be values in disguise: only plain words are repeated.
 */
const PLAIN_WORD = /^[A-Za-z][A-Za-z_]{0,30}$/;

function describeIssue(issue: z.core.$ZodIssue): { path: string; message: string } {
  const path = issue.path
    .map((part) => (typeof part === 'number' || PLAIN_WORD.test(String(part)) ? String(part) : '?'))
    .join('.');
  switch (issue.code) {
    case 'unrecognized_keys':
      return {
        path,
        message: describeUnknown(issue.keys),
      };
    case 'invalid_type':
      return { path, message: `expected ${issue.expected}` };
    case 'too_big':
      return { path, message: `at most ${describeBound(issue.maximum, issue.origin)}` };
    case 'too_small':
      return { path, message: `at least ${describeBound(issue.minimum, issue.origin)}` };
    case 'invalid_value':
      return { path, message: describeValues(issue.values) };
    case 'invalid_format':
      return { path, message: `expected ${issue.format}` };
    case 'invalid_union':
      return { path, message: describeUnion(issue) };
    case 'custom':
      return { path, message: (issue.params?.[REASON] as string | undefined) ?? 'not valid' };
    case 'invalid_element':
    case 'invalid_key':
    case 'not_multiple_of':
      return { path, message: 'not valid' };
  }
}

/** What a number that is too large or too small counts; nothing: it is the number itself. */
const UNITS: Readonly<Record<string, readonly [one: string, more: string]>> = {
  string: ['character', 'characters'],
  array: ['entry', 'entries'],
};

function describeBound(bound: number | bigint, origin: string): string {
  const [one, more] = UNITS[origin] ?? [];
  const unit = Number(bound) === 1 ? one : more;
  return unit === undefined ? String(bound) : `${String(bound)} ${unit}`;
}

const describeValues = (values: readonly unknown[]): string =>
  values.length === 1 ? `expected ${String(values[0])}` : `one of ${values.map(String).join(', ')}`;

/** What each of several forms would have asked for. */
function describeUnion({ errors }: z.core.$ZodIssueInvalidUnion): string {
  const first = errors.flatMap(([issue]) =>
    issue === undefined || isForNothing(issue) ? [] : [describeIssue(issue).message],
  );
  const wishes = [...new Set(first)];
  if (wishes.length <= 1) return wishes[0] ?? 'not valid';
  return `expected ${wishes.map((wish) => wish.replace(/^expected /, '')).join(' or ')}`;
}

/** A form may send a field empty that it leaves out: nobody has to be told so. */
const isForNothing = (issue: z.core.$ZodIssue): boolean =>
  issue.code === 'invalid_value' && issue.values.every((value) => value === '');

function describeUnknown(names: readonly string[]): string {
  const plain = names.slice(0, 5).map((name) => (PLAIN_WORD.test(name) ? name : '?'));
  return `unknown field: ${plain.join(', ')}`;
}

/** `@Body` by a schema; `first` are pipes that run before it (they take numbers and codes out). */
export function ValidBody(schema: z.ZodType, ...first: Type<PipeTransform>[]): ParameterDecorator {
  return Body({ schema, pipes: [...first, SchemaPipe] });
}

/**
 * A body by a schema, whose first pipe gets what `read` makes of the request: more than the body.
 */
export function ValidFrom(
  read: (request: FastifyRequest) => unknown,
  schema: z.ZodType,
  ...first: Type<PipeTransform>[]
): ParameterDecorator {
  const From = createParamDecorator((_: unknown, context: ExecutionContext) =>
    read(context.switchToHttp().getRequest<FastifyRequest>()),
  );
  return (target, property, index) => {
    From({ schema, pipes: [...first, SchemaPipe] })(target, property, index);
    if (property !== undefined)
      DescribedBody(schema)(
        target,
        property,
        Object.getOwnPropertyDescriptor(target, property) as PropertyDescriptor,
      );
  };
}

/** These methods have a schema for their query, a strict one, which refuses what it doesn't name. */
const withQuery = new WeakSet<object>();

export function ValidQuery(schema: z.ZodType): ParameterDecorator {
  return (target, property, index) => {
    if (property === undefined) throw new Error('@ValidQuery is for the parameters of methods');
    Query({ schema, pipes: [SchemaPipe] })(target, property, index);
    withQuery.add((target as Record<typeof property, object>)[property] as object);
  };
}

/**
 * Refuses a query where a route takes none: a filter that nobody knows would be passed over in
 * silence, and the caller take the answer for a filtered one.
 */
export class QueryGuard implements CanActivate {
  constructor(private readonly prefix: string) {}

  canActivate(context: ExecutionContext): boolean {
    const { url, query } = context.switchToHttp().getRequest<FastifyRequest>();
    const names = Object.keys(query as object);
    if (names.length === 0 || !url.startsWith(this.prefix) || withQuery.has(context.getHandler()))
      return true;
    throw new Problem('INVALID_INPUT', {
      errors: [{ path: '', message: describeUnknown(names) }],
    });
  }
}
