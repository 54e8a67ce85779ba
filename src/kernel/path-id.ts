import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const IdInPath = createParamDecorator((name: string, context: ExecutionContext): string => {
  const value = context
    .switchToHttp()
    .getRequest<FastifyRequest<{ Params: Record<string, string> }>>().params[name];
  if (value !== undefined && UUID.test(value)) return value;
  throw new Problem('NOT_FOUND');
});

/**
 * An id in a path. What isn't one can't be anybody's: the same 404 as for an id that never was. Not
 * by a pipe: Nest awaits each pipe of each parameter, which is five promises for one look.
 */
export function Id(name = 'id'): ParameterDecorator {
  return (target, property, index) => {
    if (property === undefined) throw new Error('@Id is for the parameters of methods');
    IdInPath(name)(target, property, index);
    ApiParam({ name, schema: { type: 'string' } })(
      target,
      property,
      Object.getOwnPropertyDescriptor(target, property) as PropertyDescriptor,
    );
  };
}
