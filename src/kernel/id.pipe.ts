import { Injectable, Param, type PipeTransform } from '@nestjs/common';
import { Problem } from './problem.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An id in a path. What isn't one can't be anybody's: the same 404 as for an id that never was. */
@Injectable()
class IdPipe implements PipeTransform {
  transform(value: unknown): string {
    if (typeof value === 'string' && UUID.test(value)) return value;
    throw new Problem('NOT_FOUND');
  }
}

export const Id = (name = 'id'): ParameterDecorator => Param(name, IdPipe);
