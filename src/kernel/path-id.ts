import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { parseId, type SidPrefix } from './ids.js';
import { Problem } from './problem.js';

interface Asked {
  name: string;
  prefix: SidPrefix | undefined;
}

const IdInPath = createParamDecorator(
  ({ name, prefix }: Asked, context: ExecutionContext): string => {
    const { params } = context
      .switchToHttp()
      .getRequest<FastifyRequest<{ Params: Record<string, string> }>>();
    const id = parseId(params[name] ?? '', prefix);
    if (id === undefined) throw new Problem('NOT_FOUND');
    return id;
  },
);

/**
 * An id in a path; things with a `prefix` have a sid, too. What isn't one can't be anybody's: the
 * same 404 as for an id that never was. Not by a pipe: Nest awaits each pipe of each parameter, which
 * is five promises for one look.
 */
export function Id(name = 'id', prefix?: SidPrefix): ParameterDecorator {
  return (target, property, index) => {
    if (property === undefined) throw new Error('@Id is for the parameters of methods');
    IdInPath({ name, prefix })(target, property, index);
    ApiParam({
      name,
      schema:
        prefix === undefined
          ? { type: 'string', format: 'uuid' }
          : { type: 'string', description: `${prefix} and 32 hex digits, or the same as a UUID` },
    })(target, property, Object.getOwnPropertyDescriptor(target, property) as PropertyDescriptor);
  };
}
