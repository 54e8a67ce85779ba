import { Injectable, type PipeTransform } from '@nestjs/common';
import type { PumpingGuard } from '../guard/pumping-guard.service.js';
import type { Channel } from '../handoff/channels.js';
import { sha256 } from '../kernel/digest.js';
import { newId, type NumberRef } from '../kernel/ids.js';
import { LimiterKeys } from '../kernel/limiter-keys.js';
import { Problem } from '../kernel/problem.js';
import { type Redacted, Unprintable } from '../kernel/redacted.js';
import { bindCode, Code } from './code.js';
import { NO_RULES } from './number-policy.js';
import { NumberRules } from './number-rules.service.js';
import { type Judged, PhoneNumber } from './phone-number.js';
import type { TestNumbers } from './test-numbers.js';
import { Sealer } from './vault/epoch.js';

/** What a request may know of the number that it brought. */
export interface TakenNumber {
  readonly ref: NumberRef;
  /** To be stored under `ref`. */
  readonly sealed: Buffer;
  /**
   * Today's limiter index, yesterday's and tomorrow's. Of use for as long as the key of each; not
   * to be kept for longer.
   */
  readonly limiterKeys: readonly [current: Buffer, previous: Buffer, ...next: Buffer[]];
  /** Those that reach it: a fixed line takes no SMS. */
  readonly channels: readonly Channel[];
  /** ISO 3166; undefined where the number doesn't tell. */
  readonly country: string | undefined;
  /** Today's limiter index of the number without its last four digits. */
  readonly prefixKey: Buffer;
  /**
   * Nothing is to be sent to it until then: its prefix or its country is blocked (src/guard). What
   * was sent before may still be checked.
   */
  readonly blockedUntil: Date | undefined;
  /**
   * What to remember whoever asks by, once they have proved it, and to know them by if they have
   * before: see `number_proofs`.
   */
  readonly proofs: readonly Buffer[];
}

/**
 * A number as a handler gets it: a new handle, what to store under it, and what to count it by. The
 * number itself is sealed before the handler runs.
 *
 * Holds plaintext: never.
 */
export class SubmittedNumber extends Unprintable implements TakenNumber {
  readonly ref: NumberRef;
  readonly sealed: Buffer;
  readonly limiterKeys: TakenNumber['limiterKeys'];
  readonly channels: readonly Channel[];
  readonly country: string | undefined;
  readonly prefixKey: Buffer;
  readonly blockedUntil: Date | undefined;
  readonly proofs: readonly Buffer[];

  constructor(
    taken: TakenNumber,
    /** A test number has one: nothing is to be sent to it, and nothing counted. Its code is known. */
    readonly testIndex?: Buffer,
  ) {
    super();
    this.ref = taken.ref;
    this.sealed = taken.sealed;
    this.limiterKeys = taken.limiterKeys;
    this.channels = taken.channels;
    this.country = taken.country;
    this.prefixKey = taken.prefixKey;
    this.blockedUntil = taken.blockedUntil;
    this.proofs = taken.proofs;
    Object.freeze(this);
  }

  /**
   * What `Idempotency` tells requests by: `ref` and `sealed` are new in each, though the number be
   * the same.
   */
  get fingerprints(): readonly [current: Buffer, previous: Buffer] {
    const [current, previous] = this.limiterKeys;
    return [current, previous];
  }

  protected override get printedAs(): string {
    return '<number>';
  }
}

/**
 * A number to find something by, as a handler gets it: nothing is stored of it.
 *
 * Holds plaintext: never.
 */
export class LookupNumber extends Unprintable {
  constructor(readonly limiterKeys: readonly [current: Buffer, previous: Buffer]) {
    super();
    Object.freeze(this);
  }

  protected override get printedAs(): string {
    return '<number>';
  }
}

/** What the answer to a request may say again of its own number: see NumberEcho. */
const echoes = new WeakMap<SubmittedNumber | LookupNumber, PhoneNumber>();

/** Once, to the one who sent it. */
export function takeEcho(number: SubmittedNumber | LookupNumber): string | undefined {
  const echo = echoes.get(number);
  echoes.delete(number);
  return echo?.forSender();
}

/**
 * A code as a handler gets it: hashed under the pepper, so that it can only be compared.
 *
 * Holds plaintext: never.
 */
