import type { FastifyInstance } from 'fastify';
import type { Clock } from '../kernel/clock.js';
import type { Redacted } from '../kernel/redacted.js';
import { ANSWERED_BY, ASKED_BY, findNonce, isProof, proveAnswered, proveAsked } from './probe.js';

/** So many nonces are remembered, each of which was answered once: bounded, and hours of probes. */
const REMEMBERED = 10_000;

/** Only who has the key is counted: else a stranger could use up what a worker may ask. */
const ANSWERED_A_SECOND = 50;

/**
 * Answers the worker's question whether `ingress` is there, to who proves that they have the key. To
 * anybody else it is an address that never was.
 */
export class ProbeAnswers {
  private readonly answered = new Set<string>();
  private second = 0;
  private inSecond = 0;

  constructor(
    private readonly key: Redacted<Uint8Array>,
    private readonly clock: Clock,
  ) {}

  /**
   * It is no route, but answered before one is sought: so whatever else comes to its address, by
   * whatever method, goes the way of all that nobody has.
   */
  serve(server: FastifyInstance): void {
    server.addHook('onRequest', async (request, reply) => {
      if (request.method !== 'POST') return;
      const proof = this.answer(request.url, request.headers[ASKED_BY]);
      if (proof === undefined) return;
      return reply.code(204).header(ANSWERED_BY, proof).send();
    });
  }

  /** Gives the proof for the worker; nothing to whoever shows none, or one that was shown before. */
  answer(path: string, asked: unknown): string | undefined {
    const nonce = findNonce(path);
    if (nonce === undefined) return undefined;
    const key = this.key.reveal();
    if (!isProof(asked, proveAsked(key, nonce))) return undefined;
    if (this.answered.has(nonce) || !this.takeTurn()) return undefined;
    this.remember(nonce);
    return proveAnswered(key, nonce);
  }

  private takeTurn(): boolean {
    const second = Math.floor(this.clock.now().getTime() / 1000);
    if (second !== this.second) [this.second, this.inSecond] = [second, 0];
    this.inSecond += 1;
    return this.inSecond <= ANSWERED_A_SECOND;
  }

  private remember(nonce: string): void {
    this.answered.add(nonce);
    const [oldest] = this.answered;
    if (this.answered.size > REMEMBERED && oldest !== undefined) this.answered.delete(oldest);
  }
}
