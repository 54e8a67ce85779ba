import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4_096;
let pool = Buffer.alloc(0);
let used = 0;

/**
 * Random bytes for what is no secret: ids, nonces. They come from a pool, as randomUUID's do, since
 * a call of randomBytes costs 2 to 6 microseconds however few it gives; so they are in memory for a
 * while before they are used. At most 64.
 */
export function nonSecretBytes(size: number): Buffer {
  if (used + size > pool.length) {
    pool = Buffer.allocUnsafeSlow(POOL_BYTES); // a new one: nobody else has what was given out
    randomFillSync(pool);
    used = 0;
  }
  used += size;
  return pool.subarray(used - size, used);
}
