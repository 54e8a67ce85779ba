import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { addressSubject } from './limiter-keys.js';
import { Problem } from './problem.js';
import { type Turn, TurnLost, Turns } from './turns.js';

/**
 * A role has ten connections at its database. One account, however many requests it has at once,
 * holds three of them at the most, and one network sixteen turns: others queue no longer behind it
 * than these take. An app holds three as well, by what is not decided together with others' (its
 * starts and checks are: src/kernel/batches.ts).
 */
const BY_ACCOUNT = { atOnce: 3, waiting: 100 };
const BY_APP = { atOnce: 3, waiting: 100 };
const BY_ADDRESS = { atOnce: 16, waiting: 200 };
/** By then most of those who wait have had their turn. */
const RETRY_MS = 1_000;

interface Held {
  turns: Turn[];
  isOver: boolean;
}
const held = new WeakMap<FastifyRequest, Held>();

/**
 * The turns of people's requests: one of its network's before a request takes a connection, and one
 * of its account's when it is known whose it is.
 */
@Injectable()
export class RequestTurns {
  private readonly byAccount = new Turns(BY_ACCOUNT);
  private readonly byApp = new Turns(BY_APP);
  private readonly byAddress = new Turns(BY_ADDRESS);

  /** @throws Problem TOO_MANY_REQUESTS if too many of this network wait already */
  takeForAddress(request: FastifyRequest, reply: FastifyReply, now: Date): Promise<void> {
    reply.raw.once('close', () => endTurns(request));
    return this.take(request, this.byAddress.take(addressSubject(request.ip)), now);
  }

  /** @throws Problem TOO_MANY_REQUESTS if too many of this account wait already */
  takeForAccount(request: FastifyRequest, accountId: string, now: Date): Promise<void> {
    return this.take(request, this.byAccount.take(accountId), now);
  }

  /**
   * Does some work of an app's in its turn; undefined stands for a person, who has theirs already.
   * Work in a turn must not ask for another one, which it might wait for for ever.
   *
   * @throws Problem TOO_MANY_REQUESTS if too much of this app's waits already
   */
  async inTurn<T>(app: { readonly id: string } | undefined, work: () => Promise<T>): Promise<T> {
    if (app === undefined) return work();
    const turn = this.byApp.take(app.id);
    if (turn === undefined) throw new Problem('TOO_MANY_REQUESTS');
    await turn.begun;
    try {
      return await work();
    } finally {
      turn.end();
    }
  }

  private async take(request: FastifyRequest, turn: Turn | undefined, now: Date): Promise<void> {
    const refused = new Problem('TOO_MANY_REQUESTS', {
      retryAt: new Date(now.getTime() + RETRY_MS),
    });
    if (turn === undefined) throw refused;
    const mine = held.get(request) ?? { turns: [], isOver: false };
    held.set(request, mine);
    mine.turns.push(turn);
    if (mine.isOver) turn.end(); // nobody waits for the answer any more
    await turn.begun.catch((error: unknown) => {
      throw error instanceof TurnLost ? refused : error;
    });
  }
}

/** Its turns are over: it has been answered, or becomes a stream. */
export function endTurns(request: FastifyRequest): void {
  const mine = held.get(request) ?? { turns: [], isOver: true };
  mine.isOver = true;
  held.set(request, mine);
  for (const turn of mine.turns) turn.end();
}
