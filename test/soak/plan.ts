import { HANDOFF_POINTS, type HandoffPoint } from '../../src/handoff/points.js';
import { seeded } from '../support/numbers.js';

/** What is done at a point of a hand-off, in the worker that comes to it. */
export const ACTS = ['wait', 'throw', 'cut', 'hold', 'kill', 'stop', 'term'] as const;
export type Act = (typeof ACTS)[number];
/** The `nth` time that a worker comes to the point. */
export interface Arm {
  point: HandoffPoint;
  nth: number;
  act: Act;
  ms: number;
}

/** What goes wrong around the workers. */
export const FAULTS = [
  'database-cut',
  'database-held',
  'database-restarted',
  'queue-away',
  'ingress-away',
  'worker-killed',
  'worker-stopped',
  'worker-ended',
] as const;
export type Fault = { kind: (typeof FAULTS)[number]; atMs: number; ms: number; worker: number };

/** A trouble of the network's, for some numbers' requests or callbacks. */
export interface Trouble {
  atMs: number;
  order: Record<string, unknown> & { kind: string };
}

export const ACTIONS = ['code-sms', 'code-voice', 'ding', 'conference'] as const;
export interface Action {
  kind: (typeof ACTIONS)[number];
  atMs: number;
  /** Draws all that the action chooses. */
  seed: number;
}

export interface Plan {
  seed: number;
  handoffs: number;
  people: number;
  /** For how long there is something new, and something goes wrong. */
  lastsMs: number;
  actions: Action[];
  faults: Fault[];
  troubles: Trouble[];
  /** Each life of a worker has its own: one that is killed has another after it. */
  arms: Arm[][];
  /** Settings by which the carrier is asked no faster, where a seed has them. */
  pace: Record<string, string>;
}

export const WORKERS = 3;
/** A recipient of a Ding has 1.7 hand-offs, whoever is called into a conference 1.3. */
const HANDOFFS_EACH: Record<Action['kind'], number> = {
  'code-sms': 1,
  'code-voice': 1,
  ding: 5,
  conference: 4,
};
const PACE = { short: 10, long: 12 };

/** Each error of Twilio's that means something else: left alone, wait, no SMS, bad number, ours. */
const ERRORS = [
  { code: 20429, status: 429, retryAfter: '3' },
  { code: 20429, status: 429 },
  { code: 21612, status: 400 },
  { code: 21211, status: 400 },
  { code: 21610, status: 400 },
  { code: 20500, status: 500 },
];

function drawTrouble(rng: () => number): Trouble['order'] {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(rng() * from.length)] as T;
  const times = 1 + Math.floor(rng() * 8);
  const on = pick(['create', 'create', 'create', 'fetch', 'update', 'list', 'any']);
  const accepted = rng() < 0.5;
  const ms = 200 + Math.floor(rng() * 3_000);
  return pick<Trouble['order']>([
    { kind: 'error', ...pick(ERRORS), on, times },
    { kind: 'error', ...pick(ERRORS), on, times },
    { kind: 'server-error', status: pick([500, 502, 503]), accepted, on, times },
    { kind: 'server-error', status: 503, accepted, on, times },
    { kind: 'latency', ms, accepted: true, on, times },
    // Longer than a request lasts: its answer is never heard.
    { kind: 'latency', ms: 40_000, accepted, on: 'create', times: 1 },
    { kind: 'reset', accepted, on, times },
    { kind: 'garbled', on, times },
    { kind: 'busy', times },
    { kind: 'no-answer', times },
    { kind: 'decline', times },
    { kind: 'unreachable', times },
    { kind: 'voicemail', times, tones: [{ key: '1', on: 'gather' }] },
    { kind: 'voicemail', times },
    { kind: 'screener', times, passes: rng() < 0.5 },
    { kind: 'undelivered', times },
    { kind: 'failed', times },
    { kind: 'sms-delay', ms, times },
    { kind: 'callbacks-duplicated', sameToken: rng() < 0.5, times },
    { kind: 'callbacks-late', ms, times },
    { kind: 'callbacks-reordered', times },
    { kind: 'callbacks-lost', times },
    { kind: 'callbacks-forged', extra: rng() < 0.5, times },
  ]);
}

