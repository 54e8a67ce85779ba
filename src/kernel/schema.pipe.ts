import {
  type ArgumentMetadata,
  Body,
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
        message: `unknown field: ${issue.keys
          .map((key) => (PLAIN_WORD.test(key) ? key : '?'))
          .slice(0, 5)
          .join(', ')}`,
      };
    case 'invalid_type':
      return { path, message: `expected ${issue.expected}` };
    case 'too_big':
      return {
        path,
        message: `at most ${String(issue.maximum)}${issue.origin === 'string' ? ' characters' : ''}`,
      };
    case 'too_small':
      return {
        path,
        message: `at least ${String(issue.minimum)}${issue.origin === 'string' ? ' characters' : ''}`,
      };
    case 'invalid_value':
      return { path, message: `one of ${issue.values.map(String).join(', ')}` };
    case 'invalid_format':
      return { path, message: `expected ${issue.format}` };
    case 'custom':
      return { path, message: (issue.params?.[REASON] as string | undefined) ?? 'not valid' };
    case 'invalid_element':
    case 'invalid_key':
    case 'invalid_union':
    case 'not_multiple_of':
      return { path, message: 'not valid' };
  }
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

export function ValidQuery(schema: z.ZodType): ParameterDecorator {
  return Query({ schema, pipes: [SchemaPipe] });
}
