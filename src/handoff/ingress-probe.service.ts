import { randomBytes } from 'node:crypto';
import { Agent, request } from 'undici';
import type { Redacted } from '../kernel/redacted.js';
import {
  ANSWERED_BY,
  ASKED_BY,
  isProof,
  NONCE_BYTES,
  probePath,
  proveAnswered,
  proveAsked,
} from './probe.js';

/** Twilio gives up on a callback after 15 s; whoever is so slow is no help to a call. */
const WITHIN_MS = 3_000;

/**
 * silent: no connection, or no answer in time. other: something answers, and not our `ingress`: a
 * proxy's own page, another installation, or one whose key is another.
 */
export type Probed = 'answered' | 'silent' | 'other';

/** Asks `ingress` by its public address, as the carrier does, whether it is there. */
export class IngressProbe {
  private readonly agent = new Agent({ connect: { timeout: WITHIN_MS }, connections: 1 });

  constructor(
    /** Undefined: nobody asks. */
    readonly url: string | undefined,
    private readonly key: Redacted<Uint8Array>,
  ) {}

  /** It follows no redirect, as the carrier would not for a POST of its own, and never throws. */
  async ask(): Promise<Probed> {
    const nonce = randomBytes(NONCE_BYTES).toString('base64url');
    const key = this.key.reveal();
    try {
      const { statusCode, headers, body } = await request(`${this.url}${probePath(nonce)}`, {
        method: 'POST',
        dispatcher: this.agent,
        signal: AbortSignal.timeout(WITHIN_MS),
        headers: { [ASKED_BY]: proveAsked(key, nonce) },
      });
      await body.dump();
      const isOurs = statusCode === 204 && isProof(headers[ANSWERED_BY], proveAnswered(key, nonce));
      return isOurs ? 'answered' : 'other';
    } catch {
      return 'silent';
    }
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }
}
