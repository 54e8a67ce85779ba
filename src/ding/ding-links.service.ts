import { randomBytes } from 'node:crypto';
import type { Transaction } from '../kernel/database.js';
import { sha256 } from '../kernel/digest.js';
import { setLink } from './ding-links.repository.js';

/** Only this hash is stored: whoever reads the database can't confirm for somebody. */
export const hashLink = (token: string): Buffer => sha256(token);

/** Makes the links of SMS, which lead to a page below `publicUrl`; only the worker writes any. */
export class DingLinks {
  constructor(private readonly publicUrl: string) {}

  /**
   * Writes a new link for an SMS, and returns its address. The secret stands in the fragment, which
   * no browser sends and no log sees.
   */
  async write(trx: Transaction, notificationId: string): Promise<string> {
    const token = randomBytes(16).toString('base64url');
    await setLink(trx, notificationId, hashLink(token));
    return `${this.publicUrl}/c#${token}`;
  }
}
