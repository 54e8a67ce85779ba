import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hashRaw } from '@node-rs/argon2';
import { Problem } from '../kernel/problem.js';
import { COST, formatStretch, normalize, parseStretch, type Stretch } from './password.js';

/** Each hash takes a thread of libuv's four, which DNS and files need too, and 19 MiB. */
const AT_ONCE = 2;
/** About half a second of waiting; whoever comes then has to come again. */
const WAITING = 32;

/**
 * argon2id (S1), with a ceiling on how much of the machine strangers can make it use. What it gives
 * is a key, which PostgreSQL compares: no login can read by what.
 */
@Injectable()
export class Passwords {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /** Stretches a new password, by a salt of its own. */
  async stretchNew(password: string): Promise<{ stretch: string; stretched: Buffer }> {
    const stretch = { ...COST, salt: randomBytes(16) };
    return { stretch: formatStretch(stretch), stretched: await this.run(stretch, password) };
  }

  /** Without a stretch, for a login that nobody has, it takes as long and gives what opens nothing. */
  stretch(stretch: string | undefined, password: string): Promise<Buffer> {
    return stretch === undefined
      ? this.run({ ...COST, salt: randomBytes(16) }, password)
      : this.run(parseStretch(stretch), password);
  }

  private run(stretch: Stretch, password: string): Promise<Buffer> {
    return this.inTurn(() => hashRaw(normalize(password), { ...stretch, outputLen: 32 }));
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