export class SubmittedCode extends Unprintable {
  readonly #keyed: Buffer;

  constructor(
    keyed: Buffer,
    /** How many it has. */
    readonly digits: number,
  ) {
    super();
    this.#keyed = keyed;
    Object.freeze(this);
  }

  /** What would be stored if this were the code of that verification. */
  boundTo(verificationId: string): Buffer {
    return bindCode(this.#keyed, verificationId);
  }

  protected override get printedAs(): string {
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
    private readonly guard: Pick<PumpingGuard, 'refusal' | 'mayRefuse'>,
  ) {}

  /**
   * What is refused is refused here, before it is sealed or counted; but a number whose sends are
   * blocked is taken, since who was sent a code before the block began may still type it in.
   * @throws Problem INVALID_NUMBER, NUMBER_TYPE_REFUSED, COUNTRY_REFUSED, PREFIX_REFUSED,
   * UNAVAILABLE
   */
  async takeNumber(
    text: string,
    holders: readonly Buffer[] = [],
    echoedField?: 'To',
  ): Promise<SubmittedNumber> {
    const judged = PhoneNumber.judge(text, this.rules.inForce ?? (await this.rules.current()));
    if (judged.kind === 'refused') throw numberProblem(judged, echoedField ?? 'number');
    const { number, channels, country } = judged;
    const ref = newId() as NumberRef;
    const sealed = await this.sealer.seal(ref, 'number', number.forStorage());
    const prefix = `prefix:${number.forPrefix()}`;
    const numberKeys = await this.limiterKeys.keysAround(number.forLimiter());
    const [prefixKey] = await this.limiterKeys.keysFor(prefix, 0);
    const testIndex = this.testNumbers.findIndex(number);
    const refusal =
      testIndex === undefined && this.guard.mayRefuse
        ? await this.guard.refusal(
            { country, prefixKeys: () => this.limiterKeys.keysFor(prefix) },
            number.forPrefix(),
          )
        : undefined;
    const proofs = holders.map((holder) => number.indexUnder(holder));
    const blockedUntil = refusal?.retryAt;
    const submitted = new SubmittedNumber(
      { ref, sealed, limiterKeys: numberKeys, channels, country, prefixKey, blockedUntil, proofs },
      testIndex,
    );
    if (echoedField !== undefined) echoes.set(submitted, number);
    return submitted;
  }

  /**
   * By no rule of the operator's, which may have changed since it was sent a code; undefined:
   * nobody has it.
   */
  async lookUpNumber(text: string): Promise<LookupNumber | undefined> {
    const number = PhoneNumber.parse(text);
    return number && (await this.makeLookup(number));
  }

  /**
   * As `lookUpNumber`, for a field of a body.
   *
   * @throws Problem INVALID_NUMBER for one without +
   */
  async lookUpField(text: string, field: string): Promise<LookupNumber | undefined> {
    const judged = PhoneNumber.judge(text, NO_RULES);
    if (judged.kind === 'ok') return this.makeLookup(judged.number);
    if (judged.isWithoutPlus) throw numberProblem(judged, field);
    return undefined;
  }

  private async makeLookup(number: PhoneNumber): Promise<LookupNumber> {
    const found = new LookupNumber(await this.limiterKeys.keysFor(number.forLimiter()));
    echoes.set(found, number);
    return found;
  }

  /** Undefined if it hasn't the form of a code. */
  takeCode(text: string): SubmittedCode | undefined {
    const code = Code.parse(text);
    return code && new SubmittedCode(code.hashUnder(this.codePepper.reveal()), code.length);
  }
}

/** Says where and how, but never what was sent. In a form, a bare + is read as a blank. */
function numberProblem(
  { code, isWithoutPlus }: Extract<Judged, { kind: 'refused' }>,
  path: string,
): Problem {
  if (!isWithoutPlus) return new Problem(code);
  const message = 'must begin with + and the code of its country (in a form, + is written %2B)';
  return new Problem(code, { errors: [{ path, message }] });
}

/**
 * Whoever has proved a number before is known by an HMAC of it under a secret that only their
 * session or device has, so that nobody else, we included, can find out whose proofs they are.
 */
export interface ProofHolder {
  /** Says whose devices they are: people's, or an app's. */
  realm: string;
  /** What the session's token alone gives, if there is a session. */
  secret: Buffer | undefined;
}

/**
 * A body with a number in it, and who sent it.
 *
 * Holds plaintext: as long as the request's body does.
 */
export class Submission {
  constructor(
    readonly body: unknown,
    readonly holder: ProofHolder,
  ) {}
}

/**
 * Stands in a body for the secret of a device, which is used where the number is.
 *
 * Holds plaintext: never.
 */
export class SubmittedDevice {}
const DEVICE = new SubmittedDevice();
const DEVICE_SECRET = /^[\x21-\x7e]{16,200}$/;

/**
 * Stands where a value was that nothing can be made of: no schema takes it, not even one that could
 * do without.
 */
const REFUSED = false;

/**
 * Replaces a field of a body, in place: Nest's later pipes and everything that holds the request
 * see the same object. While `turn` is at work, and if it throws, the field is REFUSED.
 */
function replace(body: unknown, field: string, turn: (text: string) => unknown): unknown {
  if (body === null || typeof body !== 'object' || !Object.hasOwn(body, field)) return body;
  const fields = body as Record<string, unknown>;
  const raw = fields[field];
  fields[field] = REFUSED;
  if (typeof raw !== 'string') return body;
  const put = (made: unknown): unknown => {
    fields[field] = made ?? REFUSED;
    return body;
  };
  const made = turn(raw);
  return made instanceof Promise ? made.then(put) : put(made);
}

/**
 * Pipe of a body or a Submission: `number` becomes a SubmittedNumber, with what the session and
 * `device` know it by. One that isn't a text is taken away all the same, and left to the schema to
 * refuse.
 *
 * Holds plaintext: while `transform` runs, and in the request's body from its parsing until then.
 */
@Injectable()
export class SubmittedNumberPipe implements PipeTransform {
  constructor(private readonly intake: Intake) {}