/** All that a seed decides: the same seed, the same plan. What races decides in which order it comes is not in it. */
export function makePlan(seed: number, handoffs: number, isLong: boolean): Plan {
  const rng = seeded(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(rng() * from.length)] as T;
  const lastsMs = Math.ceil((handoffs / (isLong ? PACE.long : PACE.short)) * 1000);
  const actions: Action[] = [];
  for (let planned = 0; planned < handoffs;) {
    const draw = rng();
    const kind =
      draw < 0.4 ? 'code-sms' : draw < 0.52 ? 'code-voice' : draw < 0.86 ? 'ding' : 'conference';
    planned += HANDOFFS_EACH[kind];
    actions.push({ kind, atMs: rng() * lastsMs, seed: Math.floor(rng() * 2 ** 31) });
  }
  actions.sort((a, b) => a.atMs - b.atMs);
  // A subset of what may go wrong, with a strength: some seeds are gentle.
  const strength = 0.4 + rng() * 0.6;
  const kinds = FAULTS.filter(() => rng() < 0.4 + strength / 2);
  const count = Math.max(kinds.length, Math.ceil((lastsMs / 6_000) * strength));
  const faults = Array.from({ length: kinds.length === 0 ? 0 : count }, (_, i): Fault => {
    const kind = kinds[i % kinds.length] as Fault['kind'];
    const isStop = kind === 'worker-stopped';
    const ms = isStop ? (isLong ? 60_000 + rng() * 40_000 : 23_000) : 500 + rng() * 6_000;
    return {
      kind,
      atMs: rng() * lastsMs * (isStop ? 0.6 : 0.95),
      ms,
      worker: Math.floor(rng() * WORKERS),
    };
  }).sort((a, b) => a.atMs - b.atMs);
  const troubles = Array.from({ length: Math.ceil((lastsMs / 1_000) * strength) }, () => ({
    atMs: rng() * lastsMs,
    order: drawTrouble(rng),
  })).sort((a, b) => a.atMs - b.atMs);
  const lives = WORKERS * Math.ceil(8 + lastsMs / 6_000);
  const arms = Array.from({ length: lives }, (_, life) => drawArms(rng, pick, life, isLong));
  const people = Math.max(12, Math.ceil(handoffs / 6));
  const isPaced = rng() < 0.5;
  const pace = isPaced ? { CALLS_A_SECOND: '6', SMS_SEGMENTS_A_SECOND: '8' } : {};
  return { seed, handoffs, people, lastsMs, actions, faults, troubles, arms, pace: { ...pace } };
}

/** Points to which few hand-offs come: at the first or second of them. */
const SELDOM = new Set<HandoffPoint>([
  'withhold',
  'put-off',
  'find-claim',
  'target',
  'room',
  'note-withheld',
  'tell-wait',
  'put-back',
  'give-back-ring',
  'give-back-spend',
]);

/** Most points only wait or throw: a process that dies comes to no other point. */
function drawArms(
  rng: () => number,
  pick: <T>(from: readonly T[]) => T,
  life: number,
  isLong: boolean,
): Arm[] {
  const gentle = HANDOFF_POINTS.map((point): Arm => {
    const act = pick(['wait', 'throw', 'throw', 'cut', 'cut', 'hold'] as const);
    const among = SELDOM.has(point) ? 2 : isLong ? 20 : 6;
    return { point, nth: 1 + Math.floor(rng() * among), act, ms: 200 + rng() * 3_000 };
  });
  const end: Arm = {
    point: pick(HANDOFF_POINTS),
    nth: 8 + Math.floor(rng() * (isLong ? 60 : 12)),
    act: pick(life < WORKERS ? ['kill', 'kill', 'stop', 'term'] : ['kill', 'term']),
    ms: isLong ? 60_000 + rng() * 60_000 : 23_000,
  };
  return [...gentle, end];
}
