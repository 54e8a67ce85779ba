import type { LoggerService } from '@nestjs/common';
import { pino, type Logger as Pino } from 'pino';
import { isFromDatabase, nameAway } from './database.js';
import type { Part, Place } from './place.js';
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
  /** Which states something has moved between, and why. */
  from?: string;
  to?: string;
  cause?: string;
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
  /** What is away or fails, beside ourselves, and its host and port as a setting names them. */
  part?: Part;
  host?: string;
  /** An ISO time: when what is logged began. */
  since?: string;
  /** A sentence of our own, made of literals. */
  message?: string;
}

/**
 * Lines for stdout, which all roles of a process share: written together, since each write is a
 * system call and some 60 microseconds of a request, more than its line takes to make. A line waits
 * 20 ms at the most; a warning or an error takes all before it along at once, and the process's
 * end, by a thrown error too, whatever waits. Only a kill from outside (SIGKILL, the kernel's own)
 * loses the last 20 ms.
 */
class Lines {
  private waiting = '';
  private timer: NodeJS.Timeout | undefined;
  private readonly flush = (): void => {
    clearTimeout(this.timer);
    this.timer = undefined;
    const text = this.waiting;
    this.waiting = '';
    if (text !== '') process.stdout.write(text);
  };

  readonly write = (line: string, isUrgent: boolean): void => {
    if (this.timer === undefined) {
      this.timer = setTimeout(this.flush, LINES_WAIT_MS).unref();
      if (!this.isHeard) process.on('exit', this.flush);
      this.isHeard = true;
    }
    this.waiting += line;
    if (isUrgent || this.waiting.length >= LINES_AT_ONCE) this.flush();
  };
  private isHeard = false;
}
const LINES_WAIT_MS = 20;
const LINES_AT_ONCE = 32_768;
const lines = new Lines();

/**
 * Writes the time as pino does, which takes 1.1 us; once for all lines of a millisecond: twenty
 * requests are often answered in one.
 */
function timeOfLine(): string {
  const now = Date.now();
  if (now !== lastTime.at) lastTime = { at: now, text: `,"time":"${new Date(now).toISOString()}"` };
  return lastTime.text;
}
let lastTime = { at: NaN, text: '' };

const NOTED = Symbol('noted');

/**
 * What a request's own line says of it beside its route: the ids that lead to what else was logged
 * of the same.
 */
export function noteForLog(
  request: object,
  fields: Pick<LogFields, 'verificationId' | 'state'>,
): void {
  (request as { [NOTED]?: LogFields })[NOTED] = fields;
}
export const notedForLog = (request: object): LogFields | undefined =>
  (request as { [NOTED]?: LogFields })[NOTED];

/** How often the scrubber had to act since the process began; the tests expect 0. */
export const scrubbed = { count: 0 };

/**
 * JSON lines to `write`, with an allow-list of fields, and the scrubber as the last line before the
 * stream. Whoever writes a line names the request or the hand-off that it is about: an
 * AsyncLocalStorage that carried the id to every line cost each request 80 microseconds on Node 20,
 * at each of its promises, whether it wrote a line or not.
 */
export class Logger {
  private readonly pino: Pino;
  /** It belongs to the line that is being written: pino writes within the call. */
  private isUrgent = false;

  constructor(
    level: string,
    readonly role: string,
    write: (line: string, isUrgent: boolean) => void = lines.write,
    /** Where this role's database is: an error of it says so, whoever logs it. */
    private readonly database?: Place,
  ) {
    this.pino = pino(
      {
        level,
        base: { role },
        timestamp: timeOfLine,
        messageKey: 'event',
        formatters: { level: (label) => ({ level: label }) },
      },
      {
        write: (line: string) => {
          const { text, count } = scrub(line);
          scrubbed.count += count;
          write(text, this.isUrgent);
        },
      },
    );
  }

  debug(event: string, fields: LogFields = {}): void {
    this.pino.debug(fields, event);
  }
  info(event: string, fields: LogFields = {}): void {
    this.pino.info(fields, event);
  }
  warn(event: string, fields: LogFields = {}): void {
    this.isUrgent = true;
    this.pino.warn(fields, event);
    this.isUrgent = false;
  }
  error(event: string, cause: unknown, fields: LogFields = {}): void {
    this.isUrgent = true;
    const place = isFromDatabase(cause) ? this.database : undefined;
    this.pino.error({ ...describe(cause), ...place, ...fields }, event);
    this.isUrgent = false;
  }
}

/**
 * What may be said of an error: its class, a vendor's code, and where it was thrown. Messages quote
 * values.
 */
export function describe(cause: unknown): LogFields {
  if (cause === undefined) return {};
  if (!(cause instanceof Error)) return { error: typeof cause };
  const hasCode = 'code' in cause && /^[\w.-]{1,40}$/.test(String(cause.code));
  const word = hasCode ? String(cause.code) : nameAway(cause);
  const code = word === undefined ? '' : ` ${word}`;
  return {
    error: `${cause.constructor.name}${code}`,
    stack: listFrames(cause)
      .slice(0, 8)
      .map((line) =>
        line.trim().replace(/\(?(file:\/\/)?\/[^\s)]*\/(src|dist|node_modules)\//, '($2/'),
      ),
  };
}

/**
 * A stack begins with the message, and a line of the message may look like a frame: people's texts
 * do when somebody pastes a log. So what follows the message counts, and where a message was changed
 * after its stack was made, nothing does.
 */
function listFrames({ stack = '', message }: Error): string[] {
  const [name] = /^[\w$.]+(?: \[\w+\])?(?:: )?/.exec(stack) ?? [];
  if (name === undefined || !stack.startsWith(message, name.length)) return [];
  const after = stack.slice(name.length + message.length);
  return after.split('\n').filter((line) => /^\s+at /.test(line));
}

/**
 * Nest's own lines: its warnings and errors count, its chatter at start does not; only what Nest
 * itself wrote is kept.
 */
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
