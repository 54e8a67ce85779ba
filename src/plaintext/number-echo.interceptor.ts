import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';
import { LookupNumber, SubmittedNumber, takeEcho } from './number.pipes.js';

/**
 * For an API whose answers repeat the number of their own request: a handler that answers with what
 * it was given in a field has the number there, in E.164. It learns nothing of it, and of another
 * request's number nobody can say anything.
 *
 * Holds plaintext: from the handler's answer until it has gone out.
 */
@Injectable()
export class NumberEcho implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    void context.switchToHttp().getResponse<FastifyReply>().header('Cache-Control', 'no-store');
    return next
      .handle()
      .pipe(
        map((answer) =>
          answer === null || typeof answer !== 'object' || Array.isArray(answer)
            ? answer
            : Object.fromEntries(
                Object.entries(answer).map(([field, value]) => [
                  field,
                  value instanceof SubmittedNumber || value instanceof LookupNumber
                    ? takeEcho(value)
                    : value,
                ]),
              ),
        ),
      );
  }
}
