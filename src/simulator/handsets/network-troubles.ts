import type { TroubleOrder } from '../network/trouble.js';

/** A button of the page: it makes a trouble for all phones, and takes it away again. */
export interface NetworkTrouble {
  words: string;
  order: TroubleOrder;
}

/** Troubles of the carrier itself; those of one phone are chosen at the phone. */
export const NETWORK_TROUBLES: readonly NetworkTrouble[] = [
  { words: 'is down: answers 503', order: { kind: 'server-error', status: 503 } },
  { words: 'drops connections', order: { kind: 'reset' } },
  { words: 'answers half', order: { kind: 'garbled' } },
  { words: 'answers 20 s late', order: { kind: 'latency', ms: 20_000 } },
  { words: 'refuses our login (20003)', order: { kind: 'error', code: 20003, status: 401 } },
  { words: 'is asked too much (20429)', order: { kind: 'error', code: 20429, status: 429 } },
  { words: 'filters SMS (30007)', order: { kind: 'undelivered', code: 30007 } },
  { words: 'knows no such number (30005)', order: { kind: 'undelivered', code: 30005 } },
  { words: 'loses SMS (30008)', order: { kind: 'failed', code: 30008 } },
  { words: 'delivers SMS 1 min late', order: { kind: 'sms-delay', ms: 60_000 } },
  { words: 'calls back never', order: { kind: 'callbacks-lost' } },
  { words: 'calls back 30 s late', order: { kind: 'callbacks-late', ms: 30_000 } },
  { words: 'calls back twice', order: { kind: 'callbacks-duplicated' } },
  { words: 'calls back in another order', order: { kind: 'callbacks-reordered' } },
  { words: 'signs wrongly', order: { kind: 'callbacks-forged' } },
  { words: 'lists all there is', order: { kind: 'filters-ignored' } },
  { words: 'lists no sender', order: { kind: 'sender-withheld' } },
  { words: 'lists one on each page', order: { kind: 'short-pages', size: 1 } },
  { words: 'lists things twice', order: { kind: 'listed-twice' } },
];