  /**
   * @throws Problem INVALID_NUMBER, NUMBER_TYPE_REFUSED, COUNTRY_REFUSED, PREFIX_REFUSED,
   * UNAVAILABLE
   */
  transform(value: unknown): unknown {
    const { body, holder } =
      value instanceof Submission ? value : { body: value, holder: undefined };
    const secrets = holder?.secret === undefined ? [] : [holder.secret];
    replace(body, 'device', (text) => {
      if (!DEVICE_SECRET.test(text)) return undefined;
      secrets.push(sha256(`device\0${holder?.realm ?? ''}\0${text}`));
      return DEVICE;
    });
    return replace(body, 'number', (text) => this.intake.takeNumber(text, secrets));
  }
}

/**
 * Body pipe: `code` becomes a SubmittedCode. One that can't be a code is taken away, and the schema
 * refuses the request before any handler could count it as a guess.
 *
 * Holds plaintext: while `transform` runs, and in the request's body from its parsing until then.
 */
@Injectable()
export class SubmittedCodePipe implements PipeTransform {
  constructor(private readonly intake: Intake) {}

  transform(body: unknown): unknown {
    return replace(body, 'code', (text) => this.intake.takeCode(text));
  }
}

/**
 * Body pipe for Twilio's form of a start: `To` becomes a SubmittedNumber that the answer may
 * repeat.
 *
 * Holds plaintext: while `transform` runs; in the request's body from its parsing until then, and
 * for the answer until it has gone out.
 */
@Injectable()
export class SubmittedToPipe implements PipeTransform {
  constructor(private readonly intake: Intake) {}

  /**
   * @throws Problem INVALID_NUMBER, NUMBER_TYPE_REFUSED, COUNTRY_REFUSED, PREFIX_REFUSED,
   * UNAVAILABLE
   */
  transform(body: unknown): unknown {
    return replace(body, 'To', (text) => this.intake.takeNumber(text, [], 'To'));
  }
}

/**
 * Body pipe for Twilio's form of a check: `To` becomes a LookupNumber that the answer may repeat,
 * `Code` a SubmittedCode.
 *
 * Holds plaintext: while `transform` runs; in the request's body from its parsing until then, and
 * the number for the answer until it has gone out.
 */
@Injectable()
export class SubmittedCheckPipe implements PipeTransform {
  constructor(private readonly intake: Intake) {}

  transform(body: unknown): unknown {
    replace(body, 'Code', (text) => this.intake.takeCode(text));
    return replace(body, 'To', (text) => this.intake.lookUpField(text, 'To'));
  }
}
