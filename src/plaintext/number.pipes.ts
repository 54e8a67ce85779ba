import { inspect } from 'node:util';
import { Injectable, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import type { PumpingGuard } from '../guard/pumping-guard.service.js';
import type { Channel } from '../handoff/handoff.js';
import { newId, type NumberRef } from '../kernel/ids.js';
import { LimiterKeys } from '../kernel/limiter-keys.js';
import { Problem } from '../kernel/problem.js';
import type { Redacted } from '../kernel/redacted.js';
import { bindCode, Code } from './code.js';
import { NumberRules } from './number-rules.service.js';
import { PhoneNumber } from './phone-number.js';
import type { Fixed, TestNumbers } from './test-numbers.js';
import { Sealer } from './vault/epoch.js';

/**
 * A number as a handler gets it: a new handle, what to store under it, and what to count it by. The number itself is
 * sealed before the handler runs.
 *
 * Holds plaintext: never.
 */
export class SubmittedNumber {
  readonly #fixed: Fixed | undefined;

  constructor(
    readonly ref: NumberRef,
    /** For `Gate.storeNumber`. */
    readonly sealed: Buffer,
    /** Today's limiter index and yesterday's. Of use for two days; not to be kept for longer. */
    readonly limiterKeys: readonly [current: Buffer, previous: Buffer],
    /** Those that reach it: a fixed line takes no SMS. */
    readonly channels: readonly Channel[],
    /** ISO 3166; undefined where the number doesn't tell. */
    readonly country: string | undefined,
    /** Limiter indexes of the number without its last four digits. */
    readonly prefixKeys: readonly [current: Buffer, previous: Buffer],
    /** Nothing is to be sent to it until then: its prefix or its country is blocked (src/guard). What was sent before may still be checked. */
    readonly blockedUntil: Date | undefined,
    fixed?: Fixed,
  ) {
    this.#fixed = fixed;
    Object.freeze(this);
  }

  /** Nothing is to be sent to it, and nothing counted: its code is known. */
  get isTest(): boolean {
    return this.#fixed !== undefined;
  }

  /** Of a test number, which the worker never opens. */
  get testIndex(): Buffer | undefined {
    return this.#fixed?.index;
  }

  /** What is to be stored of a test number's code. */
  fixedCodeHash(verificationId: string): Buffer | undefined {
    return this.#fixed && bindCode(this.#fixed.keyedCode, verificationId);
  }

  /** What `Idempotency` tells requests by: `ref` and `sealed` are new in each, though the number be the same. */
  get fingerprints(): readonly [current: Buffer, previous: Buffer] {
    return this.limiterKeys;
  }

  toJSON(): string {
    return '<number>';
  }

  [inspect.custom](): string {
    return '<number>';
  }
}

/**
 * A code as a handler gets it: hashed under the pepper, so that it can only be compared.
 *
 * Holds plaintext: never.
 */
export class SubmittedCode {
  readonly #keyed: Buffer;

  constructor(keyed: Buffer) {
    this.#keyed = keyed;
    Object.freeze(this);
  }

  /** What would be stored if this were the code of that verification. */
  boundTo(verificationId: string): Buffer {
    return bindCode(this.#keyed, verificationId);
  }

  toJSON(): string {
    return '<code>';
  }

  [inspect.custom](): string {
    return '<code>';
  }
}

/**
 * Turns what was submitted into what may be handled.
 *
 * Holds plaintext: while one of its methods runs.
 */
@Injectable()
export class Intake {
  constructor(
    private readonly sealer: Sealer,
    private readonly limiterKeys: LimiterKeys,
    private readonly codePepper: Redacted<Uint8Array>,
    private readonly rules: NumberRules,
    private readonly testNumbers: TestNumbers,
    private readonly guard: Pick<PumpingGuard, 'refusal'>,
  ) {}

  /**
   * What is refused is refused here, before it is sealed or counted; but a number whose sends are blocked is taken, since
   * who was sent a code before the block began may still type it in.
   * @throws Problem INVALID_NUMBER, NUMBER_TYPE_REFUSED, COUNTRY_REFUSED, PREFIX_REFUSED, UNAVAILABLE
   */
  async takeNumber(text: string): Promise<SubmittedNumber> {
    const judged = PhoneNumber.judge(text, await this.rules.current());
    if (judged.kind === 'refused') throw new Problem(judged.code);
    const { number, channels, country } = judged;
    const ref = newId() as NumberRef;
    const sealed = await this.sealer.seal(ref, 'number', number.forStorage());
    const [numberKeys, prefixKeys] = await Promise.all([this.limiterKeys.keysFor(number.forLimiter()), this.limiterKeys.keysFor(`prefix:${number.forPrefix()}`)]);
    const fixed = this.testNumbers.find(number);
    const refusal = fixed === undefined ? await this.guard.refusal({ country, prefixKeys }, number.forPrefix()) : undefined;
    return new SubmittedNumber(ref, sealed, numberKeys, channels, country, prefixKeys, refusal?.retryAt, fixed);
  }

  /** Undefined if it hasn't the form of a code. */
  takeCode(text: string): SubmittedCode | undefined {
    const code = Code.parse(text);
    return code && new SubmittedCode(code.hashUnder(this.codePepper.reveal()));
  }
}

/** Stands where a value was that nothing can be made of: no schema takes it, not even one that could do without. */
const REFUSED = false;

/**
 * Replaces a field of a body, in place: Nest's later pipes and everything that holds the request see the same object.
 * While `turn` is at work, and if it throws, the field is REFUSED.
 */
async function replace(body: unknown, field: string, turn: (text: string) => unknown): Promise<unknown> {
  if (body === null || typeof body !== 'object' || !Object.hasOwn(body, field)) return body;
  const fields = body as Record<string, unknown>;
  const raw = fields[field];
  fields[field] = REFUSED;
  if (typeof raw === 'string') fields[field] = (await turn(raw)) ?? REFUSED;
  return body;
}

/**
 * Body pipe: `number` becomes a SubmittedNumber. One that isn't a text is taken away all the same, and left to the
 * schema to refuse.
 *
 * Holds plaintext: while `transform` runs, and in the request's body from its parsing until then.
 */
@Injectable()
export class SubmittedNumberPipe implements PipeTransform {
  constructor(private readonly intake: Intake) {}

  /** @throws Problem INVALID_NUMBER, NUMBER_TYPE_REFUSED, COUNTRY_REFUSED, PREFIX_REFUSED, UNAVAILABLE */
  transform(body: unknown): Promise<unknown> {
    return replace(body, 'number', (text) => this.intake.takeNumber(text));
  }
}

/**
 * Body pipe: `code` becomes a SubmittedCode. One that can't be a code is taken away, and the schema refuses the request
 * before any handler could count it as a guess.
 *
 * Holds plaintext: while `transform` runs, and in the request's body from its parsing until then.
 */
@Injectable()
export class SubmittedCodePipe implements PipeTransform {
  constructor(private readonly intake: Intake) {}

  transform(body: unknown): Promise<unknown> {
    return replace(body, 'code', (text) => this.intake.takeCode(text));
  }
}

/** What a caller sends is a text, and OpenAPI says so; what the schema checks is what the pipe made of it. */
function sentAsText<T>(type: abstract new (...args: never) => T, openApi: Record<string, unknown>): z.ZodType<T> {
  const schema = z.custom<T>((value) => value instanceof type);
  schema._zod.toJSONSchema = () => ({ type: 'string', ...openApi });
  return schema;
}

export const submittedNumber = sentAsText(SubmittedNumber, {
  description: 'A phone number in international form, E.164. No answer ever repeats it.',
  pattern: String.raw`^\+[0-9 ().-]{6,40}$`,
  examples: ['+12025550123'],
});

export const submittedCode = sentAsText(SubmittedCode, {
  description: 'The code that was sent.',
  pattern: '^[0-9]{4,10}$',
  examples: ['123456'],
});
