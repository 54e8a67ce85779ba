import { z } from 'zod';

/**
 * A trouble makes something go wrong. It holds for one number or for all, on one channel or both,
 * and for a number of times or until it is taken away.
 * The groups differ in when they strike: at the REST request, when a call is dialled, when a
 * message travels, and at callbacks.
 */
const number = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/)
  .optional();
const times = z.number().int().positive().optional();
const channel = z.enum(['sms', 'call']).optional();
const common = { number, times };
/**
 * The trouble strikes at this kind of REST request; `list` and `fetch` break a reconciler's
 * look-up.
 */
const on = z.enum(['create', 'fetch', 'list', 'update', 'any']).default('create');
/**
 * Where this is false, it is as if the request never came. Where it is true, the message or call
 * happens, and only the answer is lost.
 */
const accepted = z.boolean().default(false);
const rest = { ...common, channel, on };
/** The number is the one that the list is asked for; a room's list is asked for none. */
const listed = { ...common, channel };
/**
 * Only the callbacks of these events are hit, e.g. `completed` or `delivered`; without a list all
 * are.
 */
const callbacks = { ...common, channel, events: z.array(z.string()).optional() };
const errorCode = z.number().int().min(10_000).max(99_999);
const delayMs = z.number().min(0).max(3_600_000);

/**
 * A greeting plays a tone at a time after the answer, or at the moment when the call speaks or
 * listens. `nth` counts these moments from 1; without it every one has the tone.
 */
const tone = z
  .strictObject({
    key: z.string().regex(/^[0-9*#A-D]$/),
    atMs: delayMs.optional(),
    on: z.enum(['answer', 'say', 'gather']).optional(),
    nth: z.number().int().positive().optional(),
  })
  .refine(
    (given) => (given.atMs === undefined) !== (given.on === undefined),
    'a tone has either atMs or on',
  );

export const troubleOrder = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('error'),
    code: errorCode,
    status: z.number().int().min(400).max(599).optional(),
    /** The answer's `Retry-After`: seconds, or a date. */
    retryAfter: z.string().max(100).optional(),
    ...rest,
  }),
  z.strictObject({ kind: z.literal('latency'), ms: delayMs, accepted, ...rest }),
  z.strictObject({
    kind: z.literal('server-error'),
    status: z.number().int().min(500).max(599).default(500),
    accepted,
    ...rest,
  }),
  z.strictObject({ kind: z.literal('reset'), accepted, ...rest }),
  /** The answer is a 201 with half a body. */
  z.strictObject({ kind: z.literal('garbled'), ...rest }),

  /** What the lists of some carriers are like: all records, whatever is asked for. */
  z.strictObject({ kind: z.literal('filters-ignored'), ...listed }),
  /** With a Messaging Service no record names its sender. */
  z.strictObject({ kind: z.literal('sender-withheld'), ...listed }),
  /** A page has at most so many records, whatever is asked for. */
  z.strictObject({ kind: z.literal('short-pages'), size: z.number().int().min(1), ...listed }),
  /** Each record has another beside it, with an id of its own. */
  z.strictObject({ kind: z.literal('listed-twice'), ...listed }),

  z.strictObject({ kind: z.literal('busy'), ...common }),
  z.strictObject({ kind: z.literal('no-answer'), ...common }),
  z.strictObject({ kind: z.literal('decline'), ...common }),
  z.strictObject({ kind: z.literal('unreachable'), ...common }),
  z.strictObject({
    kind: z.literal('voicemail'),
    greeting: z
      .string()
      .default(
        'The person you have called is not available. Please leave a message after the tone.',
      ),
    tones: z.array(tone).default([]),
    ringMs: delayMs.default(2_000),
    answeredBy: z
      .enum([
        'human',
        'machine_start',
        'machine_end_beep',
        'machine_end_silence',
        'machine_end_other',
        'fax',
        'unknown',
      ])
      .default('machine_end_beep'),
    /** Machine detection decides after this time; without it, at the greeting's end. */
    detectedAfterMs: delayMs.optional(),
    ...common,
  }),
  /**
   * Some phones ask a stranger's call its business by themselves. Such a phone answers, asks, ends
   * a silent call, and after a while of the caller's speech passes the call to the person, or not.
   * It takes no key; the person does.
   */
  z.strictObject({
    kind: z.literal('screener'),
    greeting: z.string().default('Who is calling, please, and what is it about?'),
    ringMs: delayMs.default(2_000),
    /** After its question it listens this long for a first word of the caller. */
    silenceMs: delayMs.default(5_000),
    /** It decides this long after the caller's first word, and not before its question is out. */
    patienceMs: delayMs.default(4_000),
    passes: z.boolean().default(true),
    answeredBy: z
      .enum([
        'human',
        'machine_start',
        'machine_end_beep',
        'machine_end_silence',
        'machine_end_other',
        'unknown',
      ])
      .default('machine_start'),
    detectedAfterMs: delayMs.optional(),
    ...common,
  }),

  z.strictObject({ kind: z.literal('undelivered'), code: errorCode.default(30003), ...common }),
  z.strictObject({ kind: z.literal('failed'), code: errorCode.default(30008), ...common }),
  z.strictObject({ kind: z.literal('sms-delay'), ms: delayMs, ...common }),

  /** Where `sameToken` is false, the copy comes with an idempotency token of its own. */
  z.strictObject({
    kind: z.literal('callbacks-duplicated'),
    sameToken: z.boolean().default(true),
    ...callbacks,
  }),
  z.strictObject({ kind: z.literal('callbacks-late'), ms: delayMs, ...callbacks }),
  z.strictObject({ kind: z.literal('callbacks-reordered'), ...callbacks }),
  z.strictObject({ kind: z.literal('callbacks-lost'), ...callbacks }),
  /** The signature is wrong; with `extra` the true callback comes as well. */
  z.strictObject({
    kind: z.literal('callbacks-forged'),
    extra: z.boolean().default(false),
    ...callbacks,
  }),
]);

