import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { Redacted } from '../../kernel/redacted.js';

/**
 * The capability of each hand-off, which stands in our addresses for the carrier. A worker makes it
 * of a salt in the row and a key that no database has, so that another worker can show it later, to
 * say what the carrier has answered: a login alone can't.
 *
 * Holds plaintext: never; the key, until the role's application closes.
 */
export class Capabilities {
  private readonly key: Redacted<Uint8Array>;

  /** Derives its own key from `key`, by HKDF (RFC 5869). */
  constructor(key: Redacted<Uint8Array>) {
    const derived = hkdfSync('sha256', key.reveal(), '', 'dingline capability', 32);
    this.key = new Redacted(new Uint8Array(derived));
  }

  /** 16 random bytes, anew for each claim. */
  makeSalt(): Buffer {
    return randomBytes(16);
  }

  /** 43 characters of base64url. */
  make(handoffId: string, salt: Buffer): string {
    return createHmac('sha256', this.key.reveal())
      .update(handoffId)
      .update(salt)
      .digest('base64url');
  }
}
