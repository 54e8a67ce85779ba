import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { Problem } from '../kernel/problem.js';
import { normalize } from './password.js';

/**
 * OWASP's first choice for argon2id (the library's default algorithm): 19 MiB, two passes, one
 * lane; some 25 ms of a core.
 */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Each hash takes a thread of libuv's four, which DNS and files need too, and 19 MiB. */
const AT_ONCE = 2;
/** About half a second of waiting; whoever comes then has to come again. */
const WAITING = 32;

/** argon2id (S1), with a ceiling on how much of the machine strangers can make it use. */
@Injectable()
export class Passwords {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  /** What a login that nobody has is compared with, so that the answer takes as long. */
  private dummy: Promise<string> | undefined;

  hash(password: string): Promise<string> {
    return this.inTurn(() => hash(normalize(password), COST));
  }

  /** For an account that doesn't exist `stored` is undefined: it takes as long, and is false. */
  async matches(stored: string | undefined, password: string): Promise<boolean> {
    if (stored === undefined) this.dummy ??= hash(randomBytes(32).toString('base64'), COST);
    const against = stored ?? (await this.dummy) ?? '';
    const isMatch = await this.inTurn(() => verify(against, normalize(password)));
    return isMatch && stored !== undefined;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < AT_ONCE) this.running++;
    else if (this.waiting.length < WAITING)
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    else throw new Problem('UNAVAILABLE');
    try {
      return await work();
    } finally {
      // The place is handed on, so that nobody who comes now gets ahead of those who wait.
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}
