import { describe, type LogFields, Logger } from './logger.js';
import type { Place } from './place.js';

/**
 * What is away fails many times a second, at each of its connections: each kind of error is logged
 * once in this time.
 */
const LOGGED_AGAIN_MS = 10_000;

/** Logs the errors of one part of the house, with its name and host, and not each of them. */
export class PartErrors {
  private readonly loggedAt = new Map<string, number>();

  constructor(
    private readonly logger: Logger,
    private readonly place: Place,
    private readonly nameError: (error: unknown) => string = nameClass,
  ) {}

  log(event: string, error: unknown): void {
    const name = this.nameError(error);
    const key = `${event} ${name}`;
    const now = performance.now();
    if (now - (this.loggedAt.get(key) ?? -Infinity) < LOGGED_AGAIN_MS) return;
    this.loggedAt.set(key, now);
    const fields: LogFields = { ...this.place, error: name };
    this.logger.warn(event, fields);
  }
}

const nameClass = (error: unknown): string => describe(error).error ?? '';
