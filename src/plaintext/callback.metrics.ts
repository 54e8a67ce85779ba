import { EventCounter } from '../kernel/metrics.js';
import { Problem } from '../kernel/problem.js';
import { CALLBACK_KINDS, type CallbackKind } from './carriers/carrier.js';

/**
 * taken: written, or answered with a script. repeated: it was taken before. ignored: it is about
 * nothing that we follow. forged: its signature is wrong. unknown: its address is nobody's, or no
 * longer. failed: it could not be taken, and the carrier is asked to come again.
 */
const RESULTS = ['taken', 'repeated', 'ignored', 'forged', 'unknown', 'failed'] as const;
export type CallbackResult = (typeof RESULTS)[number];

const CALLBACKS = new EventCounter({
  name: 'dingline_callbacks_total',
  help: "The carrier's requests to ingress, by what they are about and what became of them.",
  labels: { kind: CALLBACK_KINDS, result: RESULTS },
});

/** Counts how a callback ended: as `name` says of its answer, or by what it throws. */
export async function countCallback<T>(
  kind: CallbackKind,
  work: () => Promise<T>,
  name: (answer: T) => CallbackResult,
): Promise<T> {
  let result: CallbackResult = 'failed';
  try {
    const answer = await work();
    result = name(answer);
    return answer;
  } catch (error) {
    const code = error instanceof Problem ? error.code : undefined;
    if (code === 'SIGNATURE_REFUSED') result = 'forged';
    if (code === 'NOT_FOUND') result = 'unknown';
    throw error;
  } finally {
    CALLBACKS.add({ kind, result });
  }
}
