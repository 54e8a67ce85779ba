import { Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, request } from 'undici';
import { mayReach } from './public-address.js';

/**
 * What came of one request. It is a value, and never holds a word of the endpoint's: neither its
 * address nor its answer.
 */
export type Answer =
  | { status: number; retryAfter?: string }
  | {
      status?: undefined;
      reason: 'not_public' | 'no_address' | 'no_connection' | 'tls' | 'timeout' | 'broken';
    };

/** Finds the addresses that a name stands for; it may fail if there are none. */
export type Resolve = (name: string) => Promise<readonly string[]>;

const NO_CONNECTION = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** What Node and OpenSSL say of a certificate or a handshake that won't do. */
const TLS = /^(ERR_(TLS|SSL)_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$)/;
/** More of an answer isn't read: its status is all that counts. */
const MOST_OF_ANSWER = 16_384;
/** Nor longer, however slowly it drips: it is read at all so that the connection serves again. */
const READ_WITHIN_MS = 1_000;

class Unreachable extends Error {
  constructor(readonly code: 'NOT_PUBLIC' | 'NO_ADDRESS') {
    super(code);
  }
}

/**
 * Asks DNS itself. Node's usual way (getaddrinfo) would also read /etc/hosts, and it has four
 * threads for the whole process, which it shares with password hashing: a few names whose servers
 * never answer would hold up everybody.
 */
function askDns(): Resolve {
  const dns = new Resolver({ timeout: 3_000, tries: 2 });
  return async (name) => {
    const answers = await Promise.allSettled([dns.resolve4(name), dns.resolve6(name)]);
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  };
}

/**
 * Webhooks' way out. An address is looked at when the connection is made, and it is that very
 * address that is connected to: a name that stands for something else a moment later gains nothing.
 * Redirects aren't followed, and proxies aren't asked.
 */
export class WebhookRequests {
  private readonly agent: Agent;

  constructor({ isLive, resolve = askDns() }: { isLive: boolean; resolve?: Resolve }) {
    const makeConnector = (protocol: string): ReturnType<typeof buildConnector> => {
      const lookup: LookupFunction = (name, options, done) => {
        const named = /(^|\.)localhost\.?$/.test(name)
          ? Promise.resolve(['127.0.0.1', '::1'])
          : resolve(name);
        named.then(
          (addresses) => {
            const allowed = addresses
              .filter((address) => mayReach(protocol, address, isLive))
              .map((address) => ({ address, family: isIP(address) }));
            const [first] = allowed;
            if (first === undefined)
              done(new Unreachable(addresses.length === 0 ? 'NO_ADDRESS' : 'NOT_PUBLIC'), [], 0);
            else if (options.all) done(null, allowed);
            else done(null, first.address, first.family);
          },
          () => done(new Unreachable('NO_ADDRESS'), [], 0),
        );
      };
      const connect = buildConnector({ timeout: 10_000, lookup });
      return (options, done) => {
        const host = options.hostname.replace(/^\[|\]$/g, '');
        // An address needs no look-up, so none is made.
        if (isIP(host) !== 0 && !mayReach(protocol, host, isLive))
          done(new Unreachable('NOT_PUBLIC'), null);
        else connect(options, done);
      };
    };
    const connectors: Record<string, ReturnType<typeof buildConnector>> = {
      'https:': makeConnector('https:'),
      'http:': makeConnector('http:'),
    };
    // No bound on connections here: apps that share a host would share it too. The sender bounds
    // requests.
    this.agent = new Agent({
      connect: (options, done) =>
        (connectors[options.protocol] ?? makeConnector(options.protocol))(options, done),
    });
  }

  /** It never throws, and `signal` ends it. */
  async post(
    url: string,
    headers: Record<string, string>,
    body: string,
    signal: AbortSignal,
  ): Promise<Answer> {
    try {
      const answer = await request(url, {
        method: 'POST',
        dispatcher: this.agent,
        headers,
        body,
        signal,
      });
      // No AbortSignal.timeout: of one that only another signal follows, Node 20 collects the timer.
      const isSlow = setTimeout(() => answer.body.destroy(), READ_WITHIN_MS);
      await answer.body.dump({ limit: MOST_OF_ANSWER, signal }).catch(() => {});
      clearTimeout(isSlow);
      const retryAfter = answer.headers['retry-after'];
      return {
        status: answer.statusCode,
        ...(typeof retryAfter === 'string' ? { retryAfter } : {}),
      };
    } catch (error) {
      if (signal.aborted) return { reason: 'timeout' };
      // It is known by its field: an error of Node's own, made outside a vm context (as jest has
      // one), is no instance of our Error.
      const code = String((error as { code?: unknown }).code);
      if (code === 'NOT_PUBLIC') return { reason: 'not_public' };
      if (code === 'NO_ADDRESS') return { reason: 'no_address' };
      if (NO_CONNECTION.has(code)) return { reason: 'no_connection' };
      return { reason: TLS.test(code) ? 'tls' : 'broken' };
    }
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }
}
