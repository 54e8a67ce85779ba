import { createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Transaction } from './database.js';
import { hmacSha256 } from './digest.js';
import { claimKey, findRequest, forgetKeys, setResource } from './idempotency.repository.js';
import { Problem } from './problem.js';
import type { Redacted } from './redacted.js';

/** A key is forgotten after this long, and may then be used for something else. */
export const KEEPS_KEYS_MS = 24 * 3_600_000;

/**
 * A part of a body that may not be read, told apart by keyed hashes: under the key of today, then
 * of yesterday.
 */
interface Fingerprinted {
  readonly fingerprints: readonly [Buffer, ...Buffer[]];
}

export interface OnceOptions {
  accountId: string;
  /** It is undefined if the caller sent none: each request is then a new one. */
  key: string | undefined;
  /** Method and pattern, `POST /v1/teams`: a key that was used elsewhere is another request. */
  route: string;
  body: unknown;
  at: Date;
}

/**
 * `Idempotency-Key`: of requests with the same key from the same account one does the work, the
 * others answer with what it made. Kept are keyed hashes and the resource's id, no body and no
 * answer: a replay renders the resource anew.
 */
@Injectable()
export class Idempotency {
  constructor(private readonly secret: Redacted<Uint8Array>) {}

  /**
   * Runs `create` unless the key was used before. The key's row is written first and in the same
   * transaction: a twin that comes meanwhile waits for it there and replays; if `create` throws,
   * nothing is left and the key is free.
   *
   * @throws Problem IDEMPOTENCY_KEY_REUSED if the key was used for another request
   */
  async once(
    trx: Transaction,
    { accountId, key, route, body, at }: OnceOptions,
    create: () => Promise<string>,
  ): Promise<{ id: string; isReplay: boolean }> {
    if (key === undefined) return { id: await create(), isReplay: false };
    const keyHash = this.hmac(`key\0${key}`);
    const fingerprints = candidates(route, body).map((text) => this.hmac(`request\0${text}`));
    await forgetKeys(trx, accountId, new Date(at.getTime() - KEEPS_KEYS_MS));
    const row = { accountId, keyHash };
    if (await claimKey(trx, { ...row, fingerprint: fingerprints[0] as Buffer, at })) {
      const id = await create();
      await setResource(trx, row, id);
      return { id, isReplay: false };
    }
    const first = await findRequest(trx, row);
    // It expired between the two statements.
    if (first === undefined) throw new Problem('UNAVAILABLE');
    if (!fingerprints.some((fingerprint) => fingerprint.equals(first.fingerprint)))
      throw new Problem('IDEMPOTENCY_KEY_REUSED');
    return { id: first.id, isReplay: true };
  }

  private hmac(text: string): Buffer {
    return hmacSha256(this.secret.reveal(), text);
  }
}

/**
 * What the request may have been fingerprinted as: with each `Fingerprinted` part as it is today,
 * then as yesterday.
 */
export function candidates(route: string, body: unknown): string[] {
  const texts: string[] = [];
  for (let age = 0; age < 2; age++) texts.push(`${route}\0${canonical(body, age)}`);
  return [...new Set(texts)];
}

/** JSON with sorted keys and without undefined ones, so that the same meaning has the same text. */
function canonical(value: unknown, age: number): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, age)).join(',')}]`;
  if (value instanceof Date) return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (isFingerprinted(value))
    // It is no JSON, so no body can imitate it.
    return `{fingerprint:${(value.fingerprints[age] ?? value.fingerprints[0]).toString('base64')}}`;
  if (Object.getPrototypeOf(value) !== Object.prototype)
    throw new Error('a part of the body is no JSON and has no fingerprint');
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field, age)}`).join(',')}}`;
}

/** Only our own pipes make buffers: JSON can't send one. */
const isFingerprinted = (value: object): value is Fingerprinted =>
  'fingerprints' in value &&
  Array.isArray(value.fingerprints) &&
  value.fingerprints.length > 0 &&
  value.fingerprints.every((print) => Buffer.isBuffer(print));

const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/;

const Key = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined => {
  const value = context.switchToHttp().getRequest<FastifyRequest>().headers['idempotency-key'];
  if (value === undefined) return undefined;
  // Two headers arrive as one text with a comma and a space between, and are refused by the space.
  if (typeof value === 'string' && VISIBLE_ASCII.test(value)) return value;
  throw new Problem('INVALID_IDEMPOTENCY_KEY');
});

/** The request's `Idempotency-Key`, or undefined: `@IdempotencyKey() key: string | undefined`. */
export function IdempotencyKey(): ParameterDecorator {
  return (target, property, index) => {
    if (property === undefined) throw new Error('@IdempotencyKey is for the parameters of methods');
    Key()(target, property, index);
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'Makes it safe to send this request again: for 24 hours the same key with the same body ' +
        'answers with what the first one made.',
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
    })(target, property, Object.getOwnPropertyDescriptor(target, property) as PropertyDescriptor);
  };
}