export type TroubleOrder = z.input<typeof troubleOrder>;
export type Trouble = z.output<typeof troubleOrder> & { id: number; left: number };
export type TroubleKind = Trouble['kind'];
export type TroubleWithKind<K extends TroubleKind> = Extract<Trouble, { kind: K }>;

export const CALL_KINDS = [
  'busy',
  'no-answer',
  'decline',
  'unreachable',
  'voicemail',
  'screener',
] as const;
export const CALLBACK_KINDS = [
  'callbacks-duplicated',
  'callbacks-late',
  'callbacks-reordered',
  'callbacks-lost',
  'callbacks-forged',
] as const;
export const ANSWER_KINDS = ['error', 'server-error', 'reset', 'garbled'] as const;

export interface Occasion {
  number?: string;
  channel: 'sms' | 'call';
  on?: 'create' | 'fetch' | 'list' | 'update';
  event?: string;
}

/** Keeps the troubles in force. */
export class Troubles {
  private inForce: Trouble[] = [];
  private lastId = 0;

  add(order: z.output<typeof troubleOrder>): Trouble {
    const trouble: Trouble = {
      ...order,
      id: ++this.lastId,
      left: order.times ?? Number.POSITIVE_INFINITY,
    };
    this.inForce.push(trouble);
    return trouble;
  }

  list(): readonly Trouble[] {
    return this.inForce;
  }

  /** Takes one trouble away, or all. */
  clear(id?: number): void {
    this.inForce = id === undefined ? [] : this.inForce.filter((trouble) => trouble.id !== id);
  }

  take<K extends TroubleKind>(
    kinds: readonly K[],
    occasion: Occasion,
  ): TroubleWithKind<K> | undefined {
    const found = this.inForce.findLast(
      (trouble) =>
        (kinds as readonly string[]).includes(trouble.kind) && matches(trouble, occasion),
    );
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.clear(found.id);
    return found as TroubleWithKind<K>;
  }
}

function matches(trouble: Trouble, occasion: Occasion): boolean {
  if (trouble.number !== undefined && trouble.number !== occasion.number) return false;
  if ('channel' in trouble && trouble.channel !== undefined && trouble.channel !== occasion.channel)
    return false;
  if ('on' in trouble && trouble.on !== 'any' && trouble.on !== occasion.on) return false;
  if (
    'events' in trouble &&
    trouble.events !== undefined &&
    !trouble.events.includes(occasion.event ?? '')
  )
    return false;
  return true;
}
