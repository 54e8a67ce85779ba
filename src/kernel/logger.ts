import { AsyncLocalStorage } from 'node:async_hooks';
import type { LoggerService } from '@nestjs/common';
import { pino, type Logger as Pino } from 'pino';
import { scrub } from './scrub.js';

/** All that a log line may carry beside its event. A field that isn't here does not compile. */
export interface LogFields {
  role?: string;
  requestId?: string;
  handoffId?: string;
  verificationId?: string;
  callId?: string;
  legId?: string;
  accountId?: string;
  appId?: string;
  webhookId?: string;
  /** The route's pattern, never the path: a path may hold a capability. */
  route?: string;
  method?: string;
  status?: number;
  durationMs?: number;
  state?: string;
  outcome?: string;
  reason?: string;
  /** A carrier's own error code. */
  carrierCode?: number;
  channel?: string;
  purpose?: string;
  step?: string;
  count?: number;
  approvals?: number;
  /** ISO 3166, of many numbers together; never of one request. */
  country?: string;
  /** Class and vendor code of an error; its message may quote values, so it stays out. */
  error?: string;
  /** Frames only: file, line and function, without the message that a stack begins with. */
  stack?: string[];
  port?: number;
  /** A sentence of our own, made of literals. */
  message?: string;
}

interface Context {
  requestId?: string;
  handoffId?: string;
}

/** Carries the request's or the hand-off's id to every line that is written on its behalf. */
export const logContext = new AsyncLocalStorage<Context>();

/** How often the scrubber had to act since the process began; the tests expect 0. */
export const scrubbed = { count: 0 };

/** JSON lines to `write`, with an allow-list of fields, and the scrubber as the last line before the stream. */
export class Logger {
  private readonly pino: Pino;

  constructor(level: string, role: string, write: (line: string) => void = (line) => process.stdout.write(line)) {
    this.pino = pino(
      { level, base: { role }, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'event', formatters: { level: (label) => ({ level: label }) } },
      {
        write: (line: string) => {
          const { text, count } = scrub(line);
          scrubbed.count += count;
          write(text);
        },
      },
    );
  }

  debug(event: string, fields: LogFields = {}): void {
    this.pino.debug({ ...logContext.getStore(), ...fields }, event);
  }
  info(event: string, fields: LogFields = {}): void {
    this.pino.info({ ...logContext.getStore(), ...fields }, event);
  }
  warn(event: string, fields: LogFields = {}): void {
    this.pino.warn({ ...logContext.getStore(), ...fields }, event);
  }
  error(event: string, cause: unknown, fields: LogFields = {}): void {
    this.pino.error({ ...logContext.getStore(), ...describe(cause), ...fields }, event);
  }
}

/** What may be said of an error: its class, a vendor's code, and where it was thrown. Messages quote values. */
export function describe(cause: unknown): LogFields {
  if (!(cause instanceof Error)) return { error: typeof cause };
  const code = 'code' in cause && (typeof cause.code === 'string' || typeof cause.code === 'number') ? ` ${cause.code}` : '';
  const frames = (cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { error: `${cause.constructor.name}${code}`, stack: frames.slice(0, 8).map((line) => line.trim().replace(/\(?(file:\/\/)?\/[^\s)]*\/(src|dist|node_modules)\//, '($2/')) };
}

/** Nest's own lines: its warnings and errors count, its chatter at start does not; only what Nest itself wrote is kept. */
export function nestLogger(logger: Logger): LoggerService {
  return {
    log: () => {},
    debug: () => {},
    verbose: () => {},
    warn: () => logger.warn('nest_warning'),
    error: (_message: unknown, ...rest: unknown[]) => {
      const error = rest.find((part) => part instanceof Error) ?? _message;
      logger.error('nest_error', error);
    },
    fatal: (_message: unknown) => logger.error('nest_fatal', _message),
  };
}
