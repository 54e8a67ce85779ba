import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { Redacted } from '../kernel/redacted.js';

/**
 * What a worker last knew of its database, kept outside of it: by it one that was put back to an older
 * copy is found out.
 */
export interface HighWater {
  /** The number of the worker's lease. */
  lease: number;
  /** How often that was renewed. */
  renewals: number;
  /** PostgreSQL's system identifier and timeline. */
  place: string;
  at: Date;
}

/** What a database says of the lease that a mark names. */
export interface Known {
  place: string;
  /** Undefined where it knows no such lease. */
  renewals: number | undefined;
}

/**
 * went_back: it doesn't know what it knew. failed_over: another server, or another of its histories,
 * which may lack what was committed last.
 */
export type Loss = 'went_back' | 'failed_over';

/** A mark that is older tells nothing: nothing that was to go out then still may. */
const REMEMBERED_MS = 7 * 24 * 3_600_000;

/** Leases are kept for as long as a mark may name them. */
export const REMEMBERED_SECONDS = REMEMBERED_MS / 1000 + 3_600;

/** By so much the clocks of two machines may differ. */
const CLOCKS_DIFFER_MS = 10_000;

export function findLoss(mark: HighWater, known: Known, now: Date): Loss | undefined {
  if (now.getTime() - mark.at.getTime() > REMEMBERED_MS) return undefined;
  if (known.renewals === undefined || known.renewals < mark.renewals) return 'went_back';
  return known.place === mark.place ? undefined : 'failed_over';
}

/**
 * Until when what is queued in a database with such a loss may have gone out before. What was written
 * since, or was not due by then, has not.
 */
export const lostUntil = ({ at }: HighWater): Date => new Date(at.getTime() + CLOCKS_DIFFER_MS);

const MARK = z.object({
  lease: z.int().positive(),
  renewals: z.int().nonnegative(),
  place: z.string().max(40),
  at: z.iso.datetime().transform((text) => new Date(text)),
});

/**
 * A mark as a text that its keeper can't make: who holds Redis can take it away or put back one that
 * was true, and so have nothing called lost.
 */
export class HighWaterText {
  private readonly key: Redacted<Uint8Array>;

  /** Derives its own key from `key`, by HKDF (RFC 5869). */
  constructor(key: Redacted<Uint8Array>) {
    const derived = hkdfSync('sha256', key.reveal(), '', 'dingline high water', 32);
    this.key = new Redacted(new Uint8Array(derived));
  }

  write(mark: HighWater): string {
    const body = Buffer.from(JSON.stringify(mark)).toString('base64url');
    return `${body}.${this.sign(body).toString('base64url')}`;
  }

  /** Undefined where it is none of ours. */
  read(text: string): HighWater | undefined {
    const [body = '', signature = ''] = text.trim().split('.');
    const given = Buffer.from(signature, 'base64url');
    const right = this.sign(body);
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    return MARK.parse(JSON.parse(Buffer.from(body, 'base64url').toString()));
  }

  private sign(body: string): Buffer {
    return createHmac('sha256', this.key.reveal()).update(body).digest();
  }
}
