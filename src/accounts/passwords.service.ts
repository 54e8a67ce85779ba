import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hashRaw } from '@node-rs/argon2';
import { addressSteps } from '../kernel/limiter-keys.js';
import { Problem } from '../kernel/problem.js';
import { type FairRule, FairTurns } from './fair-turns.js';
import { COST, formatStretch, normalize, parseStretch, type Stretch } from './password.js';

const TURNS: FairRule = {
  atOnce: 2, // each hash takes a thread of libuv's four, which DNS and files need too, and 19 MiB
  waitingEach: 16, // as many as one network has in hand at once: a fifth of a second of waiting
  waitingInAll: 256, // some three seconds; whoever comes then has to come again
};

/** Strangers wait with their network, the widest that may be one subscriber's. */
export const findAsker = (ip: string): string => addressSteps(ip).at(-1)?.subject ?? ip;

/**
 * argon2id (S1), with a ceiling on how much of the machine strangers can make it use, and turns by
 * asker, so that many sign-ins from one place refuse nobody else's. What it gives is a key, which
 * PostgreSQL compares: no login can read by what.
 */
@Injectable()
export class Passwords {
  private readonly turns = new FairTurns(TURNS);

  /** Stretches a new password, by a salt of its own. */
  async stretchNew(
    password: string,
    asker: string,
  ): Promise<{ stretch: string; stretched: Buffer }> {
    const stretch = { ...COST, salt: randomBytes(16) };
    return { stretch: formatStretch(stretch), stretched: await this.run(stretch, password, asker) };
  }

  /** Without a stretch, for a login that nobody has, it takes as long and gives what opens nothing. */
  stretch(stretch: string | undefined, password: string, asker: string): Promise<Buffer> {
    return stretch === undefined
      ? this.run({ ...COST, salt: randomBytes(16) }, password, asker)
      : this.run(parseStretch(stretch), password, asker);
  }

  private run(stretch: Stretch, password: string, asker: string): Promise<Buffer> {
    return this.inTurn(asker, () => hashRaw(normalize(password), { ...stretch, outputLen: 32 }));
  }

  private async inTurn<T>(asker: string, work: () => Promise<T>): Promise<T> {
    const turn = this.turns.take(asker);
    if (turn === 'too many of theirs') throw new Problem('TOO_MANY_REQUESTS');
    if (turn === 'too many') throw new Problem('UNAVAILABLE');
    await turn;
    try {
      return await work();
    } finally {
      this.turns.end();
    }
  }
}
