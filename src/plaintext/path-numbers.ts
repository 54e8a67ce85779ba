import type { IncomingMessage } from 'node:http';
import {
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type PipeTransform,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { isIdForm } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import { Intake, type LookupNumber } from './number.pipes.js';

/**
 * What an address of Twilio Verify may be made of. All else in one may be a number, or a part of
 * one.
 */
const WORDS = new Set(['', 'v2', 'Services', 'Verifications', 'VerificationCheck', 'errors']);
const ERROR_CODE = /^\d{5}$/;
/** How a page of a list is asked for: too few digits for a number, and an id. */
const PAGING = /^(PageSize=\d{1,4}|PageToken=P[AB][A-Z]{2}[0-9a-f]{32})$/;
/** Stands where something was taken out. */
const TAKEN = '-';

/** The last part of an address, when it was taken out: perhaps a number. */
const taken = new WeakMap<IncomingMessage, string>();

/**
 * The address of a request as everybody else may see it, before any router, logger or problem has.
 * What Twilio's API puts there is a phone number, so below `v2` only the words of that API and ids
 * are left standing, and of a query what asks for a page; however it was written, since a number with a mistake is
 * somebody's too. `url` and `originalUrl` are both replaced: Fastify notes the old one.
 */
export function concealPath(request: IncomingMessage & { originalUrl?: string }): string {
  const url = request.url ?? '/';
  if (!/v2|%/i.test(url)) return url; // most of all
  const path = url.replace(/[?#].*$/s, '');
  if (!/(^|\/)v2(\/|$)/i.test(decodeLoosely(path))) return url;
  const segments = path.split('/');
  const shown = segments.map((segment, i) =>
    WORDS.has(segment) ||
    isIdForm(segment) ||
    (ERROR_CODE.test(segment) && segments[i - 1] === 'errors')
      ? segment
      : TAKEN,
  );
  if (shown.at(-1) === TAKEN) taken.set(request, segments.at(-1) as string);
  const query = /\?([^#]*)/.exec(url)?.[1] ?? '';
  const paging = query.split('&').filter((one) => PAGING.test(one));
  request.originalUrl = request.url =
    shown.join('/') + (paging.length === 0 ? '' : `?${paging.join('&')}`);
  return request.url;
}

/** `%76` and `v` are the same to a router; what can't be decoded stays. */
const decodeLoosely = (url: string): string =>
  url.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));

/** What stood at the end of the path, once. */
function takeText(request: FastifyRequest): string | undefined {
  const text = taken.get(request.raw);
  taken.delete(request.raw);
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * Stands for the end of a path until its pipe runs.
 *
 * Holds plaintext: never; it asks for it.
 */
class PathEnd {
  constructor(readonly request: FastifyRequest) {}
}

/**
 * The number at the end of a path, to find something by; undefined where there is an id.
 *
 * Holds plaintext: while `transform` runs; the text, from the request's first byte until then or
 * until the request is gone.
 */
@Injectable()
class PathNumberPipe implements PipeTransform {
  constructor(private readonly intake: Intake) {}

  /** @throws Problem NOT_FOUND for what is no number: nothing has it */
  async transform(end: PathEnd): Promise<LookupNumber | undefined> {
    if (!taken.has(end.request.raw)) return undefined;
    const number = await this.intake.lookUpNumber(takeText(end.request) ?? '');
    if (number === undefined) throw new Problem('NOT_FOUND');
    return number;
  }
}

const AtPathEnd = createParamDecorator(
  (_: unknown, context: ExecutionContext) =>
    new PathEnd(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** The number in the path: `@NumberInPath() number: LookupNumber | undefined`. */
export const NumberInPath = (): ParameterDecorator => AtPathEnd(PathNumberPipe);
